// What a supervised command is to the rest of the world: it ends, is stopped and inherits as without us.
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "skep/supervise/test_tree.hpp"

namespace skep {
namespace {

TEST(Supervisor, PassesTheExitStatusOn) {
  for (const HookInterest& interest : {HookInterest{}, everything()}) {
    Recorder sink(interest);
    EXPECT_EQ(run_supervised(sink, {"sh", "-c", "exit 42"}).result.status, 42);
    const Ran killed = run_supervised(sink, {"sh", "-c", "kill -TERM $$"});
    EXPECT_TRUE(killed.result.signaled);
    EXPECT_EQ(killed.result.status, SIGTERM);
    const Ran chain = run_supervised(sink, tracee("exec_chain", {"4"}));
    EXPECT_EQ(chain.result.status, 7);
    EXPECT_EQ(run_supervised(sink, tracee("exec_from_thread")).result.status, 9);
  }
}

TEST(Supervisor, LeavesInputAndOutputAlone) {
  Recorder sink(everything());
  EXPECT_EQ(run_supervised(sink, {"sh", "-c", "echo one two | cat | tr a-z A-Z; printf end"}).output, "ONE TWO\nend");
}

TEST(Supervisor, StartsTheCommandInTheSameSurroundings) {
  Recorder sink(everything());
  struct sigaction ignore = {}, former = {};
  ignore.sa_handler = SIG_IGN;
  for (const int signal : {SIGCHLD, SIGUSR2}) {
    sigaction(signal, &ignore, &former);
    sigset_t set, mask;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &mask);
    const std::string plain = run_plain(tracee("surroundings")).output;
    EXPECT_EQ(run_supervised(sink, tracee("surroundings")).output, plain);
    EXPECT_NE(plain.find("pgrp 1"), std::string::npos);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    sigaction(signal, &former, nullptr);
  }
}

TEST(Supervisor, GivesBackTheDefaultOfSignalsThatOnlyTheCallerIgnores) {
  Recorder sink(everything());
  const auto former = signal(SIGPIPE, SIG_IGN);
  EXPECT_NE(run_supervised(sink, tracee("surroundings")).output.find("\n13 default\n"), std::string::npos);
  signal(SIGPIPE, former);
}

TEST(Supervisor, RunsScriptsWithoutFirstLineAsExecvpDoes) {
  char name[] = "/tmp/skep-script-XXXXXX";
  UniqueFd file(mkstemp(name));
  ASSERT_TRUE(file.valid());
  ASSERT_EQ(write(file.get(), "exit $1\n", 8), 8);
  fchmod(file.get(), 0755);
  file.reset();  // else ETXTBSY
  Recorder sink(everything());
  EXPECT_EQ(run_supervised(sink, {name, "21"}).result.status, 21);
  unlink(name);
}

TEST(Supervisor, SaysWhyACommandCannotRun) {
  Recorder sink({});
  const auto error_of = [&](const std::string& name) {
    auto supervisor = Supervisor::start(sink, {.command = {name}});
    EXPECT_FALSE(supervisor);
    return supervisor ? Error{} : supervisor.error();
  };
  EXPECT_EQ(error_of("no-such-command-here").code, ENOENT);
  EXPECT_EQ(error_of("./no/such/file").code, ENOENT);
  EXPECT_EQ(error_of("").code, ENOENT);
  const Error slip = error_of("mkdirr");
  EXPECT_EQ(slip.code, ENOENT);
  EXPECT_NE(slip.help.find("mkdir"), std::string::npos) << slip.help;
  EXPECT_EQ(error_of("/etc/passwd").code, EACCES);
  EXPECT_NE(error_of("/etc/passwd").help.find("chmod"), std::string::npos);
  EXPECT_EQ(error_of("/tmp").code, EACCES);

  char name[] = "/tmp/skep-script-XXXXXX";
  UniqueFd file(mkstemp(name));
  ASSERT_TRUE(file.valid());
  ASSERT_EQ(write(file.get(), "#!/no/such/interpreter\n", 23), 23);
  fchmod(file.get(), 0755);
  file.reset();
  const Error interpreter = error_of(name);
  EXPECT_EQ(interpreter.code, ENOENT);
  EXPECT_NE(interpreter.help.find("interpreter"), std::string::npos) << interpreter.what;
  unlink(name);
}

TEST(Supervisor, WaitsForDescendantsThatOutliveTheCommand) {
  Recorder sink(everything());
  const Ran ran = run_supervised(sink, tracee("orphan"));
  EXPECT_EQ(ran.result.status, 5);
  EXPECT_EQ(ran.output, "early\nlate\n");
}

TEST(Supervisor, CallsProgressWhileItWaitsAndWhileEventsCome) {
  Recorder sink(everything());
  int calls = 0;
  auto supervisor = Supervisor::start(sink, {.command = {"sleep", "0.4"}, .on_progress = [&] { ++calls; }});
  ASSERT_TRUE(supervisor);
  ASSERT_TRUE((*supervisor)->run());
  EXPECT_GE(calls, 8);
}

// ---- stop() ----

/// Runs `name` and calls `meddle` in on_progress, once, after the command has said that it is ready.
CommandResult run_and_meddle(const std::string& name, const std::function<void(Supervisor&)>& meddle) {
  int fds[2];
  EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
  const UniqueFd saved(fcntl(1, F_DUPFD_CLOEXEC, 10));
  fflush(stdout);
  dup2(fds[1], 1);
  Recorder sink(everything());
  Supervisor* running = nullptr;
  bool done = false;
  const auto on_progress = [&] {
    int waiting = 0;
    if (done || ioctl(fds[0], FIONREAD, &waiting) != 0 || waiting == 0) return;
    done = true;
    meddle(*running);
  };
  auto supervisor = Supervisor::start(sink, {.command = tracee(name), .on_progress = on_progress});
  dup2(saved.get(), 1);
  close(fds[1]);
  EXPECT_TRUE(supervisor);
  if (!supervisor) return {};
  running = supervisor->get();
  const auto result = running->run();
  EXPECT_TRUE(result);
  close(fds[0]);
  return result ? *result : CommandResult{};
}

TEST(SupervisorStop, ForwardsASignalUnlessTheCommandHadIt) {
  const auto finish_later = [](int pid) {
    if (fork() != 0) return;
    usleep(200'000);
    kill(pid, SIGTERM);
    _exit(0);
  };
  const CommandResult forwarded = run_and_meddle("count_interrupts", [&](Supervisor& supervisor) {
    supervisor.stop(SIGINT);
    finish_later(supervisor.pid());
  });
  EXPECT_EQ(forwarded.status, 1);
  const CommandResult from_terminal = run_and_meddle("count_interrupts", [&](Supervisor& supervisor) {
    kill(supervisor.pid(), SIGINT);
    supervisor.stop(SIGINT);
    finish_later(supervisor.pid());
  });
  EXPECT_EQ(from_terminal.status, 1);
}

TEST(SupervisorStop, KillsACommandThatStaysAfterASignalToEnd) {
  const CommandResult result = run_and_meddle("ignore_term", [](Supervisor& supervisor) { supervisor.stop(SIGTERM); });
  EXPECT_TRUE(result.signaled);
  EXPECT_EQ(result.status, SIGKILL);
}

TEST(SupervisorStop, EndsAtOnceWhenOnlyDescendantsAreLeft) {
  Recorder sink(everything());
  Supervisor* running = nullptr;
  int ticks = 0;
  auto supervisor = Supervisor::start(sink, {.command = {"sh", "-c", "sleep 1000 & exit 4"}, .on_progress = [&] {
                                               if (++ticks == 10) running->stop(SIGINT);
                                             }});
  ASSERT_TRUE(supervisor);
  running = supervisor->get();
  const auto result = running->run();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 4);
}

// ---- a supervisor that dies ----

bool is_alive(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(status, text);
  return !text.empty() && text.find(") Z ") == std::string::npos && text.find(") X ") == std::string::npos;
}

TEST(Supervisor, NothingOutlivesAKilledSupervisor) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(fds[1], 1);
    Recorder sink(everything());
    auto supervisor = Supervisor::start(sink, {.command = tracee("lasting_tree")});
    if (supervisor) (void)(*supervisor)->run();
    _exit(1);
  }
  close(fds[1]);
  FILE* pids = fdopen(fds[0], "r");
  std::vector<pid_t> tree(3);
  for (pid_t& member : tree) ASSERT_EQ(fscanf(pids, "%d", &member), 1);
  usleep(50'000);
  for (const pid_t member : tree) EXPECT_TRUE(is_alive(member));
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  const auto any_alive = [&] { return std::any_of(tree.begin(), tree.end(), is_alive); };
  for (int i = 0; i < 200 && any_alive(); ++i) usleep(10'000);
  EXPECT_FALSE(any_alive());
  fclose(pids);
}

TEST(Supervisor, TheTreeEndsWithTheObject) {
  Recorder sink(everything());
  pid_t pid = 0;
  {
    auto supervisor = Supervisor::start(sink, {.command = {"sleep", "1000"}});
    ASSERT_TRUE(supervisor);
    pid = (*supervisor)->pid();
    EXPECT_TRUE(is_alive(pid));
  }
  EXPECT_FALSE(is_alive(pid));
}

}  // namespace
}  // namespace skep
