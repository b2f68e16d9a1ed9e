// The clock that costs nothing: CLOCK_MONOTONIC as of the last timer interrupt, good for "about 20 ms ago".
#pragma once

#include <time.h>

#include <cstdint>

namespace skep {

[[nodiscard]] inline std::uint64_t coarse_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace skep
