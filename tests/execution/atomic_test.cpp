// Atomic operations in all widths (RFC 9669 section 5.3), load_acquire and store_release (Linux 6.15): what memory
// holds, and what comes back.
#include "support/execution.hpp"

namespace skep::test {
namespace {

constexpr std::uint64_t old64 = 0x8000000700000005, operand = 0x1234567800000003;
constexpr std::uint64_t r0_before = 0x1111111122222222;

ByteVector memory_of(std::uint64_t value) {
  const ByteView bytes = bytes_of(value);
  return {bytes.begin(), bytes.end()};
}
LoadImm64 load(Reg dst, std::uint64_t value) {
  return {dst, ImmKind::value, static_cast<std::int32_t>(value), static_cast<std::int32_t>(value >> 32)};
}

/// What an operation leaves: in memory that held old64, and in the register that held `operand`.
struct Case {
  AtomicOp op;
  std::uint64_t memory64;
  std::uint64_t memory32;
  std::uint64_t register64;
  std::uint64_t register32;
};
constexpr std::uint64_t low_old = 0x00000005;

constexpr Case cases[] = {
    {AtomicOp::add, 0x9234567f00000008, 0x8000000700000008, operand, operand},
    {AtomicOp::or_, 0x9234567f00000007, 0x8000000700000007, operand, operand},
    {AtomicOp::and_, 0x0000000000000001, 0x8000000700000001, operand, operand},
    {AtomicOp::xor_, 0x9234567f00000006, 0x8000000700000006, operand, operand},
    {AtomicOp::fetch_add, 0x9234567f00000008, 0x8000000700000008, old64, low_old},
    {AtomicOp::fetch_or, 0x9234567f00000007, 0x8000000700000007, old64, low_old},
    {AtomicOp::fetch_and, 0x0000000000000001, 0x8000000700000001, old64, low_old},
    {AtomicOp::fetch_xor, 0x9234567f00000006, 0x8000000700000006, old64, low_old},
    {AtomicOp::xchg, operand, 0x8000000700000003, old64, low_old},
    {AtomicOp::load_acquire, old64, old64, old64, low_old},
    {AtomicOp::store_release, operand, 0x8000000700000003, operand, operand},
};

/// Returns r2, the operation's register.
Program program_of(AtomicOp op, Size size) {
  return {load(Reg::r0, r0_before), load(Reg::r2, operand), Atomic{op, size, Reg::r1, 0, Reg::r2},
          Alu{AluOp::mov, Width::w64, Reg::r0, from_reg(Reg::r2)}, Exit{}};
}

TEST(Atomic, EveryRowInBothWidths) {
  for (const Case& row : cases) {
    SCOPED_TRACE(info(row.op).name);
    EXPECT_RUN(program_of(row.op, Size::dw), row.register64,
               {.memory = memory_of(old64), .expect_memory = memory_of(row.memory64)});
    EXPECT_RUN(program_of(row.op, Size::w), row.register32,
               {.memory = memory_of(old64), .expect_memory = memory_of(row.memory32)});
  }
  EXPECT_EQ(std::size(cases) + 1, atomic_ops().size()) << "cmpxchg has a test of its own";
}

/// Returns r0: the old value, always.
Program compare_exchange(Size size, std::uint64_t expected) {
  return {load(Reg::r0, expected), load(Reg::r2, operand), Atomic{AtomicOp::cmpxchg, size, Reg::r1, 0, Reg::r2},
          Exit{}};
}

TEST(Atomic, CompareExchangeStoresOnlyIfEqual) {
  EXPECT_RUN(compare_exchange(Size::dw, old64), old64,
             {.memory = memory_of(old64), .expect_memory = memory_of(operand)});
  EXPECT_RUN(compare_exchange(Size::dw, old64 + 1), old64,
             {.memory = memory_of(old64), .expect_memory = memory_of(old64)});
  EXPECT_RUN(compare_exchange(Size::w, low_old), low_old,
             {.memory = memory_of(old64), .expect_memory = memory_of(0x8000000700000003)});
  // 32 bits: only the low half of r0 is compared, and r0 is zero-extended.
  EXPECT_RUN(compare_exchange(Size::w, 0xffffffff00000005), low_old,
             {.memory = memory_of(old64), .expect_memory = memory_of(0x8000000700000003)});
  EXPECT_RUN(compare_exchange(Size::w, 6), low_old, {.memory = memory_of(old64), .expect_memory = memory_of(old64)});
}

TEST(Atomic, CompareExchangeLeavesItsOperand) {
  EXPECT_RUN(
      (Program{load(Reg::r0, old64), load(Reg::r2, operand), Atomic{AtomicOp::cmpxchg, Size::dw, Reg::r1, 0, Reg::r2},
               Alu{AluOp::mov, Width::w64, Reg::r0, from_reg(Reg::r2)}, Exit{}}),
      operand, {.memory = memory_of(old64)});
}

TEST(Atomic, OthersLeaveR0) {
  EXPECT_RUN((Program{load(Reg::r0, r0_before), load(Reg::r2, operand),
                      Atomic{AtomicOp::fetch_add, Size::dw, Reg::r1, 0, Reg::r2}, Exit{}}),
             r0_before, {.memory = memory_of(old64)});
}

TEST(Atomic, TheOperandMayBeR0OrTheBase) {
  EXPECT_RUN((Program{load(Reg::r0, 4), Atomic{AtomicOp::fetch_add, Size::dw, Reg::r1, 0, Reg::r0}, Exit{}}), 10,
             {.memory = memory_of(10), .expect_memory = memory_of(14)});
  EXPECT_RUN((Program{Atomic{AtomicOp::load_acquire, Size::dw, Reg::r1, 0, Reg::r1},
                      Alu{AluOp::mov, Width::w64, Reg::r0, from_reg(Reg::r1)}, Exit{}}),
             10, {.memory = memory_of(10)});
}

TEST(Atomic, OnTheStack) {
  EXPECT_RUN((Program{Store{Size::dw, Reg::r10, -8, from_imm(40)}, load(Reg::r1, 2),
                      Atomic{AtomicOp::add, Size::dw, Reg::r10, -8, Reg::r1},
                      Load{Size::dw, false, Reg::r0, Reg::r10, -8}, Exit{}}),
             42);
}

TEST(Atomic, AcquireAndReleaseOfBytesAndHalfwords) {
  const ByteVector memory = {0xf1, 0xf2, 0xf3, 0xf4};
  const auto acquired = [](Size size) {
    return Program{Atomic{AtomicOp::load_acquire, size, Reg::r1, 2, Reg::r0}, Exit{}};
  };
  EXPECT_RUN(acquired(Size::b), 0xf3, {.memory = memory});
  EXPECT_RUN(acquired(Size::h), 0xf4f3, {.memory = memory});
  const auto released = [](Size size) {
    return Program{load(Reg::r0, 0x1234), Atomic{AtomicOp::store_release, size, Reg::r1, 2, Reg::r0}, Exit{}};
  };
  EXPECT_RUN(released(Size::b), 0x1234, {.memory = memory, .expect_memory = ByteVector{0xf1, 0xf2, 0x34, 0xf4}});
  EXPECT_RUN(released(Size::h), 0x1234, {.memory = memory, .expect_memory = ByteVector{0xf1, 0xf2, 0x34, 0x12}});
}

}  // namespace
}  // namespace skep::test
