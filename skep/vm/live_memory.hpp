// The memory that is the program's at this moment, as one sequence of regions, in the order they are asked.
#pragma once

#include <algorithm>

#include "skep/vm/execution.hpp"

namespace skep {

[[nodiscard]] constexpr std::uint8_t kind_bit(RegionKind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

/// Asks `test` about the frames of the running function and its callers until it says true.
template <typename Test>
bool any_live_frame(const MachineState& state, const Test& test) {
  for (std::uint32_t above = 0; above <= state.depth; ++above) {
    const std::uint32_t frame = state.depth - above;
    if (test(Region{.begin = state.frame_top(frame) - frame_bytes,
                    .size = frame_bytes,
                    .kind = RegionKind::stack,
                    .name = above == 0 ? "the stack frame" : "a caller's stack frame"}))
      return true;
  }
  return false;
}

/// The same for all other memory.
template <typename Test>
bool any_live_region(const MachineState& state, const Code& code, const Test& test) {
  for (const DynamicRegion& dynamic : state.dynamic_regions)
    if (test(dynamic.region)) return true;
  for (const Region& region : state.input_regions)
    if ((state.removed_kinds & kind_bit(region.kind)) == 0 && test(region)) return true;
  return std::any_of(code.regions.begin(), code.regions.end(), test);
}

}  // namespace skep
