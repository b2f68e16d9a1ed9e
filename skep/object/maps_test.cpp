// Maps in each spelling: BTF-defined with every field libbpf knows, the legacy structs by their sizes, data sections.
#include "skep/object/test_objects.hpp"

namespace skep::test {
namespace {

ByteVector words(const std::vector<std::uint32_t>& values) {
  ByteVector bytes;
  for (const std::uint32_t value : values) append(bytes, value);
  return bytes;
}

TEST(LegacyMaps, TheSizeOfADefinitionIsTheDistanceOfSymbols) {
  ObjectBuilder builder;
  // The 28 bytes of the kernel's samples: five words, inner_map_idx, numa_node.
  const auto maps = builder.data("maps", words({1, 8, 16, 1'000'000, 0, 0, 0, 13, 4, 4, 10, 4, 0, 3}));
  builder.object("my_map", maps, 0, 28);
  builder.object("outer", maps, 28, 28);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 2U);
  const MapSpec& map = object.maps[0];
  EXPECT_EQ(map.name, "my_map");
  EXPECT_EQ(map.origin, MapOrigin::legacy);
  EXPECT_EQ(map.type, 1U);
  EXPECT_EQ(map.key_size, 8U);
  EXPECT_EQ(map.value_size, 16U);
  EXPECT_EQ(map.max_entries, 1'000'000U);
  EXPECT_TRUE(map.legacy_extra.empty());
  EXPECT_EQ(object.maps[1].numa_node, 3U);
  ASSERT_NE(object.maps[1].inner, nullptr);
  EXPECT_EQ(object.maps[1].inner->name, "my_map");
  EXPECT_EQ(object.maps[1].legacy_extra, words({0, 3}));
}

// v4l-utils' decoders for remote controls (package ir-keytable) keep their maps in `lirc_mode2/maps`.
TEST(LegacyMaps, SectionsMayEndInMaps) {
  ObjectBuilder builder;
  const auto maps = builder.data("lirc_mode2/maps", words({2, 4, 136, 1, 0, 0, 0}));
  const auto code = builder.code("lirc_mode2/raw", {load_low(1), load_high(), exit()});
  const auto state = builder.object("decoder_state_map", maps, 0, 28);
  builder.function("bpf_decoder", code, 0, 3);
  builder.relocate_load(code, 0, state);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 1U);
  EXPECT_EQ(object.maps[0].name, "decoder_state_map");
  EXPECT_EQ(object.maps[0].value_size, 136U);
  EXPECT_EQ(object.programs.at(0).relocations.at(0).kind, Relocation::Kind::map);
}

TEST(LegacyMaps, Iproute2NamesInnerMapsById) {
  ObjectBuilder builder;
  const auto maps = builder.data("maps", words({12, 4, 4, 5, 0, 0, 2, 7, 0, /**/ 2, 4, 8, 1, 0, 7, 0, 0, 0}));
  builder.object("outer", maps, 0, 36);
  builder.object("inner", maps, 36, 36);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 2U);
  EXPECT_EQ(object.maps[0].pinning, 2U);
  ASSERT_NE(object.maps[0].inner, nullptr);
  EXPECT_EQ(object.maps[0].inner->name, "inner");
}

TEST(LegacyMaps, ASectionMayHoldOneNamedMap) {
  ObjectBuilder builder;
  builder.data("maps/events", words({4, 4, 4, 1024, 0}));
  const auto other = builder.data("maps/other", words({2, 4, 4, 1}));
  builder.object("other_map", other, 0, 16);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 2U);
  EXPECT_EQ(object.maps[0].name, "events");
  EXPECT_EQ(object.maps[0].type, 4U);
  EXPECT_EQ(object.maps[1].name, "other_map");
}

TEST(LegacyMaps, AStumpIsNotedAndTheRestOpens) {
  ObjectBuilder builder;
  const auto maps = builder.data("maps", words({1, 4, 4, 8, 0, 1, 2}));
  const auto code = builder.code("xdp", {load_low(1), load_high(), exit()});
  const auto good = builder.object("good", maps, 0, 20);
  builder.object("stump", maps, 20, 8);
  builder.function("main", code, 0, 3);
  builder.relocate_load(code, 0, good);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 1U);
  EXPECT_TRUE(has_note(object, "stump"));
  EXPECT_EQ(object.programs.at(0).relocations.at(0).kind, Relocation::Kind::map);
}

TEST(DataMaps, EachSectionIsAnArrayWithOneValue) {
  ObjectBuilder builder;
  const auto rodata = builder.add_section(".rodata.str1.1", SectionType::progbits, 2, {'h', 'i', 0});
  const auto bss = builder.add_section(".bss", SectionType::nobits, data_flags, ByteVector(24, 0));
  builder.data(".data.config", {1, 2, 3, 4});
  builder.data(".database", {1});  // no data section by name
  builder.add_symbol(".L.str", SymbolBinding::local, SymbolType::object, rodata, 0, 3);
  builder.object("counter", bss, 8, 8);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 3U);
  const MapSpec& strings = object.maps[0];
  EXPECT_EQ(strings.type, static_cast<std::uint32_t>(MapType::array));
  EXPECT_EQ(strings.flags, bpf_f_rdonly_prog);
  EXPECT_TRUE(strings.frozen);
  EXPECT_EQ(strings.data, (ByteVector{'h', 'i', 0}));
  EXPECT_EQ(object.maps[1].data, ByteVector(24, 0));
  EXPECT_EQ(object.maps[1].value_size, 24U);
  EXPECT_FALSE(object.maps[1].frozen);
  EXPECT_EQ(object.maps[2].name, ".data.config");
  ASSERT_EQ(object.variables.size(), 1U);
  EXPECT_EQ(object.variables[0].name, "counter");
  EXPECT_EQ(object.variables[0].map, 1U);
  EXPECT_EQ(object.variables[0].offset, 8U);
}

TEST(DataMaps, PerCpuSectionsArePerCpuArrays) {
  ObjectBuilder builder;
  const auto section = builder.data(".percpu", {7, 0, 0, 0});
  const auto code = builder.code("xdp", {load_low(1), load_high(), exit()});
  const auto counter = builder.object("counter", section, 0, 4);
  builder.function("main", code, 0, 3);
  builder.relocate_load(code, 0, counter);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 1U);
  EXPECT_EQ(object.maps[0].type, static_cast<std::uint32_t>(MapType::percpu_array));
  EXPECT_TRUE(object.programs.at(0).problems.empty());
}

// libbpf turns hidden variables into static ones before it decides (map_is_mmapable): Linux refuses to map a lock.
TEST(DataMaps, WhatIsOnlyHiddenIsNotMapped) {
  const auto flags_with = [](std::uint8_t visibility) {
    BtfBuilder btf;
    const auto lock = btf.add_variable("lock", btf.add_integer("int", 4, 1), 1);
    btf.add_datasec(".data.A", 0, {{lock, 0, 4}});
    ObjectBuilder builder;
    const auto section = builder.data(".data.A", ByteVector(4, 0));
    builder.data(".BTF", btf.write());
    builder.object("lock", section, 0, 4);
    ByteVector file = builder.write();
    const auto elf = read_elf(file);
    for (const ElfSection& table : elf->sections) {
      constexpr std::size_t symbol_size = 24, other = 5;
      if (table.type == SectionType::symtab) file[table.offset + table.size - symbol_size + other] = visibility;
    }
    return open(file).maps.at(0).flags;
  };
  constexpr std::uint8_t by_default = 0, hidden = 2;
  EXPECT_EQ(flags_with(by_default), bpf_f_mmapable);
  EXPECT_EQ(flags_with(hidden), 0U);
}

TEST(DataMaps, KernelNamesAreLibbpfs) {
  Object object;
  object.name = "hello_world_program";
  const auto kernel_name = [&](std::string name, MapOrigin origin = MapOrigin::data_section) {
    MapSpec map;
    map.name = std::move(name);
    map.origin = origin;
    return object.kernel_map_name(map);
  };
  EXPECT_EQ(kernel_name(".bss"), "hello_wo.bss");
  EXPECT_EQ(kernel_name(".rodata"), "hello_wo.rodata");
  EXPECT_EQ(kernel_name(".rodata.str1.1"), ".rodata.str1.1");
  EXPECT_EQ(kernel_name(".data.very-long-name"), ".data.very_long");
  EXPECT_EQ(kernel_name("a_map_with_a_long_name", MapOrigin::btf), "a_map_with_a_lo");
}

TEST(DataMaps, AHugeBssIsRefusedWithoutAllocatingIt) {
  ElfBuilder builder;
  builder.add_section(".bss", SectionType::nobits, data_flags, ByteVector(8, 0));
  ByteVector file = builder.write();
  const auto headers = load_unaligned<std::uint64_t>(file.data() + 40);
  store_unaligned<std::uint64_t>(file.data() + headers + 64 + 32, std::uint64_t{1} << 60);
  const Object object = open(file);
  EXPECT_TRUE(object.maps.empty());
  EXPECT_TRUE(has_note(object, ".bss"));
}

/// Builds `.maps` with one map definition per call.
struct BtfMaps {
  BtfBuilder btf;
  std::uint32_t integer = btf.add_integer("int", 4, 1);
  std::vector<BtfSectionVariable> variables;

  std::uint32_t number(std::uint32_t value) { return btf.add_pointer(btf.add_array(integer, integer, value)); }
  std::uint32_t definition(const std::vector<std::pair<std::string_view, std::uint32_t>>& fields) {
    std::vector<BtfMember> members;
    for (const auto& [name, type] : fields)
      members.push_back({name, type, static_cast<std::uint32_t>(members.size()) * 64, 0});
    return btf.add_struct("", static_cast<std::uint32_t>(members.size()) * 8, members);
  }
  void declare(std::string_view name, std::uint32_t definition_type) {
    variables.push_back({btf.add_variable(name, definition_type, 1), 0, 0});
  }
  ByteVector write() {
    btf.add_datasec(".maps", 0, variables);
    return btf.write();
  }
};

TEST(BtfMaps, EveryFieldIsRead) {
  BtfMaps maps;
  const auto value = maps.btf.add_struct(
      "value", 12, {{"a", maps.integer, 0, 0}, {"b", maps.integer, 32, 0}, {"c", maps.integer, 64, 0}});
  const auto extra = maps.btf.add_enum("", {{"bits", 3}});
  const auto definition = maps.definition({{"type", maps.number(9)},
                                           {"max_entries", maps.number(128)},
                                           {"map_flags", maps.number(4)},
                                           {"numa_node", maps.number(1)},
                                           {"key", maps.btf.add_pointer(maps.integer)},
                                           {"value", maps.btf.add_pointer(value)},
                                           {"pinning", maps.number(1)},
                                           {"map_extra", extra},
                                           {"colour", maps.number(1)}});
  maps.declare("first", maps.definition(
                            {{"type", maps.number(2)}, {"key_size", maps.number(4)}, {"value_size", maps.number(20)}}));
  maps.declare("full", definition);
  ObjectBuilder builder;
  const auto section = builder.data(".maps", ByteVector(24 + 72, 0));
  builder.data(".BTF", maps.write());
  const auto code = builder.code("xdp", {load_low(1), load_high(), exit()});
  builder.object("first", section, 0, 24);
  const auto full = builder.object("full", section, 24, 72);
  builder.function("main", code, 0, 3);
  builder.relocate_load(code, 0, full);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 2U);
  EXPECT_EQ(object.maps[0].key_size, 4U);
  EXPECT_EQ(object.maps[0].value_size, 20U);
  EXPECT_EQ(object.maps[0].key_type, 0U);
  const MapSpec& map = object.maps[1];
  EXPECT_EQ(map.type, 9U);
  EXPECT_EQ(map.max_entries, 128U);
  EXPECT_EQ(map.flags, 4U);
  EXPECT_EQ(map.numa_node, 1U);
  EXPECT_EQ(map.key_size, 4U);
  EXPECT_EQ(map.key_type, maps.integer);
  EXPECT_EQ(map.value_size, 12U);
  EXPECT_EQ(map.value_type, value);
  EXPECT_EQ(map.pinning, 1U);
  EXPECT_EQ(map.map_extra, 3U);
  EXPECT_TRUE(has_note(object, "colour"));
  EXPECT_EQ(object.programs.at(0).relocations.at(0).index, 1U);
}

TEST(BtfMaps, ValuesAreInnerMapsOrPrograms) {
  BtfMaps maps;
  const auto inner = maps.definition({{"type", maps.number(2)},
                                      {"key_size", maps.number(4)},
                                      {"value_size", maps.number(8)},
                                      {"max_entries", maps.number(1)}});
  const auto proto = maps.btf.add_function_proto(maps.integer, {});
  const auto outer = maps.definition({{"type", maps.number(12)},
                                      {"key_size", maps.number(4)},
                                      {"max_entries", maps.number(3)},
                                      {"values", maps.btf.add_array(maps.btf.add_pointer(inner), maps.integer, 3)}});
  const auto jumps = maps.definition({{"type", maps.number(3)},
                                      {"key_size", maps.number(4)},
                                      {"max_entries", maps.number(2)},
                                      {"values", maps.btf.add_array(maps.btf.add_pointer(proto), maps.integer, 2)}});
  maps.declare("inner_map", inner);
  maps.declare("outer_map", outer);
  maps.declare("jump_table", jumps);
  ObjectBuilder builder;
  const auto section = builder.data(".maps", ByteVector(32 + 48 + 40, 0));
  builder.data(".BTF", maps.write());
  const auto code = builder.code("xdp", returns(1));
  const auto inner_symbol = builder.object("inner_map", section, 0, 32);
  builder.object("outer_map", section, 32, 48);
  builder.object("jump_table", section, 80, 40);
  const auto function = builder.function("tail", code, 0, 2);
  builder.add_relocation(section, 32 + 24 + 16, r_bpf_64_abs64, inner_symbol);
  builder.add_relocation(section, 80 + 24 + 8, r_bpf_64_abs64, function);
  builder.add_relocation(section, 32 + 8, r_bpf_64_abs64, function);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 3U);
  ASSERT_NE(object.maps[1].inner, nullptr);
  EXPECT_EQ(object.maps[1].inner->value_size, 8U);
  EXPECT_EQ(object.maps[1].value_size, 4U);
  ASSERT_EQ(object.maps[1].initialisers.size(), 1U);
  EXPECT_EQ(object.maps[1].initialisers[0].index, 2U);
  EXPECT_EQ(object.maps[1].initialisers[0].name, "inner_map");
  ASSERT_EQ(object.maps[2].initialisers.size(), 1U);
  EXPECT_EQ(object.maps[2].initialisers[0].index, 1U);
  EXPECT_EQ(object.maps[2].initialisers[0].name, "tail");
  EXPECT_TRUE(has_note(object, "initialises nothing"));
}

TEST(BtfMaps, AnArenaHoldsItsVariables) {
  const auto build = [](std::uint32_t map_type) {
    BtfMaps maps;
    maps.declare("arena", maps.definition({{"type", maps.number(map_type)}, {"max_entries", maps.number(10)}}));
    const auto head = maps.btf.add_variable("head", maps.integer, 1);
    const auto tail = maps.btf.add_variable("tail", maps.integer, 1);
    maps.btf.add_datasec(".addr_space.1", 0, {{head, 0, 4}, {tail, 0, 4}});
    ObjectBuilder builder;
    const auto section = builder.data(".maps", ByteVector(16, 0));
    const auto variables = builder.data(".addr_space.1", {1, 0, 0, 0, 2, 0, 0, 0});
    builder.data(".BTF", maps.write());
    const auto code = builder.code("syscall", {load_low(1), load_high(), exit()});
    builder.object("arena", section, 0, 16);
    builder.object("head", variables, 0, 4);
    const auto tail_symbol = builder.object("tail", variables, 4, 4);
    builder.function("main", code, 0, 3);
    builder.relocate_load(code, 0, tail_symbol);
    return open(builder.write());
  };
  const Object object = build(static_cast<std::uint32_t>(MapType::arena));
  ASSERT_EQ(object.maps.size(), 1U);
  EXPECT_EQ(object.maps[0].data, (ByteVector{1, 0, 0, 0, 2, 0, 0, 0}));
  ASSERT_EQ(object.variables.size(), 2U);
  EXPECT_EQ(object.variables[1].map, 0U);
  EXPECT_EQ(object.variables[1].offset, 4U);
  ASSERT_EQ(object.programs.at(0).relocations.size(), 1U);
  EXPECT_EQ(object.programs[0].relocations[0].kind, Relocation::Kind::map_value);
  EXPECT_EQ(object.programs[0].relocations[0].offset, 4U);

  const Object without = build(static_cast<std::uint32_t>(MapType::array));
  ASSERT_EQ(without.programs.at(0).problems.size(), 1U);
  EXPECT_NE(without.programs[0].problems[0].what.find("arena"), std::string::npos);
}

TEST(StructOpsMaps, TablesShowTheirProgramsByMember) {
  BtfBuilder btf;
  const auto integer = btf.add_integer("int", 4, 1);
  const auto pointer = btf.add_pointer(btf.add_function_proto(integer, {}));
  const auto table = btf.add_struct("operations", 16, {{"init", pointer, 0, 0}, {"release", pointer, 64, 0}});
  const auto first = btf.add_variable("first", table, 1);
  const auto second = btf.add_variable("second", table, 1);
  btf.add_datasec("?.struct_ops.link", 0, {{first, 0, 16}, {second, 0, 16}});
  const auto odd = btf.add_variable("odd", integer, 1);
  btf.add_datasec(".struct_ops", 0, {{odd, 0, 4}});
  ObjectBuilder builder;
  const auto tables = builder.data("?.struct_ops.link", ByteVector(32, 0));
  builder.data(".struct_ops", ByteVector(4, 0));
  builder.data(".BTF", btf.write());
  const auto code = builder.code("struct_ops/release", returns(1));
  builder.object("first", tables, 0, 16);
  builder.object("second", tables, 16, 16);
  const auto release = builder.function("my_release", code, 0, 2);
  builder.add_relocation(tables, 16 + 8, r_bpf_64_abs64, release);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 2U);
  const MapSpec& map = object.maps[1];
  EXPECT_EQ(map.name, "second");
  EXPECT_EQ(map.origin, MapOrigin::struct_ops);
  EXPECT_EQ(map.type, static_cast<std::uint32_t>(MapType::struct_ops));
  EXPECT_EQ(map.key_size, 4U);
  EXPECT_EQ(map.value_size, 16U);
  EXPECT_EQ(map.value_type, table);
  EXPECT_EQ(map.max_entries, 1U);
  EXPECT_EQ(map.flags, bpf_f_link);
  EXPECT_TRUE(object.maps[0].initialisers.empty());
  ASSERT_EQ(map.initialisers.size(), 1U);
  EXPECT_EQ(map.initialisers[0].index, 1U);
  EXPECT_EQ(map.initialisers[0].name, "my_release");
  EXPECT_EQ(object.programs.at(0).type, ProgramType::struct_ops);
  EXPECT_TRUE(has_note(object, "table odd"));
}

TEST(BtfMaps, OddDefinitionsAreNoted) {
  BtfMaps maps;
  maps.declare("no_struct", maps.integer);
  maps.declare("odd", maps.definition({{"type", maps.integer},
                                       {"key", maps.integer},
                                       {"value", maps.btf.add_pointer(0)},
                                       {"values", maps.integer}}));
  ObjectBuilder builder;
  const auto section = builder.data(".maps", ByteVector(40, 0));
  builder.data(".BTF", maps.write());
  builder.object("no_struct", section, 0, 8);
  builder.object("odd", section, 8, 32);
  const Object object = open(builder.write());
  ASSERT_EQ(object.maps.size(), 1U);
  EXPECT_EQ(object.maps[0].key_size, 0U);
  EXPECT_TRUE(has_note(object, "no_struct"));
  EXPECT_TRUE(has_note(object, "field type is not written with __uint"));
  EXPECT_TRUE(has_note(object, "field key is not written with __type"));
  EXPECT_TRUE(has_note(object, "field value has a type without a size"));
  EXPECT_TRUE(has_note(object, "field values is not written with __array"));
}

TEST(BtfMaps, WithoutBtfTheyAreNotedAndTheirUsersHaveAProblem) {
  ObjectBuilder builder;
  const auto section = builder.data(".maps", ByteVector(40, 0));
  const auto code = builder.code("xdp", {load_low(1), load_high(), load_low(2), load_high(), exit()});
  const auto map = builder.object("my_map", section, 0, 40);
  builder.function("main", code, 0, 5);
  builder.relocate_load(code, 0, map);
  builder.relocate_load(code, 2, map);
  const Object object = open(builder.write());
  EXPECT_TRUE(has_note(object, "no BTF"));
  ASSERT_EQ(object.programs.at(0).problems.size(), 1U) << "said once, however often the map is used";
  EXPECT_NE(object.programs[0].problems[0].what.find("clang -g"), std::string::npos);
  EXPECT_EQ(object.programs[0].relocations.size(), 2U);
}

}  // namespace
}  // namespace skep::test
