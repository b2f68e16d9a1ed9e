// For tests: a listener that writes everything down, and this executable as the command: `tracee:NAME` as its first
// argument makes it run a program of tracee_programs_test.cpp instead of tests.
#pragma once

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <functional>
#include <string>
#include <vector>

#include "skep/supervise/event_sink.hpp"
#include "skep/supervise/supervisor.hpp"

namespace skep {

enum class Happening : std::uint8_t { enter, exit_of_call, exec, fork, end };

struct Seen {
  Happening what;
  Task task;
  std::uint32_t number = 0;  ///< the call, or the former pid of an exec
  std::array<std::uint64_t, 6> args = {};
  std::int64_t result = 0;
  std::string text = {};  ///< an exec's file
  Task child = {};
};

class Recorder final : public EventSink {
 public:
  explicit Recorder(HookInterest interest) : interest_(std::move(interest)) {}

  std::vector<Seen> events;
  std::function<void(const Seen&, const EventTask&)> on_event = {};

  [[nodiscard]] HookInterest interest() const override { return interest_; }
  void syscall_enter(const EventTask& task, std::uint32_t number, const std::array<std::uint64_t, 6>& args,
                     const RegisterState& registers) override {
    EXPECT_EQ(registers.orig_ax, number);
    add({.what = Happening::enter, .task = task.task, .number = number, .args = args}, task);
  }
  void syscall_exit(const EventTask& task, std::uint32_t number, std::int64_t result, const RegisterState&) override {
    add({.what = Happening::exit_of_call, .task = task.task, .number = number, .result = result}, task);
  }
  void exec(const EventTask& task, std::string_view filename, std::uint32_t old_pid) override {
    add({.what = Happening::exec, .task = task.task, .number = old_pid, .text = std::string(filename)}, task);
  }
  void fork(const EventTask& parent, const Task& child) override {
    add({.what = Happening::fork, .task = parent.task, .child = child}, parent);
  }
  void exit(const EventTask& task, std::int32_t priority) override {
    add({.what = Happening::end, .task = task.task, .result = priority}, task);
  }

  [[nodiscard]] std::size_t count(Happening what, std::uint32_t number) const {
    std::size_t result = 0;
    for (const Seen& seen : events) result += seen.what == what && seen.number == number ? 1 : 0;
    return result;
  }
  [[nodiscard]] std::size_t count(Happening what) const {
    std::size_t result = 0;
    for (const Seen& seen : events) result += seen.what == what ? 1 : 0;
    return result;
  }

 private:
  void add(Seen seen, const EventTask& task) {
    events.push_back(std::move(seen));
    if (on_event) on_event(events.back(), task);
  }
  HookInterest interest_;
};

/// argv for a program of tracee_programs_test.cpp.
[[nodiscard]] std::vector<std::string> tracee(const std::string& name, const std::vector<std::string>& arguments = {});

/// The command's end and what it wrote to its standard output.
struct Ran {
  CommandResult result;
  std::string output;
};
[[nodiscard]] Ran run_supervised(EventSink& sink, const std::vector<std::string>& command);
[[nodiscard]] Ran run_plain(const std::vector<std::string>& command);

/// Does `body` in a child process as uid 65534 without capabilities; whether it succeeded there.
[[nodiscard]] bool run_unprivileged(const std::function<bool()>& body);

/// Everything the tests of behaviour want stopped: the tree is watched closely, and must not notice.
[[nodiscard]] HookInterest everything();

}  // namespace skep
