// What the operations mean, with the numbers worked out from RFC 9669 by hand. All of it is constexpr, so that some is
// checked at compile time too.
#include "skep/isa/evaluate.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};
constexpr std::uint64_t min64 = std::uint64_t{1} << 63;
constexpr std::uint64_t min32 = 0x80000000;
constexpr std::uint64_t garbage = 0xdeadbeef00000000;  ///< In the high half of a 32-bit operand: must not matter.

constexpr std::uint64_t alu64(AluOp op, std::uint64_t a, std::uint64_t b) { return evaluate(op, Width::w64, a, b); }
constexpr std::uint64_t alu32(AluOp op, std::uint64_t a, std::uint64_t b) { return evaluate(op, Width::w32, a, b); }
constexpr std::uint64_t minus(std::uint64_t n) { return std::uint64_t{0} - n; }

TEST(EvaluateAlu, WrapsAround) {
  static_assert(alu64(AluOp::add, all_ones, 1) == 0);
  EXPECT_EQ(alu64(AluOp::sub, 0, 1), all_ones);
  EXPECT_EQ(alu64(AluOp::mul, min64, 2), 0U);
  EXPECT_EQ(alu64(AluOp::mul, 0x1'0000'0001, 0x1'0000'0001), 0x2'0000'0001U);
  EXPECT_EQ(alu64(AluOp::neg, 5, 0), minus(5));
  EXPECT_EQ(alu64(AluOp::neg, min64, 0), min64);
}

TEST(EvaluateAlu, ThirtyTwoBitsIgnoreAndClearTheHighHalf) {
  static_assert(alu32(AluOp::add, garbage | 0xffffffff, 1) == 0);
  EXPECT_EQ(alu32(AluOp::sub, garbage, garbage | 1), 0xffffffffU);
  EXPECT_EQ(alu32(AluOp::mul, 0x10001, 0x10001), 0x20001U);
  EXPECT_EQ(alu32(AluOp::mov, 0, garbage | 7), 7U);
  EXPECT_EQ(alu32(AluOp::or_, garbage | 0xf0, 0x0f), 0xffU);
  EXPECT_EQ(alu32(AluOp::and_, all_ones, all_ones), 0xffffffffU);
  EXPECT_EQ(alu32(AluOp::xor_, garbage | 0xff, 0x0f), 0xf0U);
  EXPECT_EQ(alu32(AluOp::neg, garbage | 1, 0), 0xffffffffU);
}

TEST(EvaluateAlu, UnsignedDivision) {
  EXPECT_EQ(alu64(AluOp::div, minus(13), 3), (all_ones - 12) / 3);
  EXPECT_EQ(alu64(AluOp::div, 42, 0), 0U);
  EXPECT_EQ(alu64(AluOp::mod, minus(13), 3), (all_ones - 12) % 3);
  EXPECT_EQ(alu64(AluOp::mod, 42, 0), 42U);
  EXPECT_EQ(alu32(AluOp::div, garbage | 42, garbage), 0U);
  // RFC 9669 section 4.1: for ALU the 32-bit dst is left as it is and the upper half is zeroed.
  EXPECT_EQ(alu32(AluOp::mod, garbage | 42, garbage), 42U);
}

TEST(EvaluateAlu, SignedDivisionTruncates) {
  EXPECT_EQ(alu64(AluOp::sdiv, minus(13), 3), minus(4));
  EXPECT_EQ(alu64(AluOp::sdiv, 13, minus(3)), minus(4));
  EXPECT_EQ(alu64(AluOp::smod, minus(13), 3), minus(1));  // The RFC's own example: -13 % 3 == -1.
  EXPECT_EQ(alu64(AluOp::smod, 13, minus(3)), 1U);
  EXPECT_EQ(alu32(AluOp::sdiv, 0xfffffff3, 3), 0xfffffffcU);
  EXPECT_EQ(alu32(AluOp::smod, 0xfffffff3, 3), 0xffffffffU);
}

TEST(EvaluateAlu, SignedDivisionsThatOverflow) {
  static_assert(alu64(AluOp::sdiv, min64, all_ones) == min64);
  static_assert(alu64(AluOp::smod, min64, all_ones) == 0);
  EXPECT_EQ(alu32(AluOp::sdiv, min32, 0xffffffff), min32);
  EXPECT_EQ(alu32(AluOp::smod, min32, 0xffffffff), 0U);
  EXPECT_EQ(alu64(AluOp::sdiv, minus(7), 0), 0U);
  EXPECT_EQ(alu64(AluOp::smod, minus(7), 0), minus(7));
  EXPECT_EQ(alu32(AluOp::sdiv, garbage | 7, 0), 0U);
  EXPECT_EQ(alu32(AluOp::smod, garbage | 7, 0), 7U);
}

TEST(EvaluateAlu, ShiftCountsAreMasked) {
  static_assert(alu64(AluOp::lsh, 1, 64) == 1);
  EXPECT_EQ(alu64(AluOp::lsh, 1, 63), min64);
  EXPECT_EQ(alu64(AluOp::lsh, 1, minus(1)), min64);
  EXPECT_EQ(alu64(AluOp::rsh, min64, 127), 1U);
  EXPECT_EQ(alu64(AluOp::arsh, min64, 63), all_ones);
  EXPECT_EQ(alu64(AluOp::arsh, min64, 65), 0xc000000000000000U);
  EXPECT_EQ(alu32(AluOp::lsh, 1, 32), 1U);
  EXPECT_EQ(alu32(AluOp::lsh, 3, 31), min32);
  EXPECT_EQ(alu32(AluOp::rsh, garbage | min32, 63), 1U);
  EXPECT_EQ(alu32(AluOp::arsh, garbage | min32, 4), 0xf8000000U);
}

TEST(EvaluateAlu, SignExtendingMoves) {
  EXPECT_EQ(alu64(AluOp::movsx8, 0, 0x1280), minus(0x80));
  EXPECT_EQ(alu64(AluOp::movsx8, all_ones, 0x127f), 0x7fU);
  EXPECT_EQ(alu64(AluOp::movsx16, 0, 0x18000), minus(0x8000));
  EXPECT_EQ(alu64(AluOp::movsx32, 0, 0x1'8000'0000), minus(min32));
  EXPECT_EQ(alu64(AluOp::mov, 0, all_ones), all_ones);
  EXPECT_EQ(alu32(AluOp::movsx8, 0, 0x80), 0xffffff80U);
  EXPECT_EQ(alu32(AluOp::movsx16, 0, 0x8000), 0xffff8000U);
}

TEST(EvaluateByteSwap, LittleEndianHosts) {
  constexpr std::uint64_t value = 0x1122334455667788;
  static_assert(evaluate(ByteSwapOp::bswap, 64, value) == 0x8877665544332211);
  EXPECT_EQ(evaluate(ByteSwapOp::to_be, 64, value), 0x8877665544332211U);
  EXPECT_EQ(evaluate(ByteSwapOp::to_be, 32, value), 0x88776655U);
  EXPECT_EQ(evaluate(ByteSwapOp::to_be, 16, value), 0x8877U);
  EXPECT_EQ(evaluate(ByteSwapOp::bswap, 16, value), 0x8877U);
  EXPECT_EQ(evaluate(ByteSwapOp::to_le, 64, value), value);
  EXPECT_EQ(evaluate(ByteSwapOp::to_le, 32, value), 0x55667788U);
  EXPECT_EQ(evaluate(ByteSwapOp::to_le, 16, value), 0x7788U);
}

TEST(EvaluateJump, SignedAndUnsignedDiffer) {
  const auto jump64 = [](JumpOp op, std::uint64_t a, std::uint64_t b) { return evaluate(op, Width::w64, a, b); };
  EXPECT_TRUE(jump64(JumpOp::gt, all_ones, 1));
  EXPECT_FALSE(jump64(JumpOp::sgt, all_ones, 1));
  EXPECT_TRUE(jump64(JumpOp::slt, min64, 0));
  EXPECT_FALSE(jump64(JumpOp::lt, min64, 0));
  for (const JumpOp op : {JumpOp::eq, JumpOp::ge, JumpOp::le, JumpOp::sge, JumpOp::sle}) EXPECT_TRUE(jump64(op, 7, 7));
  for (const JumpOp op : {JumpOp::ne, JumpOp::gt, JumpOp::lt, JumpOp::sgt, JumpOp::slt}) EXPECT_FALSE(jump64(op, 7, 7));
  EXPECT_TRUE(jump64(JumpOp::set, 0b110, 0b010));
  EXPECT_FALSE(jump64(JumpOp::set, 0b110, 0b001));
}

TEST(EvaluateJump, ThirtyTwoBitsLookAtTheLowHalfOnly) {
  const auto jump32 = [](JumpOp op, std::uint64_t a, std::uint64_t b) { return evaluate(op, Width::w32, a, b); };
  EXPECT_TRUE(jump32(JumpOp::eq, garbage | 5, 5));
  EXPECT_FALSE(jump32(JumpOp::set, garbage, garbage));
  EXPECT_TRUE(jump32(JumpOp::slt, min32, 0));
  EXPECT_TRUE(jump32(JumpOp::sge, 0x7fffffff, garbage | min32));
}

TEST(EvaluateAtomic, WhatIsStored) {
  using U32 = std::uint32_t;
  EXPECT_EQ(evaluate_atomic<U32>(AtomicOp::add, 0xffffffff, 2, 0), 1U);
  EXPECT_EQ(evaluate_atomic<U32>(AtomicOp::fetch_or, 0xf0, 0x0f, 0), 0xffU);
  EXPECT_EQ(evaluate_atomic<U32>(AtomicOp::fetch_and, 0xf8, 0x0f, 0), 0x08U);
  EXPECT_EQ(evaluate_atomic<U32>(AtomicOp::xor_, 0xff, 0x0f, 0), 0xf0U);
  EXPECT_EQ(evaluate_atomic<U32>(AtomicOp::xchg, 1, 2, 3), 2U);
  EXPECT_EQ(evaluate_atomic<U32>(AtomicOp::cmpxchg, 1, 2, 1), 2U);
  EXPECT_EQ(evaluate_atomic<U32>(AtomicOp::cmpxchg, 1, 2, 3), 1U);
  EXPECT_EQ(evaluate_atomic<std::uint8_t>(AtomicOp::load_acquire, 1, 2, 3), 1U);
  EXPECT_EQ(evaluate_atomic<std::uint8_t>(AtomicOp::store_release, 1, 2, 3), 2U);
}

}  // namespace
}  // namespace skep
