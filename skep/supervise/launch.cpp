#include "skep/supervise/launch.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>

namespace skep {
namespace {

enum class Stage : std::int32_t { filter, exec };
struct Failure {
  Stage stage;
  std::int32_t code;
};

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return fail_errno(errno, "cannot start a command: pipe2");
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

/// 0 or an errno. SPEC_ALLOW: before Linux 5.16 a filter slowed its process down by default.
int install_filter(const sock_fprog& program) {
  const auto install = [&] {
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0 ? 0 : errno;
  };
  const int code = install();
  if (code != EACCES) return code;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? install() : errno;
}

/// What the child needs, made before the fork: it only makes system calls.
struct ChildPlan {
  std::vector<sock_filter> filter;
  std::vector<char*> arguments;
  std::vector<std::string> shell_arguments;
  std::vector<char*> shell_pointers;

  explicit ChildPlan(const LaunchOptions& options) : arguments(pointers(options.arguments)) {
    if (options.plan.any()) filter = seccomp_program(options.plan);
    // A file without a format that Linux knows is a shell script (execvp(3)).
    shell_arguments = {"/bin/sh", options.path};
    for (std::size_t i = 1; i < options.arguments.size(); ++i) shell_arguments.push_back(options.arguments[i]);
    shell_pointers = pointers(shell_arguments);
  }
};

[[noreturn]] void fail_child(int report, Stage stage, int code) {
  const Failure failure{stage, code};
  (void)!write(report, &failure, sizeof failure);
  _exit(127);
}

[[noreturn]] void run_child(const LaunchOptions& options, const ChildPlan& child, int gate, int report) {
  char go;
  ssize_t got;
  while ((got = read(gate, &go, 1)) < 0 && errno == EINTR) {
  }
  if (got != 1) _exit(127);  // the parent gave up
  sigaction(SIGCHLD, &options.child_signal, nullptr);
  for (const int signal : options.default_signals) ::signal(signal, SIG_DFL);
  if (!child.filter.empty()) {
    const sock_fprog program{static_cast<unsigned short>(child.filter.size()),
                             const_cast<sock_filter*>(child.filter.data())};
    if (const int code = install_filter(program); code != 0) fail_child(report, Stage::filter, code);
  }
  execve(options.path.c_str(), child.arguments.data(), environ);
  if (errno == ENOEXEC) execve("/bin/sh", child.shell_pointers.data(), environ);
  fail_child(report, Stage::exec, errno);
}

std::string status_field(pid_t pid, const std::string& key) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(key + ":", 0) == 0)
      return line.substr(std::min(line.size(), line.find_first_not_of(" \t", key.size() + 1)));
  }
  return {};
}

/// PTRACE_SEIZE of our own child failed: by whom?
tl::unexpected<Error> explain_seize(int code, pid_t child) {
  const std::string what = "cannot watch a command: ptrace";
  int scope = 0;
  std::ifstream("/proc/sys/kernel/yama/ptrace_scope") >> scope;
  if (scope >= 2) {
    return fail_errno(code, what,
                      fmt::format("Yama bars it (kernel.yama.ptrace_scope is {}): {}", scope,
                                  scope == 2 ? "it takes CAP_SYS_PTRACE, or sysctl kernel.yama.ptrace_scope=1"
                                             : "only a reboot with a lower value lifts that"));
  }
  const std::string tracer = status_field(child, "TracerPid");
  if (!tracer.empty() && tracer != "0") {
    return fail_errno(
        code, what,
        fmt::format("process {} traces us and our children already; run it inside instead: skep … -- strace …",
                    tracer));
  }
  if (status_field(getpid(), "Seccomp") == "2") {
    return fail_errno(code, what,
                      "a seccomp filter around us bars it, as containers' profiles do; docker: --cap-add SYS_PTRACE or "
                      "--security-opt seccomp=unconfined");
  }
  return fail_errno(code, what, "a security module or a restricted container may bar it");
}

}  // namespace

Result<Launch> launch(const LaunchOptions& options) {
  const ChildPlan child(options);
  TRY(gate, make_pipe());
  TRY(report, make_pipe());
  const pid_t pid = fork();
  if (pid < 0) return fail_errno(errno, "cannot start a command: fork");
  if (pid == 0) {
    gate.write.reset();
    run_child(options, child, gate.read.get(), report.write.get());
  }
  Launch result{pid, UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))), std::move(report.read)};
  if (ptrace(PTRACE_SEIZE, pid, nullptr, options.trace_options) != 0) {
    auto error = explain_seize(errno, pid);
    gate.write.reset();  // the child ends by itself
    while (waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
    }
    return error;
  }
  (void)!write(gate.write.get(), "", 1);
  return result;
}

tl::unexpected<Error> launch_failure(const Launch& launch, const LaunchOptions& options) {
  Failure failure{};
  ssize_t got;
  while ((got = read(launch.report.get(), &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  if (got != sizeof failure) return fail("{} was killed before it began", options.path);
  if (failure.stage == Stage::filter) {
    return fail_errno(
        failure.code, "cannot watch a command: seccomp",
        "the machine or the container allows no seccomp filters (CONFIG_SECCOMP_FILTER, the container's profile)");
  }
  std::string help;
  if (failure.code == ENOENT)
    help = "the file is there: the interpreter that its first line (#!) or its ELF header names is not";
  if (failure.code == EACCES) help = "its directory may be mounted noexec, or its interpreter may not be executable";
  return fail_errno(failure.code, fmt::format("cannot run {}", options.path), help);
}

}  // namespace skep
