// Supervisor: one supervised process tree.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "skep/base/base.hpp"
#include "skep/user/user.hpp"

namespace skep {

struct SuperviseOptions {
  std::vector<std::string> command;       ///< argv; argv[0] is looked up in PATH
  /// Called after every batch of events and at least every 50 ms while waiting: print traces, read buffers.
  std::function<void()> on_progress = {};
};

/// How the command ended.
struct CommandResult {
  bool signaled = false;
  int status = 0;  ///< exit status, or the signal's number
};

class Supervisor {
 public:
  /// Starts the command stopped before its first instruction of the new program (its execve itself is already an event: sys_exit_execve, sched_process_exec).
  /// Errors: no such command (with the nearest name in PATH as hint), not executable, ptrace barred (says by what: Yama, seccomp, a container).
  [[nodiscard]] static Result<std::unique_ptr<Supervisor>> start(UserKernel& kernel, SuperviseOptions options);
  ~Supervisor();  ///< Kills what is left of the tree.

  /// Runs until the command itself has ended (descendants that outlive it are let go, running on as without us) or stop() was called.
  [[nodiscard]] Result<CommandResult> run();
  /// Ends run() soon: safe from a signal handler. The command gets `signal` first, as from a terminal.
  void stop(int signal);
  [[nodiscard]] int pid() const;

 private:
  Supervisor();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace skep
