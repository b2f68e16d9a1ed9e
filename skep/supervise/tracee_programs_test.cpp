// Programs that the tests supervise: this executable with `tracee:NAME` as its first argument. They run before main, so
// no test framework is in their way.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Arguments = std::vector<std::string>;

void say(const std::string& text) { (void)!write(1, text.data(), text.size()); }

void write_nowhere(int times) {
  for (int i = 0; i < times; ++i) (void)!write(-1, "x", 1);
}

void pause_ms(long milliseconds) {
  timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  while (nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
}

double now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

int end_of(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

template <typename Body>
pid_t spawn(Body body) {
  const pid_t pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  return pid;
}

void execute(const std::string& program, const Arguments& arguments) {
  std::vector<std::string> all{"tracee", "tracee:" + program};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& argument : all) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv("/proc/self/exe", pointers.data());
  _exit(126);
}

int writes(const Arguments& arguments) {
  write_nowhere(std::stoi(arguments.at(0)));
  return 0;
}

int exit_with(const Arguments& arguments) { return std::stoi(arguments.at(0)); }

int threads(const Arguments& arguments) {
  std::vector<std::thread> all;
  for (int i = 0; i < std::stoi(arguments.at(0)); ++i) all.emplace_back(write_nowhere, std::stoi(arguments.at(1)));
  for (std::thread& thread : all) thread.join();
  return 0;
}

int forks(const Arguments& arguments) {
  std::vector<pid_t> all;
  for (int i = 0; i < std::stoi(arguments.at(0)); ++i)
    all.push_back(spawn([&] { write_nowhere(std::stoi(arguments.at(1))); }));
  int worst = 0;
  for (const pid_t pid : all) worst = std::max(worst, end_of(pid));
  return worst;
}

int vfork_and_exec(const Arguments& arguments) {
  static char name[] = "tracee", program[] = "tracee:writes";
  std::string count = arguments.at(0);
  char* const pointers[] = {name, program, count.data(), nullptr};
  const pid_t pid = vfork();
  if (pid == 0) {
    execv("/proc/self/exe", pointers);
    _exit(126);
  }
  return end_of(pid);
}

int exec_chain(const Arguments& arguments) {
  const int left = std::stoi(arguments.at(0));
  if (left > 0) execute("exec_chain", {std::to_string(left - 1)});
  return 7;
}

int exec_from_thread(const Arguments&) {
  std::thread([] { execute("exit_with", {"9"}); }).detach();
  for (;;) pause();
}

std::atomic<int> handled;

void count_signal(int) { ++handled; }

void handle(int signal, int flags) {
  struct sigaction action = {};
  action.sa_handler = count_signal;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

/// Five signals to the parent, then a byte.
pid_t spawn_pest(int signal, int pipe) {
  return spawn([=] {
    for (int i = 0; i < 5; ++i) {
      pause_ms(20);
      kill(getppid(), signal);
    }
    pause_ms(20);
    (void)!write(pipe, "x", 1);
  });
}

/// read from a pipe among signals that have a handler: "EINTRs handled".
int interrupted_read(const Arguments& arguments) {
  int fds[2];
  if (pipe(fds) != 0) return 1;
  handle(SIGUSR1, arguments.at(0) == "restart" ? SA_RESTART : 0);
  const pid_t pest = spawn_pest(SIGUSR1, fds[1]);
  int interruptions = 0;
  char byte = 0;
  while (read(fds[0], &byte, 1) < 0 && errno == EINTR) ++interruptions;
  say(std::to_string(interruptions) + " " + std::to_string(handled) + "\n");
  return end_of(pest);
}

/// epoll_wait among signals that nobody handles: "EINTRs result errno".
int ignored_epoll(const Arguments& arguments) {
  const int signal = std::stoi(arguments.at(0));
  if (arguments.size() > 1) ::signal(signal, SIG_IGN);
  int fds[2];
  const int poll_set = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  if (pipe(fds) != 0 || epoll_ctl(poll_set, EPOLL_CTL_ADD, fds[0], &event) != 0) return 1;
  const pid_t pest = spawn_pest(signal, fds[1]);
  int interruptions = 0;
  int result = 0;
  while ((result = epoll_wait(poll_set, &event, 1, -1)) < 0 && errno == EINTR) ++interruptions;
  say(std::to_string(interruptions) + " " + std::to_string(result) + "\n");
  return end_of(pest);
}

/// nanosleep among such signals: "result slept-long-enough".
int ignored_sleep(const Arguments& arguments) {
  int fds[2];
  if (pipe(fds) != 0) return 1;
  const pid_t pest = spawn_pest(std::stoi(arguments.at(0)), fds[1]);
  const timespec time{0, 250'000'000};
  const double start = now_ms();
  const long result = syscall(SYS_nanosleep, &time, nullptr);
  say(std::to_string(result) + (now_ms() - start >= 250 ? " long\n" : " short\n"));
  return end_of(pest);
}

/// Calls of each kind while a stop and a continue come: none may show a number that is no errno.
int stopped_calls(const Arguments& arguments) {
  int fds[2];
  if (pipe(fds) != 0) return 1;
  const pid_t pest = spawn([] {
    for (int i = 0; i < 3; ++i) {
      pause_ms(20);
      kill(getppid(), SIGSTOP);
      pause_ms(20);
      kill(getppid(), SIGCONT);
    }
  });
  const timespec time{0, 300'000'000};
  pollfd entry{fds[0], POLLIN, 0};
  long result = -1;
  if (arguments.at(0) == "nanosleep") result = syscall(SYS_nanosleep, &time, nullptr);
  if (arguments.at(0) == "poll") result = syscall(SYS_poll, &entry, 1, 300);
  if (arguments.at(0) == "select") {
    timeval wait{0, 300'000};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    result = syscall(SYS_select, fds[0] + 1, &set, nullptr, nullptr, &wait);
  }
  say(std::to_string(result) + " " + (result < 0 ? std::strerror(errno) : "") + "\n");
  return end_of(pest);
}

/// Job control as a shell does it.
int stop_and_continue(const Arguments&) {
  const pid_t pid = spawn([] {
    raise(SIGSTOP);
    pause_ms(100);  // the parent is to see us continued first
    _exit(3);
  });
  int status = 0;
  if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP) return 1;
  pause_ms(50);
  if (waitpid(pid, &status, WNOHANG) != 0) return 2;  // it stays stopped
  kill(pid, SIGCONT);
  if (waitpid(pid, &status, WCONTINUED) != pid) return 4;
  if (!WIFCONTINUED(status)) return 5;
  return end_of(pid) == 3 ? 0 : 6;
}

int orphan(const Arguments&) {
  spawn([] {
    pause_ms(150);
    say("late\n");
  });
  say("early\n");
  return 5;
}

int name_and_uid(const Arguments& arguments) {
  write_nowhere(1);
  prctl(PR_SET_NAME, "renamed (x) \n");
  write_nowhere(1);
  if (!arguments.empty() && setresuid(1234, 1234, 1234) != 0) return 1;
  write_nowhere(1);
  return 0;
}

/// What a program can learn about how it was started.
int surroundings(const Arguments&) {
  std::string text = "pgrp " + std::to_string(getpgrp() == getppid() || getpgrp() == getpgid(getppid())) + " sid " +
                     std::to_string(getsid(0)) + "\n";
  for (int fd = 0; fd < 64; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) text += "fd " + std::to_string(fd) + "\n";
  }
  sigset_t mask;
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  for (int signal = 1; signal < 64; ++signal) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) != 0) continue;
    text += std::to_string(signal) + (action.sa_handler == SIG_IGN ? " ignored" : " default") +
            (sigismember(&mask, signal) == 1 ? " blocked\n" : "\n");
  }
  std::array<char, 4096> directory{};
  text += getcwd(directory.data(), directory.size()) != nullptr ? directory.data() : "?";
  for (char** variable = environ; *variable != nullptr; ++variable) text += std::string("\n") + *variable;
  say(text);
  return 0;
}

/// Counts SIGINT until SIGTERM.
int count_interrupts(const Arguments&) {
  handle(SIGINT, 0);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  say("ready\n");
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
  return handled;
}

int endless(const Arguments&) {
  for (;;) write_nowhere(1);
}

int ignore_term(const Arguments&) {
  signal(SIGTERM, SIG_IGN);
  say("ready\n");
  for (;;) pause();
}

/// A tree of processes and threads that lasts until it is killed; says its pids.
int lasting_tree(const Arguments&) {
  std::thread([] {
    for (;;) pause();
  }).detach();
  const pid_t child = spawn([] {
    signal(SIGTERM, SIG_IGN);
    const pid_t grandchild = spawn([] {
      setsid();
      for (;;) write_nowhere(1), pause_ms(1);
    });
    say(std::to_string(grandchild) + "\n");
    for (;;) pause();
  });
  say(std::to_string(getpid()) + "\n" + std::to_string(child) + "\n");
  for (;;) pause();
}

/// A parent whose children die all the time, killed at any moment.
int massacre(const Arguments& arguments) {
  for (int i = 0; i < std::stoi(arguments.at(0)); ++i) {
    const pid_t pid = spawn([] {
      std::thread([] { write_nowhere(1000); }).detach();
      for (;;) {
        const pid_t child = spawn([] { write_nowhere(3); });
        end_of(child);
      }
    });
    timespec time{0, i * 37'000 % 3'000'000};
    nanosleep(&time, nullptr);
    kill(pid, SIGKILL);
    if (end_of(pid) != 128 + SIGKILL) return 1;
  }
  return 0;
}

struct Program {
  std::string_view name;
  int (*run)(const Arguments&);
};
constexpr Program programs[] = {{"writes", writes},
                                {"exit_with", exit_with},
                                {"threads", threads},
                                {"forks", forks},
                                {"vfork_and_exec", vfork_and_exec},
                                {"exec_chain", exec_chain},
                                {"exec_from_thread", exec_from_thread},
                                {"interrupted_read", interrupted_read},
                                {"ignored_epoll", ignored_epoll},
                                {"ignored_sleep", ignored_sleep},
                                {"stopped_calls", stopped_calls},
                                {"stop_and_continue", stop_and_continue},
                                {"orphan", orphan},
                                {"name_and_uid", name_and_uid},
                                {"surroundings", surroundings},
                                {"count_interrupts", count_interrupts},
                                {"endless", endless},
                                {"ignore_term", ignore_term},
                                {"lasting_tree", lasting_tree},
                                {"massacre", massacre}};

/// glibc hands main's arguments to constructors.
__attribute__((constructor)) void run_tracee_program(int argc, char** argv, char**) {
  constexpr std::string_view prefix = "tracee:";
  if (argc < 2 || std::string_view(argv[1]).substr(0, prefix.size()) != prefix) return;
  const std::string_view name = std::string_view(argv[1]).substr(prefix.size());
  for (const Program& program : programs) {
    if (program.name == name) _exit(program.run(Arguments(argv + 2, argv + argc)));
  }
  _exit(125);
}

}  // namespace
