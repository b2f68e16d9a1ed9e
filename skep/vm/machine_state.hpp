// What a Machine keeps during a run: frames, fuel, memory that came and went, and what a helper asked for. All of it is
// allocated once, with the Machine.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "skep/vm/machine.hpp"
#include "skep/vm/operation.hpp"

namespace skep {

/// Between two frames lie bytes that belong to no one, so that the checked engine sees an access that runs over the end
/// of its frame.
inline constexpr std::uint32_t frame_gap = 64;
inline constexpr std::uint32_t frame_stride = frame_bytes + frame_gap;
/// Iterations that all may_goto of one call of a function may have together (Linux: BPF_MAX_LOOPS).
inline constexpr std::uint32_t max_loops = 8 * 1024 * 1024;

/// A function that was called and has not returned.
struct Frame {
  const Operation* return_to = nullptr;  ///< set when it calls
  const Code* code = nullptr;  ///< set when it calls: a tail call may put another program into the frames above
  std::array<std::uint64_t, 4> saved = {};  ///< r6–r9, set when it calls
  std::uint32_t loops_left = 0;
};

/// What the helper that ran last wants to happen now that it has returned.
enum class Ending : std::uint8_t { none, fault, exit, tail_call };

/// Bytes that an access was allowed to touch: [begin, begin + readable) may be read, [begin, begin + writable) written.
struct Window {
  std::uint64_t begin = 0;
  std::uint64_t readable = 0;
  std::uint64_t writable = 0;
};

struct DynamicRegion {
  Region region;
  std::uint32_t ticket;
};

struct MachineState {
  alignas(64) std::array<std::uint8_t, max_frames* frame_stride> stack = {};
  std::array<Frame, max_frames> frames = {};
  std::uint32_t depth = 0;  ///< index of the running function's frame
  std::uint32_t tail_calls = 0;
  bool running = false;

  /// Fuel left, in bytes of operations (see execute.hpp). Valid while a helper runs and after the run.
  std::int64_t remaining = 0;

  Ending ending = Ending::none;
  std::uint64_t exit_value = 0;
  const Code* next = nullptr;
  std::optional<Fault> fault;
  bool fault_located = false;  ///< slot and registers are the faulting function's own

  ContextAccess* context = nullptr;
  std::span<const Region> input_regions;
  std::uint8_t removed_kinds = 0;  ///< bits of RegionKind: those of input_regions are gone
  std::vector<DynamicRegion> dynamic_regions;
  std::uint32_t next_ticket = 0;

  /// The last region each base register led to; one more for helpers. A register rarely changes what it points into.
  std::array<Window, register_count + 1> windows;

  /// One past the highest byte of a frame: what r10 holds.
  [[nodiscard]] std::uint64_t frame_top(std::uint32_t frame) const {
    return reinterpret_cast<std::uint64_t>(stack.data()) + (max_frames - frame) * frame_stride - frame_gap;
  }
  void forget_windows() {
    for (Window& window : windows) window.readable = window.writable = 0;
  }
};

}  // namespace skep
