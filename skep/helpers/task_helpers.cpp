// Who runs, where, and when: task, CPU, cgroup, clocks, random numbers (kernel/bpf/helpers.c).
#include <algorithm>

#include "skep/helpers/arguments.hpp"

namespace skep {
namespace {

constexpr std::uint64_t jiffies_per_second = 250;  ///< CONFIG_HZ of Debian's kernels
/// INITIAL_JIFFIES: the counter starts five minutes before its lower half wraps around.
constexpr std::uint64_t first_jiffies = (std::uint64_t{1} << 32) - 300 * jiffies_per_second;

}  // namespace

#define SKEP_BODY(name, r1, r2)                                                                     \
  std::uint64_t helper_##name([[maybe_unused]] Machine& machine, [[maybe_unused]] std::uint64_t r1, \
                              [[maybe_unused]] std::uint64_t r2, std::uint64_t, std::uint64_t, std::uint64_t)

SKEP_BODY(ktime_get_ns, r1, r2) { return environment_of(machine).clock_ns(Clock::monotonic); }
SKEP_BODY(ktime_get_boot_ns, r1, r2) { return environment_of(machine).clock_ns(Clock::boottime); }
SKEP_BODY(ktime_get_coarse_ns, r1, r2) { return environment_of(machine).clock_ns(Clock::coarse); }
SKEP_BODY(ktime_get_tai_ns, r1, r2) { return environment_of(machine).clock_ns(Clock::tai); }

SKEP_BODY(jiffies64, r1, r2) {
  return first_jiffies + environment_of(machine).clock_ns(Clock::coarse) / (1'000'000'000 / jiffies_per_second);
}

SKEP_BODY(get_prandom_u32, r1, r2) { return environment_of(machine).random(); }
SKEP_BODY(get_smp_processor_id, r1, r2) { return cpu_of(machine); }
SKEP_BODY(get_numa_node_id, r1, r2) { return 0; }
SKEP_BODY(get_current_cgroup_id, r1, r2) { return environment_of(machine).cgroup_id(); }
SKEP_BODY(get_current_task, r1, r2) { return environment_of(machine).task_address(); }

SKEP_BODY(get_current_pid_tgid, r1, r2) {
  const Task& task = environment_of(machine).task();
  return std::uint64_t{task.tgid} << 32 | task.pid;
}

SKEP_BODY(get_current_uid_gid, r1, r2) {
  const Task& task = environment_of(machine).task();
  return std::uint64_t{task.gid} << 32 | task.uid;
}

/// strscpy_pad(): cut to what fits, zeros to the end.
SKEP_BODY(get_current_comm, to, size) {
  const MutableBytes buffer = memory_at(to, static_cast<std::uint32_t>(size));
  if (buffer.empty()) return 0;
  const std::string& comm = environment_of(machine).task().comm;
  const std::size_t copied = std::min(comm.size(), buffer.size() - 1);
  std::copy_n(comm.begin(), copied, buffer.begin());
  std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(copied), buffer.end(), std::uint8_t{0});
  return 0;
}

#undef SKEP_BODY

}  // namespace skep
