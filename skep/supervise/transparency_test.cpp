// A command must not notice that it is watched: signals, interrupted calls and stops are as without us. The same
// programs run plainly beside it.
#include <signal.h>
#include <unistd.h>

#include "skep/supervise/test_tree.hpp"

namespace skep {
namespace {

HookInterest calls(std::set<std::uint32_t> numbers) {
  HookInterest interest;
  interest.enter = interest.exit = std::move(numbers);
  return interest;
}

void expect_the_same(const std::vector<std::string>& command, const HookInterest& interest) {
  const Ran plain = run_plain(command);
  Recorder sink(interest);
  const Ran supervised = run_supervised(sink, command);
  EXPECT_EQ(supervised.output, plain.output);
  EXPECT_EQ(supervised.result.status, plain.result.status);
  EXPECT_EQ(supervised.result.signaled, plain.result.signaled);
}

TEST(Transparency, HandledSignalsInterruptAsOften) {
  for (const char* mode : {"restart", "no-restart"}) {
    for (const HookInterest& interest : {HookInterest{}, calls({SYS_read}), everything()}) {
      expect_the_same(tracee("interrupted_read", {mode}), interest);
    }
  }
}

TEST(Transparency, IgnoredSignalsInterruptNothing) {
  for (const std::vector<std::string>& signal : {std::vector<std::string>{std::to_string(SIGWINCH)},
                                                 {std::to_string(SIGCHLD)},
                                                 {std::to_string(SIGUSR1), "ignore"}}) {
    for (const HookInterest& interest : {HookInterest{}, calls({SYS_epoll_wait}), everything()}) {
      Recorder sink(interest);
      const Ran ran = run_supervised(sink, tracee("ignored_epoll", signal));
      EXPECT_EQ(ran.output, "0 1\n");
      if (!interest.any()) continue;
      EXPECT_EQ(sink.count(Happening::enter, SYS_epoll_wait), 1U);
      EXPECT_EQ(sink.count(Happening::exit_of_call, SYS_epoll_wait), 1U);
      EXPECT_EQ(sink.count(Happening::enter, SYS_restart_syscall), 0U);
    }
  }
}

TEST(Transparency, ASleepAmongIgnoredSignalsIsOneSleep) {
  HookInterest entries;
  entries.enter = {SYS_nanosleep};
  for (const HookInterest& interest : {HookInterest{}, entries, calls({SYS_nanosleep}), everything()}) {
    Recorder sink(interest);
    EXPECT_EQ(run_supervised(sink, tracee("ignored_sleep", {std::to_string(SIGWINCH)})).output, "0 long\n");
    if (!interest.any() || interest.enter_all) continue;
    EXPECT_EQ(sink.count(Happening::enter, SYS_nanosleep), 1U);
    EXPECT_EQ(sink.count(Happening::exit_of_call, SYS_nanosleep), interest.exit.empty() ? 0U : 1U);
    EXPECT_EQ(sink.count(Happening::enter, SYS_restart_syscall), 0U);
  }
}

TEST(Transparency, StoppedAndContinuedCallsGoOn) {
  for (const char* call : {"nanosleep", "poll", "select"}) {
    expect_the_same(tracee("stopped_calls", {call}), calls({SYS_nanosleep, SYS_poll, SYS_select}));
    expect_the_same(tracee("stopped_calls", {call}), everything());
  }
}

TEST(Transparency, JobControlWorks) {
  for (const HookInterest& interest : {HookInterest{}, everything()})
    expect_the_same(tracee("stop_and_continue"), interest);
}

TEST(Transparency, TasksMayBeKilledAtAnyStop) {
  for (const std::size_t when : {1U, 2U, 3U, 50U, 51U, 333U}) {
    HookInterest interest;
    interest.enter = interest.exit = {SYS_write};
    interest.process_exit = true;
    Recorder sink(interest);
    sink.on_event = [&](const Seen& seen, const EventTask&) {
      if (sink.events.size() == when) kill(static_cast<pid_t>(seen.task.pid), SIGKILL);
    };
    const Ran ran = run_supervised(sink, tracee("endless"));
    EXPECT_TRUE(ran.result.signaled);
    EXPECT_EQ(ran.result.status, SIGKILL);
    EXPECT_EQ(sink.count(Happening::end), 1U);
  }
}

TEST(Transparency, ShellsWithPipesAndTraps) {
  const std::string script =
      "exec 2>&-; trap 'echo got usr1' USR1; kill -USR1 $$; (exit 3); echo $?; x=$(seq 1 50 | sort -r | head -n 2); "
      "echo $x; "
      "sleep 0.1 & wait $!; echo waited $?; sleep 5 & kill -KILL $!; wait $!; echo $?";
  expect_the_same({"sh", "-c", script}, everything());
  expect_the_same({"bash", "-c", script}, everything());
}

TEST(Unprivileged, WorksWithoutCapabilities) {
  EXPECT_TRUE(run_unprivileged([] {
    Recorder sink(everything());
    const Ran ran = run_supervised(sink, {"sh", "-c", "echo out; exit 6"});
    if (ran.result.status != 6 || ran.output != "out\n" || sink.count(Happening::exec) != 1) return false;
    Recorder writes(calls({SYS_write}));
    return run_supervised(writes, {"echo", "x"}).output == "x\n" && writes.events.size() == 2 &&
           writes.events[0].task.uid == getuid();
  }));
}

}  // namespace
}  // namespace skep
