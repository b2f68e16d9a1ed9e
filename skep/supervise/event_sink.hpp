// EventSink: where the events of a process tree go. The supervisor puts the user kernel behind it, tests a counter:
// what watches processes needs to know no more than this about who listens.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "skep/user/user.hpp"

namespace skep {

class EventSink {
 public:
  virtual ~EventSink() = default;
  /// Which events matter. Asked once, before the command starts.
  [[nodiscard]] virtual HookInterest interest() const = 0;
  virtual void syscall_enter(const EventTask& task, std::uint32_t number, const std::array<std::uint64_t, 6>& args,
                             const RegisterState& registers) = 0;
  virtual void syscall_exit(const EventTask& task, std::uint32_t number, std::int64_t result,
                            const RegisterState& registers) = 0;
  virtual void exec(const EventTask& task, std::string_view filename, std::uint32_t old_pid) = 0;
  virtual void fork(const EventTask& parent, const Task& child) = 0;
  virtual void exit(const EventTask& task, std::int32_t priority) = 0;
};

}  // namespace skep
