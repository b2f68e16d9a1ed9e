// Reading memory that may not be there: the kernel's errnos and bytes, and which address space is asked.
#include <cerrno>

#include "skep/helpers/twin.hpp"

namespace skep {
namespace {

using twin::number;
using twin::value;

/// The first map's value after `call` with the address of the second map's value as unsafe pointer.
struct Probe {
  std::int64_t result;
  std::string bytes;
};
std::optional<Probe> probe(HelperId helper, std::uint32_t size, ByteView memory, std::optional<std::int64_t> address,
                           bool on_linux) {
  const ByteVector filled(16, 'x');
  twin::Program program({twin::memory(filled), twin::memory(memory)});
  program.call(helper, {value(0), number(size), address ? number(*address) : value(1)});
  const auto outcome = on_linux ? twin::run_on_linux(program) : std::optional(twin::run_here(program));
  if (!outcome) return std::nullopt;
  EXPECT_EQ(outcome->refused, 0) << outcome->log;
  return Probe{outcome->results.at(0), std::string(as_text(outcome->values.at(0)))};
}

void check(HelperId helper, std::uint32_t size, std::string_view memory, std::optional<std::int64_t> address,
           std::int64_t result, std::string_view bytes) {
  for (const bool on_linux : {false, true}) {
    const auto got = probe(helper, size, as_bytes(memory), address, on_linux);
    if (!got) continue;
    EXPECT_EQ(got->result, result) << (on_linux ? "on Linux" : "here") << ", size " << size;
    EXPECT_EQ(got->bytes, bytes) << (on_linux ? "on Linux" : "here") << ", size " << size;
  }
}

using namespace std::string_view_literals;

TEST(ProbeRead, KernelMemory) {
  check(HelperId::probe_read_kernel, 5, "hello world", {}, 0, "helloxxxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel, 0, "hello world", {}, 0, "xxxxxxxxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel, 4, "hello world", 0, -ERANGE, "\0\0\0\0xxxxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel, 4, "hello world", 0x1000, -ERANGE, "\0\0\0\0xxxxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel, 4, "hello world", static_cast<std::int64_t>(0xffff'ec00'0000'0000), -EFAULT,
        "\0\0\0\0xxxxxxxxxxxx"sv);
}

TEST(ProbeReadStr, KernelMemory) {
  check(HelperId::probe_read_kernel_str, 16, "hello\0world"sv, {}, 6, "hello\0xxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel_str, 6, "hello\0world"sv, {}, 6, "hello\0xxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel_str, 5, "hello\0world"sv, {}, 5, "hell\0xxxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel_str, 1, "hello\0world"sv, {}, 1, "\0xxxxxxxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel_str, 0, "hello\0world"sv, {}, 0, "xxxxxxxxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel_str, 9, "\0"sv, {}, 1, "\0xxxxxxxxxxxxxxx"sv);
  check(HelperId::probe_read_kernel_str, 4, "hello", 0x1000, -ERANGE, "\0\0\0\0xxxxxxxxxxxx"sv);
}

TEST(ProbeReadUser, ReadsTheTasksMemory) {
  twin::World world;
  world.user = {'t', 'a', 's', 'k', 0, 'z'};
  const auto call = [&](HelperId helper, std::int64_t size, std::int64_t address) {
    twin::Program program({twin::memory(ByteVector(16, 'x'))});
    program.call(helper, {value(0), number(size), number(address)});
    const auto outcome = twin::run_here(program, world);
    return std::pair(outcome.results.at(0), std::string(as_text(outcome.values.at(0))));
  };
  using Result = std::pair<std::int64_t, std::string>;
  const std::string_view text("task\0xxxxxxxxxxx", 16), zeros("\0\0\0\0\0\0\0xxxxxxxxx", 16);
  EXPECT_EQ(call(HelperId::probe_read_user, 5, 0x1000), Result(0, text));
  EXPECT_EQ(call(HelperId::probe_read_user, 7, 0x1000), Result(-EFAULT, zeros)) << "one byte too many";
  EXPECT_EQ(call(HelperId::probe_read_user_str, 16, 0x1000), Result(5, text));
  EXPECT_EQ(call(HelperId::probe_read_user_str, 7, 0x1005), Result(-EFAULT, zeros)) << "no terminator before the end";
  EXPECT_EQ(call(HelperId::copy_from_user, 5, 0x1000), Result(0, text));
  EXPECT_EQ(call(HelperId::probe_read, 5, 0x1000), Result(0, text)) << "not the program's, so the task's";
  EXPECT_EQ(call(HelperId::probe_read_str, 16, 0x1000), Result(5, text));
  EXPECT_EQ(call(HelperId::probe_read, 7, 0x9000), Result(-EFAULT, zeros));
}

TEST(TaskHelpers, TellWhoRunsAndWhen) {
  twin::World world;
  world.processor = 1;
  twin::Program program({twin::memory(ByteVector(16, 'x'))});
  program.call(HelperId::get_current_pid_tgid, {});
  program.call(HelperId::get_current_uid_gid, {});
  program.call(HelperId::get_current_comm, {value(0), number(5)});
  program.call(HelperId::get_smp_processor_id, {});
  program.call(HelperId::ktime_get_ns, {});
  program.call(HelperId::ktime_get_boot_ns, {});
  program.call(HelperId::ktime_get_coarse_ns, {});
  program.call(HelperId::ktime_get_tai_ns, {});
  program.call(HelperId::get_prandom_u32, {});
  program.call(HelperId::get_numa_node_id, {});
  program.call(HelperId::get_current_task, {});
  program.call(HelperId::jiffies64, {});
  const auto outcome = twin::run_here(program, world);
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t first_jiffies = 0x1'0000'0000 - 300 * 250;
  const std::vector<std::int64_t> expected{11LL << 32 | 22,
                                           100LL << 32 | 1000,
                                           0,
                                           1,
                                           second,
                                           2 * second,
                                           3 * second,
                                           4 * second,
                                           4,
                                           0,
                                           static_cast<std::int64_t>(kernel_object_base),
                                           first_jiffies + 3 * 250};
  EXPECT_EQ(outcome.results, expected);
  EXPECT_EQ(std::string(as_text(outcome.values.at(0))), std::string("work\0xxxxxxxxxxx", 16)) << "cut, with terminator";
  twin::Program roomy({twin::memory(ByteVector(16, 'x'))});
  roomy.call(HelperId::get_current_comm, {value(0), number(12)});
  EXPECT_EQ(std::string(as_text(twin::run_here(roomy, world).values.at(0))), std::string("worker\0\0\0\0\0\0xxxx", 16));
}

}  // namespace
}  // namespace skep
