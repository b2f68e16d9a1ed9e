// The object as a whole: what opens, what does not, what is recorded about license, version, externs, byte order and
// types.
#include "skep/object/test_objects.hpp"

namespace skep::test {
namespace {

TEST(ReadObject, OtherMachinesAreRefused) {
  const auto object = read_object(ElfBuilder(62).write());
  ASSERT_FALSE(object);
  EXPECT_NE(object.error().what.find("machine 62"), std::string::npos);
}

TEST(ReadObject, AnExecutableThatEmbedsAnObjectSaysSo) {
  ObjectBuilder inner;
  inner.code("xdp", returns(1));
  ElfBuilder host(62);
  host.add_section(".rodata", SectionType::progbits, 2, inner.write());
  const auto object = read_object(host.write());
  ASSERT_FALSE(object);
  EXPECT_NE(object.error().help.find("inside"), std::string::npos);
}

TEST(ReadObject, NotesAreLimited) {
  ObjectBuilder builder;
  const auto code = builder.code("xdp", returns(1));
  const auto symbol = builder.section_symbol(code);
  for (std::uint32_t i = 0; i < 5000; ++i) builder.add_relocation(code, 3, r_bpf_64_64, symbol);
  const Object object = open(builder.write());
  EXPECT_EQ(object.notes.size(), 1001U);
  EXPECT_TRUE(has_note(object, "more to say"));
}

TEST(ReadObject, LicenseAndVersionAreRecorded) {
  ObjectBuilder builder;
  builder.code("xdp", returns(1));
  builder.data("license", {'G', 'P', 'L', 0, 'x'});
  builder.data("version", {0x09, 0x04, 0x06, 0x00});
  const Object object = open(builder.write());
  EXPECT_TRUE(object.has_license);
  EXPECT_EQ(object.license, "GPL");
  EXPECT_EQ(object.version, 0x060409U);
  EXPECT_EQ(object.name, "hello");

  const Object bare = open([] {
    ObjectBuilder other;
    other.code("xdp", returns(1));
    return other.write();
  }());
  EXPECT_FALSE(bare.has_license);
  EXPECT_FALSE(bare.version);
  EXPECT_EQ(bare.btf, nullptr);
}

TEST(ReadObject, SectionNamesGiveTypeAndTarget) {
  ObjectBuilder builder;
  builder.code("?tp/syscalls/sys_enter_write", returns(0));
  const ProgramSpec program = open(builder.write()).programs.at(0);
  EXPECT_EQ(program.type, ProgramType::tracepoint);
  EXPECT_EQ(program.attach_target, "syscalls/sys_enter_write");
  EXPECT_EQ(program.method, AttachMethod::tracepoint);
  EXPECT_FALSE(program.autoload);
  EXPECT_TRUE(program.type_known);
}

TEST(ReadObject, OddSectionNamesAreGuessedAndTheGuessIsStated) {
  const std::pair<const char*, ProgramType> sections[] = {
      {"2/7", ProgramType::sched_cls},
      {"from-netdev", ProgramType::sched_cls},
      {"tail-32", ProgramType::sched_cls},
      {"classifier_a", ProgramType::sched_cls},
      {"xdp_cpu_map0", ProgramType::xdp},
      {"filter", ProgramType::socket_filter},
      {"prog", ProgramType::unspec},
      {"test", ProgramType::unspec},
      {"sk_msg1", ProgramType::sk_msg},
      {"lirc_mode2/raw", ProgramType::lirc_mode2},
      {"tc_mark", ProgramType::sched_cls},
      {"tcp_monitor", ProgramType::unspec},
      {"s_tracepoint:sched:sched_switch_1", ProgramType::tracepoint},
      {"s_END_1", ProgramType::kprobe},
      {"tproxy", ProgramType::unspec},
      {"action_drop", ProgramType::sched_act},
  };
  for (const auto& [section, type] : sections) {
    ObjectBuilder builder;
    builder.code(section, returns(0));
    const Object object = open(builder.write());
    ASSERT_EQ(object.programs.size(), 1U) << section;
    EXPECT_EQ(object.programs[0].type, type) << section;
    EXPECT_FALSE(object.programs[0].type_known) << section;
    EXPECT_NE(object.programs[0].type_reason.find(section), std::string::npos) << object.programs[0].type_reason;
    EXPECT_EQ(object.notes.size(), 1U) << section;
  }
}

// libbpf before 1.0 took a name that only begins like one of its table for it, attach type included.
TEST(ReadObject, TheLongestBeginningGivesTheAttachTypeToo) {
  ObjectBuilder builder;
  builder.code("cgroup/getsockopt/second", returns(0));
  const Object object = open(builder.write());
  EXPECT_EQ(object.programs.at(0).type, ProgramType::cgroup_sockopt);
  EXPECT_TRUE(object.programs[0].has_attach_type);
  EXPECT_EQ(object.programs[0].attach_type, AttachType::cgroup_getsockopt);
  EXPECT_FALSE(object.programs[0].type_known);
}

TEST(ReadObject, FunctionsThatNoProgramCallsAreNamed) {
  ObjectBuilder builder;
  const auto text = builder.code(".text", join(returns(1), returns(2)));
  const auto xdp = builder.code("xdp", returns(0));
  builder.function("library", text, 0, 2);
  builder.function("left_over", text, 2, 2);
  builder.function("main", xdp, 0, 2);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "main");
  EXPECT_TRUE(has_note(object, "section .text has 2 functions that no program calls: library, left_over"));
}

TEST(ReadObject, HelpersTellWhatASectionNameDoesNot) {
  ObjectBuilder builder;
  constexpr std::int32_t xdp_adjust_head = 44;  // include/uapi/linux/bpf.h
  builder.code("prog", {call_helper(xdp_adjust_head), exit()});
  const Object object = open(builder.write());
  EXPECT_EQ(object.programs.at(0).type, ProgramType::xdp);
  EXPECT_NE(object.programs[0].type_reason.find("bpf_xdp_adjust_head"), std::string::npos);
}

TEST(ReadObject, CorruptBtfIsFatalOnlyWhereMapsNeedIt) {
  ObjectBuilder builder;
  builder.code("xdp", returns(1));
  builder.data(".BTF", {0x9f, 0xeb, 1});
  const Object object = open(builder.write());
  EXPECT_TRUE(has_note(object, "BTF cannot be used"));

  ObjectBuilder with_maps;
  with_maps.code("xdp", returns(1));
  with_maps.data(".BTF", {0x9f, 0xeb, 1});
  with_maps.data(".maps", ByteVector(8, 0));
  EXPECT_FALSE(read_object(with_maps.write()));
}

// clang-14 -target bpfeb of: r1 = 0x1122334455667788 ll; r2 = *(u32 *)(r1 - 4); call 5; exit — in section socket,
// symbols stripped.
constexpr std::string_view big_endian_object =
    "7f454c46020201000000000000000000000100f700000001000000000000000000000000000000000000000000000080000000000040000000"
    "00004000040001"
    "181000005566778800000000112233446121fffc0000000085000000000000059500000000000000002e7465787400736f636b6574002e7374"
    "72746162000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "00000000000000"
    "0000000e0000000300000000000000000000000000000000000000000000006800000000000000160000000000000000000000000000000100"
    "00000000000000"
    "000000010000000100000000000000060000000000000000000000000000004000000000000000000000000000000000000000000000000400"
    "00000000000000"
    "000000070000000100000000000000060000000000000000000000000000004000000000000000280000000000000000000000000000000100"
    "00000000000000";

TEST(ReadObject, BigEndianInstructionsAreUnderstood) {
  const Object object = open(*parse_hex(big_endian_object));
  EXPECT_EQ(object.order, ByteOrder::big);
  ASSERT_EQ(object.programs.size(), 1U);
  EXPECT_EQ(object.programs[0].type, ProgramType::socket_filter);
  const std::vector<RawInsn> expected = {{0x18, 1, 0, 0, 0x55667788},
                                         {0, 0, 0, 0, 0x11223344},
                                         {0x61, 2, 1, -4, 0},
                                         {0x85, 0, 0, 0, 5},
                                         {0x95, 0, 0, 0, 0}};
  EXPECT_EQ(object.programs[0].code, expected);
}

TEST(ReadObject, TheObjectOutlivesTheFile) {
  std::optional<ByteVector> file;
  {
    ObjectBuilder builder;
    builder.code("xdp", returns(1));
    builder.data("license", {'G', 'P', 'L', 0});
    file = builder.write();
  }
  const Object object = open(*file);
  std::fill(file->begin(), file->end(), 0xff);
  file.reset();
  EXPECT_EQ(object.license, "GPL");
  EXPECT_EQ(object.programs.at(0).code, returns(1));
}

TEST(ReadObject, BtfDescribesVariablesExternsAndFunctions) {
  BtfBuilder btf;
  const auto integer = btf.add_integer("int", 4, 1);
  const auto counter = btf.add_variable("counter", integer, 1);
  const auto hidden = btf.add_variable("hidden", integer, 0);
  btf.add_datasec(".bss", 0, {{counter, 0, 4}, {hidden, 0, 4}});
  const auto config = btf.add_variable("CONFIG_HZ", integer, 2);
  btf.add_datasec(".kconfig", 0, {{config, 0, 4}});
  const auto proto = btf.add_function_proto(integer, {});
  const auto kfunc = btf.add_function("bpf_task_release", proto, 2);
  const auto ksym = btf.add_variable("init_task", 0, 2);
  btf.add_datasec(".ksyms", 0, {{kfunc, 0, 0}, {ksym, 0, 0}});
  const auto main = btf.add_function("main", proto, 1);
  // Names for .BTF.ext; "xdp" and the line's text live in the string section.
  btf.add_integer("xdp", 4, 0);
  btf.add_integer("main.c", 4, 0);
  const ByteVector section = btf.write();
  const auto parsed = Btf::parse(section);
  ASSERT_TRUE(parsed) << parsed.error().what;
  const auto name = [&](std::string_view text) {
    std::uint32_t offset = 0;
    while (parsed->string(offset) != text) ++offset;
    return offset;
  };
  ByteVector ext;
  for (const std::uint32_t word : {0x0001eb9fU,
                                   24U,
                                   0U,
                                   20U,
                                   20U,
                                   44U,
                                   /**/ 8U,
                                   name("xdp"),
                                   1U,
                                   0U,
                                   main,
                                   /**/ 16U,
                                   name("xdp"),
                                   2U,
                                   0U,
                                   name("main.c"),
                                   name("main"),
                                   3U << 10,
                                   16U,
                                   name("main.c"),
                                   name("counter"),
                                   4U << 10 | 5}) {
    append(ext, word);
  }

  ObjectBuilder builder;
  const auto code =
      builder.code("xdp", {load_low(1), load_high(), load_low(2), load_high(), call_function(-1), exit()});
  const auto bss = builder.add_section(".bss", SectionType::nobits, data_flags, ByteVector(8, 0));
  builder.data(".BTF", section);
  builder.data(".BTF.ext", ext);
  builder.add_symbol("hidden", SymbolBinding::local, SymbolType::object, bss, 4, 4);
  builder.object("counter", bss, 0, 4);
  const auto config_symbol = builder.undefined("CONFIG_HZ");
  const auto task_symbol = builder.add_symbol("init_task", SymbolBinding::weak, SymbolType::none, 0, 0, 0);
  const auto kfunc_symbol = builder.undefined("bpf_task_release");
  builder.function("main", code, 0, 6);
  builder.relocate_load(code, 0, config_symbol);
  builder.relocate_load(code, 2, task_symbol);
  builder.relocate_call(code, 4, kfunc_symbol);
  const Object object = open(builder.write());

  ASSERT_EQ(object.variables.size(), 2U);
  EXPECT_EQ(object.variables[0].name, "counter");
  EXPECT_FALSE(object.variables[0].is_static);
  EXPECT_EQ(object.variables[1].offset, 4U);
  EXPECT_TRUE(object.variables[1].is_static);
  EXPECT_EQ(object.maps.at(0).flags, bpf_f_mmapable);

  ASSERT_EQ(object.externs.size(), 3U);
  EXPECT_EQ(object.externs[0].kind, Extern::Kind::kconfig);
  EXPECT_EQ(object.externs[0].btf_type, config);
  EXPECT_EQ(object.externs[1].kind, Extern::Kind::ksym_variable);
  EXPECT_TRUE(object.externs[1].weak);
  EXPECT_EQ(object.externs[2].kind, Extern::Kind::ksym_function);

  const ProgramSpec& program = object.programs.at(0);
  EXPECT_TRUE(program.problems.empty());
  ASSERT_EQ(program.relocations.size(), 3U);
  EXPECT_EQ(program.relocations[0].kind, Relocation::Kind::extern_variable);
  EXPECT_EQ(program.relocations[2].kind, Relocation::Kind::extern_function);
  EXPECT_EQ(program.relocations[2].index, 2U);
  EXPECT_EQ(program.functions.at(0).btf_type, main);
  ASSERT_EQ(program.lines.size(), 2U);
  EXPECT_EQ(program.lines[1].slot, Slot{2});
  EXPECT_EQ(program.lines[1].line, 4U);
  EXPECT_EQ(program.lines[1].column, 5U);
  EXPECT_EQ(program.lines[1].file, "main.c");
  EXPECT_FALSE(object.btf_for_load.empty());
}

}  // namespace
}  // namespace skep::test
