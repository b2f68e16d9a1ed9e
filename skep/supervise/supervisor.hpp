// Supervisor: one supervised process tree. It is single-threaded: start(), run() and the destructor belong to one
// thread (ptrace's rule), which while run() works should have no other children of its own.
#pragma once

#include <signal.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "skep/base/base.hpp"
#include "skep/user/user.hpp"

namespace skep {

class EventSink;

struct SuperviseOptions {
  std::vector<std::string> command;  ///< argv; argv[0] is looked up in PATH
  /// Called after every batch of events and at least every 50 ms while waiting: print traces, read buffers.
  std::function<void()> on_progress = {};
  /// Signals that the caller ignores for itself only: the command starts with their default action. All others it
  /// inherits.
  std::vector<int> default_signals = {SIGPIPE};
};

/// How the command ended.
struct CommandResult {
  bool signaled = false;
  int status = 0;  ///< exit status, or the signal's number
};

class Supervisor {
 public:
  /// Starts the command stopped before its first instruction of the new program (its execve itself is already an event:
  /// sys_enter_execve has been fired, sched_process_exec and sys_exit_execve come first in run()). Errors: no such
  /// command (ENOENT, with the nearest name in PATH as hint), not executable, ptrace barred (says by what: Yama,
  /// seccomp, a container).
  [[nodiscard]] static Result<std::unique_ptr<Supervisor>> start(UserKernel& kernel, SuperviseOptions options);
  /// The same with any listener, which must outlive the supervisor.
  [[nodiscard]] static Result<std::unique_ptr<Supervisor>> start(EventSink& sink, SuperviseOptions options);
  ~Supervisor();  ///< Kills what is left of the tree.

  /// Runs until the command and all its descendants have ended, as `strace -f` does (what stops their system calls
  /// cannot be taken out of them again, and without us those would fail), or stop() was called.
  [[nodiscard]] Result<CommandResult> run();
  /// Ends run() soon: safe from a signal handler. The command gets `signal` unless it did already, as everyone in the
  /// terminal's foreground does on Ctrl-C. SIGINT and SIGQUIT leave it to the command when to end; after any other
  /// signal it has two seconds, then it is killed. Descendants that remain when the command has ended are not waited
  /// for.
  void stop(int signal);
  [[nodiscard]] int pid() const;

 private:
  struct State;
  explicit Supervisor(std::unique_ptr<State> state);
  [[nodiscard]] static Result<std::unique_ptr<Supervisor>> start(std::shared_ptr<EventSink> sink,
                                                                 SuperviseOptions options);
  std::unique_ptr<State> state_;
};

}  // namespace skep
