// What /proc says about a task: the facts of an event (its ids, its name) and its signal masks. Reading costs about 30
// µs, as much as three events: callers keep the answer.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "skep/user/user.hpp"

namespace skep {

/// Ids, name, parent and start time of thread `tid`; nothing if it is gone.
[[nodiscard]] std::optional<Task> read_task(pid_t tid);

/// The kernel's task_struct::prio: 120 + nice for ordinary tasks (proc(5), stat field 18, plus MAX_RT_PRIO). 120 if the
/// task is gone.
[[nodiscard]] std::int32_t read_priority(pid_t tid);

/// The path that was given to execve, from the new program's auxiliary vector (AT_EXECFN); where its memory is closed
/// to us the executable's path.
[[nodiscard]] std::string read_exec_path(pid_t tid, UserMemory& memory);

/// Bit signal - 1 of each mask stands for a signal.
struct SignalMasks {
  std::uint64_t pending = 0;  ///< of the thread or of its process
  std::uint64_t blocked = 0;
  std::uint64_t ignored = 0;
  std::uint64_t caught = 0;

  /// Linux would have thrown it away when it was sent, were the task not traced (kernel/signal.c, sig_ignored).
  [[nodiscard]] bool is_ignored(int signal) const;
  /// Something is about to be delivered, and all of it is ignored.
  [[nodiscard]] bool only_ignored_pending() const;
};
[[nodiscard]] std::optional<SignalMasks> read_signal_masks(pid_t tid);

}  // namespace skep
