// Ticker: makes a blocking wait return with EINTR now and then. waitpid has no timeout and ptrace stops are not
// pollable, so a timer's signal it is; it is delivered to the creating thread alone, never to children. Blocked while
// anything but the wait runs that a signal could interrupt.
#pragma once

#include <signal.h>
#include <time.h>

#include <optional>

#include "skep/base/base.hpp"

namespace skep {

class Ticker {
 public:
  /// Ticks begin at once.
  [[nodiscard]] static Result<Ticker> start(long nanoseconds);
  Ticker(Ticker&& other) noexcept;
  Ticker& operator=(Ticker&&) = delete;
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;
  ~Ticker();

  /// While one lives no tick interrupts this thread.
  class Pause {
   public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
  };

 private:
  Ticker() = default;
  std::optional<timer_t> timer_ = {};
  bool installed_ = false;
  struct sigaction previous_action_ = {};
  sigset_t previous_mask_ = {};
};

}  // namespace skep
