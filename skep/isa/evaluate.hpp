// What each operation means, as constexpr functions made from the rows. The interpreter, the JIT's fallback, constant
// folding and the tests all use these; nothing else computes an eBPF operation.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "skep/isa/instruction.hpp"

namespace skep {

/// Truncating division; x / 0 = 0 and MIN / -1 = MIN (RFC 9669 section 4.1).
template <typename S, typename U = std::make_unsigned_t<S>>
[[nodiscard]] constexpr U signed_div(U a, U b) {
  const auto sa = static_cast<S>(a);
  const auto sb = static_cast<S>(b);
  if (sb == 0) return 0;
  if (sb == -1) return static_cast<U>(U{0} - a);
  return static_cast<U>(sa / sb);
}

/// Remainder with the dividend's sign; x % 0 = x and MIN % -1 = 0.
template <typename S, typename U = std::make_unsigned_t<S>>
[[nodiscard]] constexpr U signed_mod(U a, U b) {
  const auto sa = static_cast<S>(a);
  const auto sb = static_cast<S>(b);
  if (sb == 0) return a;
  if (sb == -1) return 0;
  return static_cast<U>(sa % sb);
}

/// The operation on values of the width of U (uint32_t or uint64_t).
template <typename U>
[[nodiscard]] constexpr U evaluate_alu(AluOp op, U a, U b) {
  using S = std::make_signed_t<U>;
  [[maybe_unused]] constexpr U bits = sizeof(U) * 8;
  switch (op) {
#define ALU_OP(name, mnemonic, code, off, symbol, level, result) \
  case AluOp::name:                                              \
    return result;
#include "skep/isa/alu_ops.def"
#undef ALU_OP
  }
  return 0;
}

/// The whole register after the operation: 32-bit results are zero-extended.
[[nodiscard]] constexpr std::uint64_t evaluate(AluOp op, Width width, std::uint64_t a, std::uint64_t b) {
  return width == Width::w64
             ? evaluate_alu<std::uint64_t>(op, a, b)
             : evaluate_alu<std::uint32_t>(op, static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b));
}

template <typename U>
[[nodiscard]] constexpr bool evaluate_jump(JumpOp op, U a, U b) {
  using S [[maybe_unused]] = std::make_signed_t<U>;
  switch (op) {
#define JUMP_OP(name, mnemonic, code, symbol, level, taken) \
  case JumpOp::name:                                        \
    return taken;
#include "skep/isa/jump_ops.def"
#undef JUMP_OP
  }
  return false;
}

[[nodiscard]] constexpr bool evaluate(JumpOp op, Width width, std::uint64_t a, std::uint64_t b) {
  return width == Width::w64
             ? evaluate_jump<std::uint64_t>(op, a, b)
             : evaluate_jump<std::uint32_t>(op, static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b));
}

[[nodiscard]] constexpr std::uint64_t evaluate(ByteSwapOp op, std::uint8_t bits, std::uint64_t a) {
  const std::uint64_t kept = bits == 64 ? a : a & ((std::uint64_t{1} << bits) - 1);
  bool swaps = false;
  switch (op) {
#define BYTE_SWAP_OP(name, mnemonic, insn_class, source_bit, level, swaps_) \
  case ByteSwapOp::name:                                                    \
    swaps = swaps_;                                                         \
    break;
#include "skep/isa/byte_swap_ops.def"
#undef BYTE_SWAP_OP
  }
  return swaps ? __builtin_bswap64(kept) >> (64 - bits) : kept;
}

/// The new memory content of an atomic operation on a U (uint8_t … uint64_t).
template <typename U>
[[nodiscard]] constexpr U evaluate_atomic(AtomicOp op, U old, U value, U r0) {
  switch (op) {
#define ATOMIC_OP(name, mnemonic, imm, fetches, symbol, level, stored) \
  case AtomicOp::name:                                                 \
    return stored;
#include "skep/isa/atomic_ops.def"
#undef ATOMIC_OP
  }
  return old;
}

}  // namespace skep
