#include "skep/user/run_environment.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace skep {
namespace {

clockid_t clock_id(Clock clock) {
  switch (clock) {
    case Clock::monotonic: return CLOCK_MONOTONIC;
    case Clock::boottime: return CLOCK_BOOTTIME;
    case Clock::coarse: return CLOCK_MONOTONIC_COARSE;
    case Clock::tai: return CLOCK_TAI;
  }
  return CLOCK_MONOTONIC;
}

/// Lines kept when nobody reads the pipe; the oldest go first, as in Linux's ring.
constexpr std::size_t trace_capacity = 65536;

}  // namespace

std::uint64_t RunEnvironment::clock_ns(Clock clock) {
  timespec now{};
  clock_gettime(clock_id(clock), &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

void RunEnvironment::trace(std::string_view text) {
  // Since Linux 5.9 the pipe ends each text with a newline of its own.
  if (text.ends_with('\n')) text.remove_suffix(1);
  TraceLine line;
  line.comm = task_.task.comm;
  line.pid = task_.task.pid;
  line.cpu = task_.cpu;
  line.flags = "...11";
  line.time_ns = clock_ns(Clock::monotonic);
  line.text = text;
  if (state_.trace_lines.size() >= trace_capacity) state_.trace_lines.pop_front();
  state_.trace_lines.push_back(format_trace_line(line));
}

int RunEnvironment::read_user(std::uint64_t address, MutableBytes to) {
  return task_.memory == nullptr ? -EFAULT : task_.memory->read(address, to);
}

int RunEnvironment::write_user(std::uint64_t address, ByteView from) {
  return task_.memory == nullptr ? -EFAULT : task_.memory->write(address, from);
}

int RunEnvironment::read_kernel(Machine& machine, std::uint64_t address, MutableBytes to) {
  for (const SyntheticObject& object : objects_) {
    if (address < object.address || address - object.address > object.bytes.size()) continue;
    const std::uint64_t offset = address - object.address;
    if (to.size() > object.bytes.size() - offset) return -EFAULT;
    std::copy_n(object.bytes.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
    return 0;
  }
  if (!machine.may_access(address, to.size(), Access::read)) return -EFAULT;
  std::memcpy(to.data(), Machine::at(address), to.size());
  return 0;
}

const EventTask& UserKernel::State::own_task_now() {
  // A packet run asks every time: what cannot change in a thread is asked once.
  const auto thread = static_cast<std::uint32_t>(syscall(SYS_gettid));
  if (own_task.task.pid != thread) {
    own_task.task.pid = thread;
    own_task.task.tgid = static_cast<std::uint32_t>(getpid());
    own_task.task.uid = getuid();
    own_task.task.gid = getgid();
    own_task.task.parent_tgid = static_cast<std::uint32_t>(getppid());
    std::array<char, 16> name{};
    if (pthread_getname_np(pthread_self(), name.data(), name.size()) == 0) own_task.task.comm = name.data();
    own_task.memory = &probed_memory;
  }
  const int cpu = sched_getcpu();
  own_task.cpu = cpu < 0 ? 0 : static_cast<std::uint32_t>(cpu) % options.cpus;
  return own_task;
}

}  // namespace skep
