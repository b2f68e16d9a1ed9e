#include "skep/supervise/supervisor.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "skep/supervise/coarse_clock.hpp"
#include "skep/supervise/command_path.hpp"
#include "skep/supervise/launch.hpp"
#include "skep/supervise/process_tree.hpp"
#include "skep/supervise/ticker.hpp"

namespace skep {
namespace {

constexpr long tick_ns = 20'000'000;
constexpr std::uint64_t batch_ns = tick_ns;  ///< of a steady stream of events
constexpr int batch_events = 1024;
constexpr std::uint64_t forward_after_ns = 40'000'000;  ///< the terminal's own signal has arrived by then
constexpr std::uint64_t same_signal_ns = 300'000'000;   ///< one this old is the one we were told of
constexpr std::uint64_t grace_ns = 2'000'000'000;
constexpr int wait_options = __WALL | __WNOTHREAD;

/// SIGCHLD must not be ignored here, else the kernel reaps the command for us; nor is it wanted at each stop of a
/// tracee.
class ChildSignal {
 public:
  ChildSignal() {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    action.sa_flags = SA_NOCLDSTOP;
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, &previous_);
  }
  ~ChildSignal() { sigaction(SIGCHLD, &previous_, nullptr); }
  ChildSignal(const ChildSignal&) = delete;
  ChildSignal& operator=(const ChildSignal&) = delete;
  [[nodiscard]] const struct sigaction& previous() const { return previous_; }

 private:
  struct sigaction previous_ = {};
};

}  // namespace

struct Supervisor::State {
  State(std::shared_ptr<EventSink> listener, SuperviseOptions chosen)
      : sink(std::move(listener)), options(std::move(chosen)) {}

  std::shared_ptr<EventSink> sink;
  SuperviseOptions options;
  ChildSignal child_signal;
  Launch launch;
  std::optional<ProcessTree> tree;
  std::optional<int> first_stop;  ///< the command's PTRACE_EVENT_EXEC, for run() to handle
  std::atomic<int> stop_signal = 0;

  // The stop() that is being carried out.
  int stopping = 0;
  std::uint64_t stop_requested_at = 0;
  bool stop_forwarded = false;

  std::uint64_t last_progress = 0;
  int events = 0;

  [[nodiscard]] Result<void> run_until_exec(const LaunchOptions& launch_options);
  void progress();
  [[nodiscard]] bool carry_out_stop();
};

namespace {

bool is_exec(int status) { return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXEC; }

}  // namespace

Result<void> Supervisor::State::run_until_exec(const LaunchOptions& launch_options) {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(launch.pid, &status, wait_options);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return fail_errno(errno, "cannot wait for the command");
    if (is_exec(status)) {
      first_stop = status;
      return {};
    }
    tree->handle(pid, status);
    if (tree->empty()) return launch_failure(launch, launch_options);
  }
}

void Supervisor::State::progress() {
  events = 0;
  last_progress = coarse_now_ns();
  if (!options.on_progress) return;
  const Ticker::Pause pause;  // what it writes must not be cut short
  options.on_progress();
}

/// True: run() is to end now.
bool Supervisor::State::carry_out_stop() {
  if (const int signal = stop_signal.exchange(0); signal != 0) {
    stopping = signal;
    stop_requested_at = coarse_now_ns();
    stop_forwarded = false;
  }
  if (stopping == 0) return false;
  if (tree->command_status()) return true;
  const std::uint64_t age = coarse_now_ns() - stop_requested_at;
  if (!stop_forwarded && age >= forward_after_ns) {
    stop_forwarded = true;
    if (tree->last_seen(stopping) + same_signal_ns < stop_requested_at) {
      (void)syscall(SYS_pidfd_send_signal, launch.pidfd.get(), stopping, nullptr, 0);
    }
  }
  if (stopping != SIGINT && stopping != SIGQUIT && age >= grace_ns) tree->kill_all();
  return false;
}

Supervisor::Supervisor(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Supervisor>> Supervisor::start(EventSink& sink, SuperviseOptions options) {
  return start(std::shared_ptr<EventSink>(std::shared_ptr<EventSink>(), &sink), std::move(options));
}

Result<std::unique_ptr<Supervisor>> Supervisor::start(std::shared_ptr<EventSink> sink, SuperviseOptions options) {
  if (options.command.empty()) return fail("no command to run");
  TRY(path, find_command(options.command[0], std::getenv("PATH")));
  auto state = std::make_unique<State>(std::move(sink), std::move(options));
  EventSink& listener = *state->sink;
  const HookInterest interest = listener.interest();
  const LaunchOptions launch_options{path,
                                     state->options.command,
                                     SyscallPlan(interest),
                                     ProcessTree::trace_options(interest),
                                     state->child_signal.previous(),
                                     state->options.default_signals};
  TRY(launched, skep::launch(launch_options));
  state->launch = std::move(launched);
  state->tree.emplace(listener, interest, state->launch.pid);
  std::unique_ptr<Supervisor> supervisor(new Supervisor(std::move(state)));
  TRY_VOID(supervisor->state_->run_until_exec(launch_options));
  return supervisor;
}

Supervisor::~Supervisor() {
  State& state = *state_;
  if (!state.tree) return;
  while (!state.tree->empty()) {
    state.tree->kill_all();
    int status = 0;
    const pid_t pid = waitpid(-1, &status, wait_options);
    if (pid < 0 && errno != EINTR) break;
    // What dies now is no event any more: the sink may have said goodbye.
    if (pid > 0) state.tree->discard(pid, status);
  }
}

Result<CommandResult> Supervisor::run() {
  State& state = *state_;
  TRY(ticker, Ticker::start(tick_ns));
  if (state.first_stop) state.tree->handle(state.launch.pid, *std::exchange(state.first_stop, std::nullopt));
  while (!state.tree->empty()) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, wait_options);
    const int error = errno;
    if (pid > 0) {
      state.tree->handle(pid, status);
      const bool batch_ended = ++state.events >= batch_events || coarse_now_ns() - state.last_progress >= batch_ns;
      if (!batch_ended) continue;
    } else if (error != EINTR) {
      break;  // ECHILD: somebody else has waited for them
    }
    state.tree->look_after_held();
    state.progress();
    if (state.carry_out_stop()) break;
  }
  state.progress();
  const auto status = state.tree->command_status();
  if (!status) return fail("the command's end was not seen: something else in this process waits for children");
  return WIFSIGNALED(*status) ? CommandResult{true, WTERMSIG(*status)} : CommandResult{false, WEXITSTATUS(*status)};
}

void Supervisor::stop(int signal) { state_->stop_signal = signal; }

int Supervisor::pid() const { return state_->launch.pid; }

}  // namespace skep
