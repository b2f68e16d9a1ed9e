// The user kernel beside Linux: each scenario makes the same calls on both and writes down what came back; the two
// transcripts must be equal. Where Linux may not be asked, the scenario still runs on the user kernel and the
// comparison is skipped, with the reason.
#include <gtest/gtest.h>

#include <functional>

#include "skep/asm/asm.hpp"
#include "skep/user/user.hpp"
#include "tests/differential/linux_oracle.hpp"

namespace skep {
namespace {

using Transcript = std::vector<std::string>;
using Scenario = std::function<void(Kernel&, Transcript&)>;

void compare(const Scenario& scenario) {
  UserKernel user({.cpus = static_cast<std::uint32_t>(sysconf(_SC_NPROCESSORS_CONF))});
  Transcript ours;
  scenario(user, ours);
  ASSERT_FALSE(ours.empty());
  if (const std::string why = LinuxOracle::why_not(); !why.empty()) GTEST_SKIP() << "skipped: " << why;
  LinuxOracle linux_kernel;
  Transcript theirs;
  scenario(linux_kernel, theirs);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i], theirs[i]) << "step " << i;
}

std::string text_of(long result) { return result < 0 ? errno_name(static_cast<int>(-result)) : "ok"; }

std::vector<RawInsn> code_of(std::string_view text) {
  auto code = assemble(text);
  EXPECT_TRUE(code) << text;
  return code ? *code : std::vector<RawInsn>{};
}

/// Loads and tells: errno, or tag, sizes and flags as the info struct has them.
void load_and_tell(Kernel& kernel, Transcript& out, ProgramType type, std::string_view text,
                   const std::string& license = "GPL") {
  const auto code = code_of(text);
  ProgLoadOptions options;
  options.type = type;
  options.name = "scenario";
  options.license = license;
  options.code = code;
  const ProgLoadResult loaded = load_program(kernel, options);
  if (!loaded.program.valid()) {
    out.push_back(fmt::format("{}: refused, {}", text, errno_name(loaded.error)));
    return;
  }
  const auto info = program_info(loaded.program);
  ASSERT_TRUE(info);
  out.push_back(fmt::format("{}: type {} tag {} name {} gpl {} maps {}", text, info->type, to_hex({info->tag, 8}, ""),
                            info->name, info->gpl_compatible & 1, info->nr_map_ids));
}

TEST(BesideLinux, AttrSizes) {
  compare([](Kernel& kernel, Transcript& out) {
    // A map_create attr at many lengths, zero and not zero behind what anyone knows.
    for (const std::uint32_t size : {0U, 4U, 8U, 16U, 20U, 72U, 120U, 200U, 256U, 4096U, 4097U}) {
      for (const std::uint8_t tail : {std::uint8_t{0}, std::uint8_t{1}}) {
        ByteVector attr(8192, 0);
        const std::uint32_t fields[] = {2, 4, 8, 1};
        std::memcpy(attr.data(), fields, sizeof fields);
        if (size > 16) attr[size - 1] = tail;
        const long fd = kernel.bpf(BpfCommand::map_create, attr.data(), size);
        out.push_back(fmt::format("size {} tail {}: {}", size, tail, text_of(fd)));
        if (fd >= 0) kernel.close(static_cast<int>(fd));
      }
    }
  });
}

TEST(BesideLinux, CommandsAndDescriptorsThatDoNotExist) {
  compare([](Kernel& kernel, Transcript& out) {
    ByteVector attr(128, 0);
    attr[0] = 0xee;
    attr[1] = 0xee;  // no such descriptor
    out.push_back(text_of(kernel.bpf(static_cast<BpfCommand>(9999), attr.data(), 128)));
    for (const BpfCommand command :
         {BpfCommand::map_lookup_elem, BpfCommand::map_update_elem, BpfCommand::map_delete_elem,
          BpfCommand::map_get_next_key, BpfCommand::map_lookup_and_delete_elem, BpfCommand::map_freeze,
          BpfCommand::prog_test_run, BpfCommand::obj_get_info_by_fd}) {
      out.push_back(fmt::format("command {}: {}", static_cast<std::uint32_t>(command),
                                text_of(kernel.bpf(command, attr.data(), 128))));
    }
    const std::uint32_t no_id = 0xeeeeee;
    std::memcpy(attr.data(), &no_id, 4);
    for (const BpfCommand command : {BpfCommand::prog_get_fd_by_id, BpfCommand::map_get_fd_by_id,
                                     BpfCommand::btf_get_fd_by_id, BpfCommand::prog_get_next_id}) {
      out.push_back(fmt::format("by id {}: {}", static_cast<std::uint32_t>(command),
                                text_of(kernel.bpf(command, attr.data(), 128))));
    }
    // An attr that cannot be read.
    out.push_back(text_of(kernel.bpf(BpfCommand::map_create, nullptr, 32)));
  });
}

TEST(BesideLinux, ProgramsLoadWithTheSameTag) {
  compare([](Kernel& kernel, Transcript& out) {
    for (const char* text : {"r0 = 2; exit", "r0 = 0; r0 += 5; w0 = w0; exit",
                             "r1 = 0x1122334455667788 ll; r0 = r1; exit", "if r1 == 0 goto +1; r0 = 1; r0 = 0; exit"}) {
      load_and_tell(kernel, out, ProgramType::socket_filter, text);
    }
    load_and_tell(kernel, out, ProgramType::xdp, "r0 = 2; exit");
  });
}

TEST(BesideLinux, ProgramsThatAreRefused) {
  compare([](Kernel& kernel, Transcript& out) {
    // A socket filter may not call GPL helpers without the license, nor another type's helpers, nor helpers that do not
    // exist.
    load_and_tell(kernel, out, ProgramType::socket_filter, "r0 = 0; exit", "Proprietary");
    load_and_tell(kernel, out, ProgramType::socket_filter,
                  "*(u64 *)(r10 - 8) = 0; r1 = r10; r1 += -8; r2 = 8; call 6; r0 = 0; exit", "Proprietary");
    load_and_tell(kernel, out, ProgramType::socket_filter,
                  "*(u64 *)(r10 - 8) = 0; r1 = r10; r1 += -8; r2 = 8; call 6; r0 = 0; exit", "GPL");
    load_and_tell(kernel, out, ProgramType::socket_filter, "r2 = 0; call 44; r0 = 0; exit");
    load_and_tell(kernel, out, ProgramType::socket_filter, "call 9999; r0 = 0; exit");
    load_and_tell(kernel, out, ProgramType::socket_filter, "r0 = 0; goto +5; exit");
    load_and_tell(kernel, out, ProgramType::socket_filter, "r0 = 0");
    load_and_tell(kernel, out, static_cast<ProgramType>(200), "r0 = 0; exit");
  });
}

TEST(BesideLinux, LogAttributes) {
  compare([](Kernel& kernel, Transcript& out) {
    const auto code = bytes_from_slots(code_of("r0 = 0; exit"));
    const auto broken = bytes_from_slots(code_of("call 9999; exit"));
    std::string log(4096, 'x');
    for (const ByteVector& bytes : {code, broken}) {
      for (const std::uint32_t level : {0U, 1U, 2U, 4U, 16U}) {
        for (const std::uint32_t size : {0U, 8U, 4096U}) {
          for (const bool buffer : {false, true}) {
            ProgLoadAttr attr{};
            attr.prog_type = 1;
            attr.insn_cnt = static_cast<std::uint32_t>(bytes.size() / 8);
            attr.insns = reinterpret_cast<std::uint64_t>(bytes.data());
            attr.license = reinterpret_cast<std::uint64_t>("GPL");
            attr.log_level = level;
            attr.log_size = size;
            attr.log_buf = buffer ? reinterpret_cast<std::uint64_t>(log.data()) : 0;
            const long fd = kernel.bpf(BpfCommand::prog_load, &attr, sizeof attr);
            out.push_back(fmt::format("level {} size {} buffer {}: {}", level, size, buffer, text_of(fd)));
            if (fd >= 0) kernel.close(static_cast<int>(fd));
          }
        }
      }
    }
  });
}

struct PacketRun {
  ProgramType type;
  const char* text;
  std::size_t bytes = 64;
  std::uint32_t room = 256;
};

void run_and_tell(Kernel& kernel, Transcript& out, const PacketRun& run) {
  const auto code = code_of(run.text);
  const ProgLoadResult loaded = load_program(kernel, {.type = run.type, .name = "run", .license = "GPL", .code = code});
  if (!loaded.program.valid()) {
    out.push_back(fmt::format("{}: refused, {} {}", run.text, errno_name(loaded.error), loaded.log));
    return;
  }
  ByteVector packet(run.bytes);
  for (std::size_t i = 0; i < packet.size(); ++i) packet[i] = static_cast<std::uint8_t>(i * 7 + 1);
  if (packet.size() >= 14) packet[12] = 0x08, packet[13] = 0x00;
  const auto result = test_run(loaded.program, {.data_in = packet, .data_size_out = run.room});
  if (!result) {
    out.push_back(fmt::format("{} on {} bytes: {}", run.text, run.bytes, errno_name(result.error().code)));
    return;
  }
  out.push_back(
      fmt::format("{} on {} bytes: {} [{}]", run.text, run.bytes, result->retval, to_hex(result->data_out, "")));
}

TEST(BesideLinux, TestRunsOnPackets) {
  compare([](Kernel& kernel, Transcript& out) {
    const std::vector<PacketRun> runs = {
        {ProgramType::xdp, "r0 = 2; exit"},
        {ProgramType::xdp, "r0 = 2; exit", 13},
        {ProgramType::xdp, "r0 = 2; exit", 14},
        {ProgramType::xdp, "r0 = *(u32 *)(r1 + 4); r2 = *(u32 *)(r1 + 0); r0 -= r2; exit"},
        {ProgramType::xdp,
         "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 14; r0 = 1; if r4 > r3 goto +2; r0 = *(u8 *)(r2 "
         "+ 12); *(u8 *)(r2 + 0) = 255; exit"},
        {ProgramType::xdp, "r2 = -8; call 44; exit"},
        {ProgramType::xdp, "r2 = 8; call 44; exit"},
        {ProgramType::xdp, "r2 = 60; call 44; exit"},
        {ProgramType::xdp, "r2 = -300; call 44; exit"},
        {ProgramType::xdp, "r2 = -16; call 65; exit"},
        {ProgramType::xdp, "r2 = 64; call 65; exit"},
        {ProgramType::xdp, "r2 = -60; call 65; exit"},
        {ProgramType::xdp, "r2 = -4; call 54; exit"},
        {ProgramType::xdp, "r2 = -5; call 54; exit"},
        {ProgramType::socket_filter, "r0 = *(u32 *)(r1 + 0); exit"},
        {ProgramType::socket_filter, "r0 = *(u32 *)(r1 + 16); exit"},
        {ProgramType::socket_filter, "r0 = *(u32 *)(r1 + 4); exit"},
        {ProgramType::socket_filter, "r6 = r1; r0 = *(u8 *)skb[0]; exit"},
        {ProgramType::socket_filter, "r6 = r1; r0 = *(u16 *)skb[2]; exit"},
        {ProgramType::socket_filter, "r6 = r1; r0 = *(u32 *)skb[48]; exit"},
        {ProgramType::sched_cls, "r0 = *(u32 *)(r1 + 0); exit"},
        {ProgramType::sched_cls, "r0 = *(u32 *)(r1 + 16); exit"},
        {ProgramType::sched_cls, "r0 = 0; exit", 64, 10},
        {ProgramType::sched_cls, "r0 = *(u32 *)(r1 + 80); r2 = *(u32 *)(r1 + 76); r0 -= r2; exit"},
    };
    for (const PacketRun& run : runs) run_and_tell(kernel, out, run);
  });
}

TEST(BesideLinux, ContextsOfTestRuns) {
  compare([](Kernel& kernel, Transcript& out) {
    const auto code = code_of("r0 = *(u32 *)(r1 + 8); exit");  // mark
    const ProgLoadResult loaded =
        load_program(kernel, {.type = ProgramType::sched_cls, .name = "mark", .license = "GPL", .code = code});
    ASSERT_TRUE(loaded.program.valid()) << loaded.log;
    const ByteVector packet(64, 1);
    for (std::size_t field = 0; field < 192; field += 4) {
      ByteVector context(192, 0);
      context[field] = 1;
      const auto result = test_run(loaded.program, {.data_in = packet, .context_in = context});
      out.push_back(fmt::format("field at {}: {}", field,
                                result ? fmt::format("{}", result->retval) : errno_name(result.error().code)));
    }
    const ByteVector longer(200, 0);
    out.push_back(text_of(test_run(loaded.program, {.data_in = packet, .context_in = longer}) ? 0 : -1));
  });
}

TEST(BesideLinux, TypesWithoutTestRun) {
  compare([](Kernel& kernel, Transcript& out) {
    const auto code = code_of("r0 = 0; exit");
    const ByteVector packet(64, 0);
    for (const ProgramType type : {ProgramType::tracepoint, ProgramType::kprobe, ProgramType::perf_event}) {
      const ProgLoadResult loaded =
          load_program(kernel, {.type = type, .name = "none", .license = "GPL", .code = code});
      if (!loaded.program.valid()) {
        out.push_back("refused " + errno_name(loaded.error));
        continue;
      }
      const auto result = test_run(loaded.program, {.data_in = packet});
      out.push_back(result ? "ran" : errno_name(result.error().code));
    }
  });
}

TEST(BesideLinux, MapInfoAndLifetimes) {
  compare([](Kernel& kernel, Transcript& out) {
    auto map = create_map(kernel, {.type = 2, .key_size = 4, .value_size = 12, .max_entries = 3, .name = "my_map"});
    ASSERT_TRUE(map);
    const auto info = map_info(*map);
    ASSERT_TRUE(info);
    out.push_back(fmt::format("{} {} {} {} {} {}", info->type, info->key_size, info->value_size, info->max_entries,
                              info->map_flags, info->name));
    for (std::uint32_t key = 0; key < 4; ++key) {
      ByteVector value(12, static_cast<std::uint8_t>(key));
      for (const std::uint64_t flags : {0ULL, 1ULL, 2ULL, 3ULL, 4ULL}) {
        out.push_back(
            fmt::format("update {} flags {}: {}", key, flags, text_of(map_update(*map, bytes_of(key), value, flags))));
      }
      ByteVector read(12, 0xaa);
      out.push_back(fmt::format("lookup {}: {} {}", key, text_of(map_lookup(*map, bytes_of(key), read)), to_hex(read)));
    }
    const std::uint32_t key = 1;
    out.push_back(text_of(map_freeze(*map)));
    out.push_back(text_of(map_freeze(*map)));
    out.push_back(text_of(map_update(*map, bytes_of(key), ByteVector(12, 1))));
    out.push_back(text_of(map_delete(*map, bytes_of(key))));
  });
}

}  // namespace
}  // namespace skep
