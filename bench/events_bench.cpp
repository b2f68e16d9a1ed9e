// What does an event cost the command that causes it? One loop of system calls, run plainly, under skep and under
// strace in turns: write(-1, buf, 32), which is attached, and getppid, which is not. The loop measures itself; the
// median of the rounds counts, and each figure is also given as a part of `strace -f -o /dev/null` in the same run.
//
//   events_bench [--json]
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "skep/asm/asm.hpp"
#include "skep/supervise/supervise.hpp"

namespace skep {
namespace {

inline constexpr int rounds = 5;
inline constexpr std::string_view loop_option = "--loop";

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "events_bench: {}; {}\n", error.what, error.help);
  std::exit(1);
}

// ---- the supervised loop ----

/// Median nanoseconds of a call, over a hundred parts.
template <typename Call>
double time_calls(int times, Call call) {
  std::vector<double> parts;
  for (int part = 0; part < 100; ++part) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < times / 100; ++i) call();
    const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
    parts.push_back(elapsed.count() / (times / 100));
  }
  std::nth_element(parts.begin(), parts.begin() + 50, parts.end());
  return parts[50];
}

int loop(const std::string& result_path) {
  std::array<char, 32> text{};
  const double attached = time_calls(10'000, [&] { (void)!write(-1, text.data(), text.size()); });
  const double other = time_calls(10'000, [] { (void)syscall(SYS_getppid); });
  std::FILE* file = std::fopen(result_path.c_str(), "w");
  if (file == nullptr) return 1;
  fmt::print(file, "{} {}\n", attached, other);
  return std::fclose(file);
}

struct Cost {
  double attached_ns;
  double other_ns;
};

// ---- who watches it ----

/// Nobody listens: what stopping alone costs.
class Silence final : public EventSink {
 public:
  explicit Silence(HookInterest interest) : interest_(std::move(interest)) {}
  [[nodiscard]] HookInterest interest() const override { return interest_; }
  void syscall_enter(const EventTask&, std::uint32_t, const std::array<std::uint64_t, 6>&,
                     const RegisterState&) override {}
  void syscall_exit(const EventTask&, std::uint32_t, std::int64_t, const RegisterState&) override {}
  void exec(const EventTask&, std::string_view, std::uint32_t) override {}
  void fork(const EventTask&, const Task&) override {}
  void exit(const EventTask&, std::int32_t) override {}

 private:
  HookInterest interest_;
};

using Command = std::vector<std::string>;

void run_plainly(const Command& command) {
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
  if (status != 0) give_up({fmt::format("cannot run {}", command[0])});
}

void run_supervised(const Command& command,
                    const std::function<Result<std::unique_ptr<Supervisor>>(SuperviseOptions)>& start) {
  auto supervisor = start({.command = command});
  if (!supervisor) give_up(supervisor.error());
  if (const auto result = (*supervisor)->run(); !result || result->status != 0) give_up({"the loop failed"});
}

void run_silently(const Command& command, std::set<std::uint32_t> enter, std::set<std::uint32_t> exit) {
  HookInterest interest;
  interest.enter = std::move(enter);
  interest.exit = std::move(exit);
  Silence silence(interest);
  run_supervised(command, [&](SuperviseOptions options) { return Supervisor::start(silence, std::move(options)); });
}

/// A program on tp/syscalls/sys_enter_write.
void run_with_program(const Command& command, std::string_view text) {
  UserKernel kernel;
  const auto code = assemble(text);
  if (!code) give_up({render(code.error().front(), false)});
  const auto loaded =
      load_program(kernel, {.type = ProgramType::tracepoint, .name = "bench", .license = "GPL", .code = *code});
  if (loaded.error != 0) give_up({loaded.log});
  const auto link = kernel.attach(loaded.program.fd(), {.method = AttachMethod::tracepoint,
                                                        .type = ProgramType::tracepoint,
                                                        .attach_type = AttachType::perf_event,
                                                        .target = "syscalls/sys_enter_write"});
  if (!link) give_up(link.error());
  run_supervised(command, [&](SuperviseOptions options) { return Supervisor::start(kernel, std::move(options)); });
  if (kernel.statistics().runs < 10'000) give_up({"the program did not run"});
}

constexpr std::string_view return_0 = "r0 = 0\nexit\n";
constexpr std::string_view read_buffer =
    "r3 = *(u64 *)(r1 + 24)\nr1 = r10\nr1 += -32\nr2 = 32\ncall 112\nr0 = 0\nexit\n";  // bpf_probe_read_user

struct Watcher {
  std::string_view name;
  std::string_view key;
  std::function<void(const Command&)> run;
};

Command behind(Command watcher, const Command& command) {
  watcher.insert(watcher.end(), command.begin(), command.end());
  return watcher;
}

std::vector<Watcher> watchers() {
  return {{"nobody", "plain", run_plainly},
          {"skep: enter, no program", "stop_enter", [](const Command& c) { run_silently(c, {SYS_write}, {}); }},
          {"skep: enter and exit, no program", "stop_both",
           [](const Command& c) { run_silently(c, {SYS_write}, {SYS_write}); }},
          {"skep: sys_enter_write, return 0", "return_0", [](const Command& c) { run_with_program(c, return_0); }},
          {"skep: sys_enter_write, probe_read_user", "probe_read",
           [](const Command& c) { run_with_program(c, read_buffer); }},
          {"strace -f -o /dev/null", "strace",
           [](const Command& c) {
             run_plainly(behind({"strace", "-f", "-o", "/dev/null"}, c));
           }},
          {"strace -f --seccomp-bpf -e write", "strace_seccomp", [](const Command& c) {
             run_plainly(behind({"strace", "-f", "--seccomp-bpf", "-e", "trace=write", "-o", "/dev/null"}, c));
           }}};
}

// ---- figures ----

std::string own_path() {
  std::array<char, 4096> path{};
  return readlink("/proc/self/exe", path.data(), path.size() - 1) > 0 ? path.data() : "";
}

double median(std::vector<double> figures) {
  std::nth_element(figures.begin(), figures.begin() + rounds / 2, figures.end());
  return figures[rounds / 2];
}

std::vector<Cost> measure(const std::vector<Watcher>& all) {
  char path[] = "/tmp/skep-events-XXXXXX";
  const UniqueFd file(mkstemp(path));
  const Command command{own_path(), std::string(loop_option), path};
  std::vector<std::vector<double>> attached(all.size()), other(all.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].run(command);
      std::FILE* result = std::fopen(path, "r");
      double figures[2] = {0, 0};
      if (result == nullptr || std::fscanf(result, "%lf %lf", &figures[0], &figures[1]) != 2) give_up({"no figures"});
      std::fclose(result);
      attached[i].push_back(figures[0]);
      other[i].push_back(figures[1]);
    }
  }
  unlink(path);
  std::vector<Cost> costs;
  for (std::size_t i = 0; i < all.size(); ++i) costs.push_back({median(attached[i]), median(other[i])});
  return costs;
}

void print_table(const std::vector<Watcher>& all, const std::vector<Cost>& costs, const Cost& reference) {
  fmt::print("{:42} {:>12} {:>8} {:>12} {:>8}\n", "nanoseconds a call", "write", "/strace", "getppid", "/strace");
  for (std::size_t i = 0; i < all.size(); ++i) {
    fmt::print("{:42} {:12.0f} {:8.3f} {:12.0f} {:8.3f}\n", all[i].name, costs[i].attached_ns,
               costs[i].attached_ns / reference.attached_ns, costs[i].other_ns, costs[i].other_ns / reference.other_ns);
  }
}

void print_json(const std::vector<Watcher>& all, const std::vector<Cost>& costs, const Cost& reference) {
  JsonWriter json(true);
  json.begin_object();
  for (std::size_t i = 0; i < all.size(); ++i) {
    json.key(all[i].key);
    json.begin_object();
    json.field("attached_ns", costs[i].attached_ns);
    json.field("attached_of_strace", costs[i].attached_ns / reference.attached_ns);
    json.field("other_ns", costs[i].other_ns);
    json.field("other_of_strace", costs[i].other_ns / reference.other_ns);
    json.end_object();
  }
  json.end_object();
  fmt::print("{}\n", json.text());
}

int bench(bool as_json) {
  const auto all = watchers();
  const auto costs = measure(all);
  const auto strace = std::find_if(all.begin(), all.end(), [](const Watcher& w) { return w.key == "strace"; });
  const Cost& reference = costs[static_cast<std::size_t>(strace - all.begin())];
  as_json ? print_json(all, costs, reference) : print_table(all, costs, reference);
  return 0;
}

}  // namespace
}  // namespace skep

int main(int count, char** arguments) {
  if (count > 2 && skep::loop_option == arguments[1]) return skep::loop(arguments[2]);
  return skep::bench(count > 1 && std::string_view(arguments[1]) == "--json");
}
