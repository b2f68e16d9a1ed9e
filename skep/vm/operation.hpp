// The predecoded operation: 16 bytes, so that a cache line holds four and a jump is one addition. What each field means
// depends on the handler and is fixed in lower.cpp; the engines (execute.hpp) only follow.
#pragma once

#include <cstdint>

#include "skep/vm/code.hpp"

namespace skep {

/// What an engine does for an operation: one label each in execute.hpp.
enum class Handler : std::uint16_t {
#define HANDLER(name) name,
#include "skep/vm/handlers.def"
#undef HANDLER
};

struct Operation {
  Handler handler;
  std::uint8_t dst = 0;  ///< register; of stores and atomics the base
  std::uint8_t src = 0;  ///< register; of loads the base, of stores and atomics the value
  std::int32_t offset =
      0;  ///< memory: bytes; jumps and calls: bytes of operations after the next one; helper calls: the number
  std::uint64_t imm = 0;  ///< sign-extended immediate; helper calls: the body's address; packet loads: bytes
};
static_assert(sizeof(Operation) == 16);
inline constexpr std::int64_t operation_bytes = sizeof(Operation);

/// The operation `distance` bytes from `from`.
[[nodiscard]] inline const Operation* advance(const Operation* from, std::int64_t distance) {
  return reinterpret_cast<const Operation*>(reinterpret_cast<const std::uint8_t*>(from) + distance);
}

/// Where an operation of this code stood in the source.
[[nodiscard]] Slot slot_of(const Code& code, const Operation* operation);

}  // namespace skep
