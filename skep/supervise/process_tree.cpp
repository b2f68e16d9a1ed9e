#include "skep/supervise/process_tree.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

#include "skep/supervise/coarse_clock.hpp"
#include "skep/supervise/task_facts.hpp"

namespace skep {
namespace {

/// What a system call leaves in rax when a signal interrupts it (linux/errno.h); user space never sees them.
constexpr std::int64_t restart_sys = -512;
constexpr std::int64_t restart_no_interrupt = -513;
constexpr std::int64_t restart_no_handler = -514;  ///< restart, unless a handler runs: then EINTR
constexpr std::int64_t restart_block = -516;

/// Calls that Linux emulates there have no tracepoints, and no exit stop.
constexpr std::uint64_t vsyscall_page = 0xffff'ffff'ff60'0000;
constexpr int syscall_stop = SIGTRAP | 0x80;  ///< under PTRACE_O_TRACESYSGOOD

std::optional<RegisterState> read_registers(pid_t tid) {
  user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, tid, nullptr, &registers) != 0) return std::nullopt;
  static_assert(offsetof(user_regs_struct, ss) + sizeof registers.ss == sizeof(RegisterState));
  return load_unaligned<RegisterState>(&registers);  // a pt_regs is how user_regs_struct begins
}

std::optional<pid_t> event_message(pid_t tid) {
  unsigned long message = 0;
  if (ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &message) != 0) return std::nullopt;
  return static_cast<pid_t>(message);
}

bool was_interrupted(const RegisterState& registers) {
  if (static_cast<std::int64_t>(registers.orig_ax) < 0) return false;  // not from a system call
  switch (static_cast<std::int64_t>(registers.ax)) {
    case restart_sys:
    case restart_no_interrupt:
    case restart_no_handler:
    case restart_block:
    case -EINTR: return true;
    default: return false;
  }
}

/// close has closed and connect goes on by itself, interrupted or not: a second call would fail.
bool may_run_again(std::uint64_t number) { return number != SYS_close && number != SYS_connect; }

bool is_group_stop(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

std::uint32_t current_cpu() {
  const int cpu = sched_getcpu();
  return cpu < 0 ? 0 : static_cast<std::uint32_t>(cpu);
}

}  // namespace

ProcessTree::ProcessTree(EventSink& sink, const HookInterest& interest, pid_t command)
    : sink_(sink), interest_(interest), plan_(interest), command_(command) {
  Tracee& first = tracees_.try_emplace(command, command).first->second;
  first.announced = first.started = first.launching = true;
}

long ProcessTree::trace_options(const HookInterest& interest) {
  long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP;
  if (interest.process_exit) options |= PTRACE_O_TRACEEXIT;
  return options;
}

void ProcessTree::handle(pid_t tid, int status) {
  if (!WIFSTOPPED(status)) return on_death(tid, status);
  Tracee& task = tracee(tid);
  const int signal = WSTOPSIG(status);
  switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP: return on_enter(task);
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: return on_fork(task);
    case PTRACE_EVENT_EXEC: return on_exec(tid);
    case PTRACE_EVENT_EXIT: return on_end(task);
    case PTRACE_EVENT_STOP: return on_stop_event(task, signal);
    default: return signal == syscall_stop ? on_exit(task) : on_signal(task, signal);
  }
}

void ProcessTree::kill_all() {
  for (auto& [tid, tracee] : tracees_) kill(tid, SIGKILL);  // a tid that was not waited for is not given away again
}

void ProcessTree::discard(pid_t tid, int status) {
  if (!WIFSTOPPED(status)) {
    tracees_.erase(tid);
    return;
  }
  (void)tracee(tid);
  kill(tid, SIGKILL);
  (void)ptrace(PTRACE_CONT, tid, nullptr, nullptr);
}

ProcessTree::Tracee& ProcessTree::tracee(pid_t tid) { return tracees_.try_emplace(tid, tid).first->second; }

void ProcessTree::resume(const Tracee& tracee, int signal) {
  // That it fails means that the task was killed; waitpid will say so.
  (void)ptrace(tracee.awaits_exit ? PTRACE_SYSCALL : PTRACE_CONT, tracee.tid, nullptr, static_cast<long>(signal));
}

const EventTask& ProcessTree::facts(Tracee& tracee) {
  if (!tracee.facts_known) {
    if (auto task = read_task(tracee.tid)) {
      tracee.facts.task = std::move(*task);
    } else {
      tracee.facts.task.pid = static_cast<std::uint32_t>(tracee.tid);
    }
    tracee.facts_known = true;
  }
  tracee.facts.memory = &tracee.memory;
  tracee.facts.cpu = current_cpu();  // the task's own, nearly always: whoever wakes us stays where it is
  return tracee.facts;
}

// ---- system calls ----

void ProcessTree::on_enter(Tracee& tracee) {
  const auto registers = read_registers(tracee.tid);
  if (!registers) return;
  const auto number = static_cast<std::uint32_t>(registers->orig_ax);
  const bool of_launch = tracee.launching && number != SYS_execve;
  if (of_launch || registers->ip >= vsyscall_page) return resume(tracee);
  const bool again = tracee.hidden && (number == SYS_restart_syscall || number == tracee.hidden->number);
  tracee.number = again ? tracee.hidden->number : number;
  tracee.hidden.reset();
  if (!again && plan_.wants_enter(number)) {
    const RegisterState& r = *registers;
    sink_.syscall_enter(facts(tracee), number, {r.di, r.si, r.dx, r.r10, r.r8, r.r9}, r);
  }
  tracee.awaits_exit = plan_.wants_exit(tracee.number) || changes_identity(number);
  resume(tracee);
}

void ProcessTree::on_exit(Tracee& tracee) {
  auto registers = read_registers(tracee.tid);
  if (!registers) return;
  tracee.awaits_exit = false;
  if (changes_identity(tracee.number)) tracee.facts_known = false;
  // rt_sigreturn has restored the registers of another call; Linux calls its number -1 here.
  const bool returned = static_cast<std::int64_t>(registers->orig_ax) >= 0;
  const std::uint32_t number = returned ? tracee.number : ~0U;
  if (!plan_.wants_exit(number)) return resume(tracee);
  if (was_interrupted(*registers)) {
    const auto masks = read_signal_masks(tracee.tid);
    if (masks && masks->only_ignored_pending() && hide_restart(tracee, *registers)) return resume(tracee);
  }
  registers->orig_ax = returned ? number : registers->orig_ax;
  sink_.syscall_exit(facts(tracee), number, static_cast<std::int64_t>(registers->ax), *registers);
  resume(tracee);
}

/// The call was interrupted by nothing but ignored signals. Makes sure that it goes on, as it would have done untraced,
/// and that the second entry is no event. The code for "unless a handler runs" leaves the decision to Linux should a
/// real signal come in between.
bool ProcessTree::hide_restart(Tracee& tracee, const RegisterState& registers) {
  const auto result = static_cast<std::int64_t>(registers.ax);
  if (result == -EINTR) {
    if (!may_run_again(registers.orig_ax)) return false;
    if (ptrace(PTRACE_POKEUSER, tracee.tid, offsetof(user, regs.rax), restart_no_handler) != 0) return false;
  }
  const auto number = static_cast<std::uint32_t>(registers.orig_ax);
  const bool resumed = number == SYS_restart_syscall && tracee.number != number;
  if (!tracee.hidden && plan_.stops(number)) tracee.hidden = HiddenRestart{resumed ? tracee.number : number, result};
  return true;
}

void ProcessTree::on_signal(Tracee& tracee, int signal) {
  if (facts(tracee).task.tgid == static_cast<std::uint32_t>(command_))
    seen_at_[static_cast<std::size_t>(signal)] = coarse_now_ns();
  const auto registers = read_registers(tracee.tid);
  if (!registers) return;
  if (was_interrupted(*registers)) {
    const auto masks = read_signal_masks(tracee.tid);
    if (masks && masks->is_ignored(signal)) {
      (void)hide_restart(tracee, *registers);
    } else if (tracee.hidden) {  // the interruption counts after all
      const HiddenRestart hidden = *std::exchange(tracee.hidden, std::nullopt);
      if (plan_.wants_exit(hidden.number)) sink_.syscall_exit(facts(tracee), hidden.number, hidden.result, *registers);
    }
  }
  resume(tracee, signal);
}

// ---- tasks ----

void ProcessTree::on_fork(Tracee& parent) {
  const auto child_id = event_message(parent.tid);
  if (!child_id || *child_id <= 0 || early_deaths_.erase(*child_id) != 0) return resume(parent);
  Tracee& child = tracee(*child_id);  // the map never moves its elements
  child.announced = true;
  if (interest_.fork) sink_.fork(facts(parent), facts(child).task);
  resume(parent);
  if (child.held_stop != 0) start(child, child.held_stop);
}

void ProcessTree::on_exec(pid_t tid) {
  // Another thread than the leader becomes the leader; the old one is gone without a word (ptrace(2), "execve(2) under
  // ptrace").
  const pid_t former = event_message(tid).value_or(tid);
  if (former != tid) {
    if (auto node = tracees_.extract(former); !node.empty()) {
      tracees_.erase(tid);
      node.key() = tid;
      node.mapped().tid = tid;
      node.mapped().memory = TraceeMemory(tid);
      tracees_.insert(std::move(node));
    }
  }
  Tracee& task = tracee(tid);
  task.facts_known = false;
  task.launching = false;
  task.announced = task.started = true;
  if (interest_.exec) sink_.exec(facts(task), read_exec_path(tid, task.memory), static_cast<std::uint32_t>(former));
  resume(task);
}

void ProcessTree::on_end(Tracee& tracee) {
  tracee.exit_reported = true;
  if (!tracee.launching) sink_.exit(facts(tracee), read_priority(tracee.tid));
  resume(tracee);
}

void ProcessTree::on_death(pid_t tid, int status) {
  const auto at = tracees_.find(tid);
  if (at == tracees_.end() || !at->second.announced) early_deaths_.insert(tid);
  if (at == tracees_.end()) return;
  if (tid == command_) command_status_ = status;
  // SIGKILL can overtake the stop at which an end is reported.
  if (interest_.process_exit && !at->second.exit_reported && !at->second.launching) {
    sink_.exit(facts(at->second), read_priority(tid));
  }
  tracees_.erase(at);
}

/// A parent that is killed at its fork event announces no child. Its word would have come by now.
void ProcessTree::look_after_held() {
  for (auto& [tid, tracee] : tracees_) {
    if (tracee.held_stop == 0) continue;
    if (!std::exchange(tracee.held_long, true)) continue;
    tracee.announced = true;
    start(tracee, tracee.held_stop);
  }
}

void ProcessTree::on_stop_event(Tracee& tracee, int signal) {
  if (!tracee.announced) {
    tracee.held_stop = signal;
    return;
  }
  start(tracee, signal);
}

/// A new task begins, a stopped process is to stay stopped until SIGCONT, or it goes on.
void ProcessTree::start(Tracee& tracee, int signal) {
  tracee.held_stop = 0;
  if (!tracee.started) {
    tracee.started = true;
    // On Linux fork returns twice for sys_exit too. The child's return is over when it first stops.
    const auto registers = plan_.exit.any() ? read_registers(tracee.tid) : std::nullopt;
    const auto number = registers ? static_cast<std::uint32_t>(registers->orig_ax) : ~0U;
    if (registers && number < syscall_limit && plan_.wants_exit(number)) {
      sink_.syscall_exit(facts(tracee), number, static_cast<std::int64_t>(registers->ax), *registers);
    }
  }
  if (is_group_stop(signal)) {
    (void)ptrace(PTRACE_LISTEN, tracee.tid, nullptr, nullptr);
  } else {
    resume(tracee);
  }
}

}  // namespace skep
