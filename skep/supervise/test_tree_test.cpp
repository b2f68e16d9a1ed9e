// What test_tree.hpp declares.
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "skep/supervise/test_tree.hpp"

namespace skep {
namespace {

/// Standard output goes to a file while one lives.
class Capture {
 public:
  Capture() : file_(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)), saved_(fcntl(1, F_DUPFD_CLOEXEC, 10)) {
    fflush(stdout);
    dup2(file_.get(), 1);
  }
  ~Capture() { restore(); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  std::string take() {
    restore();
    std::string text(static_cast<std::size_t>(lseek(file_.get(), 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(file_.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  void restore() {
    if (!saved_.valid()) return;
    dup2(saved_.get(), 1);
    saved_.reset();
  }
  UniqueFd file_;
  UniqueFd saved_;
};

}  // namespace

std::vector<std::string> tracee(const std::string& name, const std::vector<std::string>& arguments) {
  std::array<char, 4096> path{};
  EXPECT_GT(readlink("/proc/self/exe", path.data(), path.size() - 1), 0);
  std::vector<std::string> command{path.data(), "tracee:" + name};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Ran run_supervised(EventSink& sink, const std::vector<std::string>& command) {
  Capture capture;
  const auto run = [&]() -> Result<CommandResult> {
    TRY(supervisor, Supervisor::start(sink, {.command = command}));
    return supervisor->run();
  };
  const auto result = run();
  const std::string output = capture.take();
  if (!result) {
    ADD_FAILURE() << result.error().what << "; " << result.error().help;
    return {{false, -1}, output};
  }
  return {*result, output};
}

Ran run_plain(const std::vector<std::string>& command) {
  Capture capture;
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return {WIFSIGNALED(status) ? CommandResult{true, WTERMSIG(status)} : CommandResult{false, WEXITSTATUS(status)},
          capture.take()};
}

bool run_unprivileged(const std::function<bool()>& body) {
  constexpr uid_t nobody = 65534;
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) {
    const bool dropped = geteuid() != 0 || (setgroups(0, nullptr) == 0 && setresgid(nobody, nobody, nobody) == 0 &&
                                            setresuid(nobody, nobody, nobody) == 0);
    prctl(PR_SET_DUMPABLE, 1);
    const bool succeeded = dropped && body() && !testing::Test::HasFailure();
    fflush(stdout);
    _exit(succeeded ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

HookInterest everything() {
  HookInterest interest;
  interest.enter_all = interest.exit_all = interest.exec = interest.fork = interest.process_exit = true;
  return interest;
}

}  // namespace skep
