// ProcessTree: the tasks that are traced and what happens at each of their stops (ptrace(2), "Stopped states", for
// tracees under PTRACE_SEIZE). handle() takes one answer of waitpid, tells the sink what it means and lets the task go
// on.
//
// An attached system call costs three calls of ours: wait, read the registers, continue. Everything slower (/proc) is
// kept per task until an exec, a prctl(PR_SET_NAME) or a setuid makes it stale.
//
// A traced task is woken even by signals that it ignores, and the call that it was in ends with EINTR or a restart
// code. Linux restarts most calls then, unseen by the program, but not all (epoll_wait), and the second entry is an
// event that an untraced task would not have caused. Both are undone here: see hide_restart().
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "skep/supervise/event_sink.hpp"
#include "skep/supervise/syscall_plan.hpp"
#include "skep/supervise/tracee_memory.hpp"

namespace skep {

class ProcessTree {
 public:
  /// `command`: seized already, with trace_options(), and not yet past its execve: of what it does until then only
  /// execve itself is an event.
  ProcessTree(EventSink& sink, const HookInterest& interest, pid_t command);

  /// One answer of waitpid(…, __WALL). Tasks that are not ours are left alone. The task may die at any time; that it
  /// did is another answer.
  void handle(pid_t tid, int status);

  [[nodiscard]] bool empty() const { return tracees_.empty(); }
  /// The wait status with which the command ended.
  [[nodiscard]] std::optional<int> command_status() const { return command_status_; }
  /// When the command last was sent `signal` (CLOCK_MONOTONIC_COARSE), the epoch if never.
  [[nodiscard]] std::uint64_t last_seen(int signal) const { return seen_at_[static_cast<std::size_t>(signal)]; }
  /// To be called now and then: lets children go that wait for a parent's word that will not come.
  void look_after_held();
  /// Sends SIGKILL to every task; what they answer still has to be handled, or discarded.
  void kill_all();
  /// One answer of waitpid after kill_all(), of which the sink hears nothing.
  void discard(pid_t tid, int status);

  /// PTRACE_O_* for PTRACE_SEIZE. EXITKILL among them: nothing outlives a supervisor that was killed.
  [[nodiscard]] static long trace_options(const HookInterest& interest);

 private:
  /// A call that goes on after an interruption that an untraced task would not have seen.
  struct HiddenRestart {
    std::uint32_t number;
    std::int64_t result;  ///< what it would have returned, had the signal counted
  };
  struct Tracee {
    explicit Tracee(pid_t id) : tid(id), memory(id) {}
    pid_t tid;
    TraceeMemory memory;
    EventTask facts = {};
    bool facts_known = false;
    bool announced = false;    ///< its parent's fork event was handled
    bool started = false;      ///< its first stop was handled
    int held_stop = 0;         ///< the signal of a first stop that came before the parent's event; it waits
    bool held_long = false;    ///< it did when last looked after
    bool launching = false;    ///< the command before its execve
    bool awaits_exit = false;  ///< in a call whose end is to stop it
    bool exit_reported = false;
    std::uint32_t number = 0;  ///< of the call it is in, as the sink knows it
    std::optional<HiddenRestart> hidden = {};
  };

  void on_enter(Tracee& tracee);
  void on_exit(Tracee& tracee);
  void on_fork(Tracee& parent);
  void on_exec(pid_t tid);
  void on_end(Tracee& tracee);
  void on_stop_event(Tracee& tracee, int signal);
  void on_signal(Tracee& tracee, int signal);
  void on_death(pid_t tid, int status);

  Tracee& tracee(pid_t tid);
  void start(Tracee& tracee, int signal);
  void resume(const Tracee& tracee, int signal = 0);
  const EventTask& facts(Tracee& tracee);
  bool hide_restart(Tracee& tracee, const RegisterState& registers);

  EventSink& sink_;
  HookInterest interest_;
  SyscallPlan plan_;
  pid_t command_;
  std::optional<int> command_status_;
  std::array<std::uint64_t, 65> seen_at_{};
  std::unordered_map<pid_t, Tracee> tracees_;
  std::unordered_set<pid_t> early_deaths_;  ///< of children that nobody had announced yet
};

}  // namespace skep
