#include "skep/supervise/ticker.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace skep {
namespace {

/// One that nobody uses; glibc keeps only the lowest real-time signals for itself.
int tick_signal() { return SIGRTMAX - 5; }

sigset_t tick_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, tick_signal());
  return set;
}

}  // namespace

Result<Ticker> Ticker::start(long nanoseconds) {
  Ticker ticker;
  struct sigaction action = {};
  action.sa_handler = [](int) {};  // no SA_RESTART: interrupting is all it does
  sigemptyset(&action.sa_mask);
  sigaction(tick_signal(), &action, &ticker.previous_action_);
  const sigset_t set = tick_set();
  pthread_sigmask(SIG_UNBLOCK, &set, &ticker.previous_mask_);
  ticker.installed_ = true;
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = tick_signal();
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return fail_errno(errno, "timer_create");
  ticker.timer_ = timer;
  const itimerspec period{{0, nanoseconds}, {0, nanoseconds}};
  if (timer_settime(timer, 0, &period, nullptr) != 0) return fail_errno(errno, "timer_settime");
  return ticker;
}

Ticker::Ticker(Ticker&& other) noexcept
    : timer_(std::exchange(other.timer_, std::nullopt)),
      installed_(std::exchange(other.installed_, false)),
      previous_action_(other.previous_action_),
      previous_mask_(other.previous_mask_) {}

Ticker::~Ticker() {
  if (!installed_) return;
  if (timer_) timer_delete(*timer_);  // a tick on its way still finds the handler
  pthread_sigmask(SIG_SETMASK, &previous_mask_, nullptr);
  sigaction(tick_signal(), &previous_action_, nullptr);
}

Ticker::Pause::Pause() {
  const sigset_t set = tick_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Ticker::Pause::~Pause() {
  const sigset_t set = tick_set();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace skep
