// UserKernel: our implementation of Kernel. bpf(command, attr, size, memory) answers in Linux's layouts with Linux's
// errnos; cmd_*.cpp hold the commands, one family a file. Events come in through fire_*(): whoever watches processes
// (supervise) calls them. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "skep/helpers/helpers.hpp"
#include "skep/kernel/kernel.hpp"
#include "skep/maps/maps.hpp"
#include "skep/user/memory.hpp"
#include "skep/vm/vm.hpp"

namespace skep {

struct UserKernelOptions {
  std::uint32_t cpus = 0;           ///< possible CPUs; 0: as many as the machine has
  std::uint64_t fuel = 1ULL << 30;  ///< instructions one run may take
  std::uint32_t uid = 0;            ///< owner of what is created (created_by_uid)
  /// Time that the runs of one PROG_TEST_RUN may take together: `repeat` goes up to 2^32, and where Linux looks for a
  /// signal to the caller there may be nobody here who could send one. -EINTR after it, as after a signal.
  std::uint64_t test_run_ns = 60'000'000'000;
};

/// What one run of an event program was like, for whoever reports.
struct RunReport {
  std::string program;  ///< its name
  std::uint32_t program_id;
  Fault fault;
};

/// Which events have programs: the supervisor traces only these.
struct HookInterest {
  std::set<std::uint32_t> enter;  ///< system call numbers
  std::set<std::uint32_t> exit;
  bool enter_all = false;  ///< raw_syscalls/sys_enter, raw_tp sys_enter
  bool exit_all = false;
  bool exec = false;
  bool fork = false;
  bool process_exit = false;
  friend bool operator==(const HookInterest&, const HookInterest&) = default;
  [[nodiscard]] bool any() const {
    return !enter.empty() || !exit.empty() || enter_all || exit_all || exec || fork || process_exit;
  }
};

/// The traced task's user registers as struct pt_regs lays them out on x86-64 (arch/x86/include/uapi/asm/ptrace.h),
/// orig_ax included.
struct RegisterState {
  std::uint64_t r15 = 0, r14 = 0, r13 = 0, r12 = 0, bp = 0, bx = 0, r11 = 0, r10 = 0, r9 = 0, r8 = 0, ax = 0, cx = 0,
                dx = 0, si = 0, di = 0, orig_ax = 0, ip = 0, cs = 0, flags = 0, sp = 0, ss = 0;
};

/// The task an event happened in, and its memory.
struct EventTask {
  Task task;
  std::uint32_t cpu = 0;
  UserMemory* memory = nullptr;  ///< nullptr: reads answer EFAULT
};

class UserKernel final : public Kernel {
 public:
  explicit UserKernel(const UserKernelOptions& options = {});
  ~UserKernel() override;

  // ---- Kernel ----
  [[nodiscard]] std::string_view name() const override { return "user"; }
  [[nodiscard]] long bpf(BpfCommand command, void* attr, std::uint32_t size) override;
  void close(int fd) override;
  [[nodiscard]] Result<MutableBytes> map_memory(int fd, std::uint64_t offset, std::uint64_t length,
                                                bool writable) override;
  void unmap_memory(MutableBytes memory) override;
  [[nodiscard]] long open_perf_output(std::uint32_t cpu) override;
  [[nodiscard]] Result<int> attach(int program_fd, const AttachRequest& request) override;
  [[nodiscard]] std::uint32_t possible_cpus() const override;
  [[nodiscard]] std::vector<std::string> read_trace() override;

  /// bpf(2) on behalf of a caller whose memory is `memory`; `attr` is an address there.
  [[nodiscard]] long bpf(std::uint32_t command, std::uint64_t attr, std::uint32_t size, UserMemory& memory);

  // ---- events ----
  [[nodiscard]] HookInterest interest() const;
  /// Runs the programs attached to the event, if any.
  void fire_syscall_enter(const EventTask& task, std::uint32_t number, const std::array<std::uint64_t, 6>& args,
                          const RegisterState& registers);
  void fire_syscall_exit(const EventTask& task, std::uint32_t number, std::int64_t result,
                         const RegisterState& registers);
  void fire_exec(const EventTask& task, std::string_view filename, std::uint32_t old_pid);
  void fire_fork(const EventTask& parent, const Task& child);
  void fire_exit(const EventTask& task, std::int32_t priority);

  // ---- for who reports ----
  /// Events for which at least one program ran, runs of programs, and time spent in them.
  struct Statistics {
    std::uint64_t events = 0, runs = 0, run_time_ns = 0, faults = 0;
  };
  [[nodiscard]] const Statistics& statistics() const;
  /// Faults since the last call (at most the first 16 of each program are kept).
  [[nodiscard]] std::vector<RunReport> take_faults();
  /// The fault of the last PROG_TEST_RUN that answered EFAULT because the program itself went wrong.
  [[nodiscard]] std::optional<Fault> take_test_run_fault();

 public:
  struct State;  ///< the tables; only this module's sources know what is in it

 private:
  std::unique_ptr<State> state_;
};

}  // namespace skep
