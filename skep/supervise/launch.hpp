// Starting a traced command: fork, seize, filter, execve. The child changes nothing that the new program could see:
// same process group, terminal, descriptors, environment, signal mask. no_new_privs is set only where Linux wants it
// for a filter (without CAP_SYS_ADMIN).
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "skep/base/base.hpp"
#include "skep/supervise/syscall_plan.hpp"

namespace skep {

struct LaunchOptions {
  std::string path;                    ///< of the executable
  std::vector<std::string> arguments;  ///< argv
  SyscallPlan plan;
  long trace_options = 0;              ///< PTRACE_O_*
  struct sigaction child_signal = {};  ///< the command's SIGCHLD disposition
  std::vector<int> default_signals = {};
};

/// A child that is seized and on its way to execve.
struct Launch {
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd report;  ///< readable: a LaunchFailure; at its end: the execve worked, or the child died
};

[[nodiscard]] Result<Launch> launch(const LaunchOptions& options);

/// Why the child ended before its execve.
[[nodiscard]] tl::unexpected<Error> launch_failure(const Launch& launch, const LaunchOptions& options);

}  // namespace skep
