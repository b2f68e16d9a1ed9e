// Which events a tree causes: each exactly once, with the facts that Linux's tracepoints have.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "skep/supervise/test_tree.hpp"

namespace skep {
namespace {

HookInterest writes_only() {
  HookInterest interest;
  interest.enter = interest.exit = {SYS_write};
  return interest;
}

TEST(SyscallEvents, OneForEachCall) {
  Recorder sink(writes_only());
  EXPECT_EQ(run_supervised(sink, tracee("writes", {"1000"})).result.status, 0);
  EXPECT_EQ(sink.count(Happening::enter, SYS_write), 1000U);
  EXPECT_EQ(sink.count(Happening::exit_of_call, SYS_write), 1000U);
  EXPECT_EQ(sink.events.size(), 2000U);
  EXPECT_EQ(static_cast<std::int32_t>(sink.events[0].args[0]), -1);
  EXPECT_EQ(sink.events[0].args[2], 1U);
  EXPECT_EQ(sink.events[1].result, -EBADF);
  EXPECT_EQ(sink.events[0].task.uid, getuid());
  EXPECT_EQ(sink.events[0].task.parent_tgid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(sink.events[0].task.comm, sink.events[1999].task.comm);
}

TEST(SyscallEvents, EntriesAloneAndExitsAlone) {
  HookInterest enter;
  enter.enter = {SYS_write};
  Recorder entries(enter);
  (void)run_supervised(entries, tracee("writes", {"100"}));
  EXPECT_EQ(entries.events.size(), 100U);
  HookInterest exit;
  exit.exit = {SYS_write};
  Recorder exits(exit);
  (void)run_supervised(exits, tracee("writes", {"100"}));
  EXPECT_EQ(exits.count(Happening::exit_of_call, SYS_write), 100U);
  EXPECT_EQ(exits.events.size(), 100U);
}

/// Each thread's events come in pairs, and as many as it made calls.
void expect_writes(const Recorder& sink, std::size_t threads, int writes) {
  std::map<std::uint32_t, int> counts;
  std::map<std::uint32_t, Happening> last;
  for (const Seen& seen : sink.events) {
    if (seen.number != SYS_write || seen.result > 0) continue;
    if (seen.what == Happening::exit_of_call) {
      EXPECT_EQ(last[seen.task.pid], Happening::enter);
      ++counts[seen.task.pid];
    }
    last[seen.task.pid] = seen.what;
  }
  EXPECT_EQ(counts.size(), threads);
  for (const auto& [tid, count] : counts) EXPECT_EQ(count, writes) << tid;
}

TEST(SyscallEvents, OfAllThreadsAndChildren) {
  Recorder threads(writes_only());
  EXPECT_EQ(run_supervised(threads, tracee("threads", {"8", "200"})).result.status, 0);
  expect_writes(threads, 8, 200);
  std::set<std::uint32_t> processes;
  for (const Seen& seen : threads.events) processes.insert(seen.task.tgid);
  EXPECT_EQ(processes.size(), 1U);

  Recorder forks(writes_only());
  EXPECT_EQ(run_supervised(forks, tracee("forks", {"20", "50"})).result.status, 0);
  expect_writes(forks, 20, 50);

  Recorder vfork(writes_only());
  EXPECT_EQ(run_supervised(vfork, tracee("vfork_and_exec", {"30"})).result.status, 0);
  expect_writes(vfork, 1, 30);
}

TEST(SyscallEvents, EverythingMeansEverything) {
  Recorder sink(everything());
  EXPECT_EQ(run_supervised(sink, tracee("threads", {"4", "50"})).result.status, 0);
  const auto is_ours = [](const Seen& seen) {  // a sanitizer's runtime writes too
    return seen.what == Happening::enter && seen.number == SYS_write && static_cast<int>(seen.args[0]) == -1;
  };
  EXPECT_EQ(std::count_if(sink.events.begin(), sink.events.end(), is_ours), 200);
  // Every call that returns is seen twice; clone returns twice.
  std::map<std::uint32_t, int> open;
  for (const Seen& seen : sink.events) {
    if (seen.what == Happening::enter) {
      EXPECT_EQ(open[seen.task.pid]++, 0);
    }
    if (seen.what == Happening::exit_of_call && seen.number != SYS_clone3 && seen.number != SYS_clone) {
      EXPECT_EQ(--open[seen.task.pid], 0) << seen.number;
    } else if (seen.what == Happening::exit_of_call) {
      open[seen.task.pid] = 0;
    }
  }
  EXPECT_EQ(sink.count(Happening::enter, SYS_clone3) + sink.count(Happening::enter, SYS_clone), 4U);
  EXPECT_EQ(sink.count(Happening::exit_of_call, SYS_clone3) + sink.count(Happening::exit_of_call, SYS_clone), 8U);
}

TEST(SyscallEvents, NoneWithoutInterest) {
  HookInterest interest;
  interest.enter = {SYS_sync};
  Recorder sink(interest);
  EXPECT_EQ(run_supervised(sink, tracee("threads", {"2", "10"})).result.status, 0);
  EXPECT_TRUE(sink.events.empty());
}

TEST(SyscallEvents, TheCommandsOwnExecve) {
  HookInterest interest;
  interest.enter = interest.exit = {SYS_execve};
  interest.exec = true;
  Recorder sink(interest);
  EXPECT_EQ(run_supervised(sink, {"true"}).result.status, 0);
  ASSERT_EQ(sink.events.size(), 3U);
  EXPECT_EQ(sink.events[0].what, Happening::enter);
  EXPECT_EQ(sink.events[1].what, Happening::exec);
  EXPECT_EQ(sink.events[1].task.comm, "true");
  EXPECT_EQ(sink.events[2].what, Happening::exit_of_call);
  EXPECT_EQ(sink.events[2].result, 0);
  EXPECT_EQ(sink.events[2].task.comm, "true");
}

TEST(SyscallEvents, ReadsTheCallersMemory) {
  HookInterest interest;
  interest.enter = {SYS_write};
  Recorder sink(interest);
  std::string text;
  sink.on_event = [&](const Seen& seen, const EventTask& task) {
    text.resize(seen.args[2]);
    EXPECT_EQ(task.memory->read(seen.args[1], {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}), 0);
    std::uint8_t byte = 0;
    EXPECT_EQ(task.memory->read(0, {&byte, 1}), -EFAULT);
    const std::uint8_t letter = 'J';
    EXPECT_EQ(task.memory->write(seen.args[1], {&letter, 1}), 0);
  };
  EXPECT_EQ(run_supervised(sink, {"/bin/echo", "hello, world"}).output, "Jello, world\n");
  EXPECT_EQ(text, "hello, world\n");
}

TEST(SyscallEvents, FollowNameAndUserOfTheTask) {
  Recorder sink(writes_only());
  const bool is_root = geteuid() == 0;
  EXPECT_EQ(run_supervised(
                sink, tracee("name_and_uid", is_root ? std::vector<std::string>{"uid"} : std::vector<std::string>{}))
                .result.status,
            0);
  ASSERT_EQ(sink.events.size(), 6U);
  EXPECT_NE(sink.events[0].task.comm, "renamed (x) \n");
  EXPECT_EQ(sink.events[2].task.comm, "renamed (x) \n");
  EXPECT_EQ(sink.events[2].task.uid, getuid());
  EXPECT_EQ(sink.events[4].task.uid, is_root ? 1234U : getuid());
}

// ---- processes ----

TEST(ProcessEvents, ExecTellsThePathThatWasGiven) {
  char name[] = "/tmp/skep-script-XXXXXX";
  UniqueFd file(mkstemp(name));
  ASSERT_TRUE(file.valid());
  ASSERT_EQ(write(file.get(), "#!/bin/sh\nexec true\n", 20), 20);
  fchmod(file.get(), 0755);
  file.reset();
  HookInterest interest;
  interest.exec = true;
  Recorder sink(interest);
  EXPECT_EQ(run_supervised(sink, {name}).result.status, 0);
  unlink(name);
  ASSERT_EQ(sink.events.size(), 2U);
  EXPECT_EQ(sink.events[0].text, name);
  EXPECT_EQ(sink.events[0].task.comm, std::string(name).substr(5, 15));
  EXPECT_EQ(sink.events[1].task.comm, "true");
  EXPECT_EQ(sink.events[1].text.substr(sink.events[1].text.size() - 5), "/true");
  EXPECT_EQ(sink.events[1].number, sink.events[1].task.pid);
}

TEST(ProcessEvents, AnExecFromAThreadTakesTheLeadersPlace) {
  HookInterest interest;
  interest.exec = interest.fork = interest.process_exit = true;
  interest.enter = interest.exit = {SYS_execve};
  Recorder sink(interest);
  EXPECT_EQ(run_supervised(sink, tracee("exec_from_thread")).result.status, 9);
  ASSERT_EQ(sink.count(Happening::exec), 2U);
  ASSERT_EQ(sink.count(Happening::fork), 1U);
  EXPECT_EQ(sink.count(Happening::exit_of_call, SYS_execve), 2U);
  const Seen* exec = nullptr;
  const Seen* fork = nullptr;
  for (const Seen& seen : sink.events) {
    if (seen.what == Happening::exec) exec = &seen;
    if (seen.what == Happening::fork) fork = &seen;
  }
  EXPECT_EQ(exec->task.pid, exec->task.tgid);
  EXPECT_EQ(exec->number, fork->child.pid);
  EXPECT_NE(exec->number, exec->task.pid);
  EXPECT_EQ(sink.count(Happening::end), 2U);  // the old leader, and the new one in the end
}

TEST(ProcessEvents, ForksAndEndsOfThreadsAndProcesses) {
  HookInterest interest;
  interest.fork = interest.process_exit = true;
  for (const auto& command : {tracee("threads", {"5", "1"}), tracee("forks", {"5", "1"})}) {
    Recorder sink(interest);
    EXPECT_EQ(run_supervised(sink, command).result.status, 0);
    EXPECT_EQ(sink.count(Happening::fork), 5U);
    EXPECT_EQ(sink.count(Happening::end), 6U);
    std::set<std::uint32_t> alive{sink.events[0].task.pid};
    for (const Seen& seen : sink.events) {
      if (seen.what == Happening::fork) {
        EXPECT_TRUE(alive.insert(seen.child.pid).second);
        EXPECT_EQ(seen.child.comm, seen.task.comm);
      } else {
        EXPECT_EQ(alive.erase(seen.task.pid), 1U);
        EXPECT_EQ(seen.result, 120);
      }
    }
    EXPECT_TRUE(alive.empty());
  }
}

TEST(ProcessEvents, TheEndOfKilledProcessesToo) {
  HookInterest interest;
  interest.fork = interest.process_exit = true;
  interest.enter = {SYS_write};
  Recorder sink(interest);
  EXPECT_EQ(run_supervised(sink, tracee("massacre", {"20"})).result.status, 0);
  std::set<std::uint32_t> ended;
  std::size_t forks = 0;
  for (const Seen& seen : sink.events) {
    forks += seen.what == Happening::fork ? 1 : 0;
    if (seen.what == Happening::end) {
      EXPECT_TRUE(ended.insert(seen.task.pid).second);
    }
  }
  EXPECT_GE(ended.size(), forks + 1);
}

}  // namespace
}  // namespace skep
