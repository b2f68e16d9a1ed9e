// ALU operations on edge values, from the text of RFC 9669 section 4.1. Every row is run in both widths with a register
// and, where it fits, an immediate.
#include <array>

#include "support/execution.hpp"

namespace skep::test {
namespace {

/// dst = a op b: the whole register afterwards, in 64 and in 32 bits.
struct Case {
  AluOp op;
  std::uint64_t a;
  std::uint64_t b;
  std::uint64_t expect64;
  std::uint64_t expect32;
};

constexpr std::uint64_t min64 = 0x8000000000000000, max64 = 0x7fffffffffffffff, all64 = 0xffffffffffffffff;
constexpr std::uint64_t min32 = 0x80000000, max32 = 0x7fffffff, all32 = 0xffffffff;

constexpr Case cases[] = {
    {AluOp::add, 1, 2, 3, 3},
    {AluOp::add, all64, 1, 0, 0},
    {AluOp::add, all32, 1, 0x100000000, 0},
    {AluOp::add, max64, max64, 0xfffffffffffffffe, 0xfffffffe},
    {AluOp::add, 0x1111111122222222, 0x3333333344444444, 0x4444444466666666, 0x66666666},
    {AluOp::sub, 1, 2, all64, all32},
    {AluOp::sub, min64, 1, max64, all32},
    {AluOp::sub, 0x100000000, 1, all32, all32},
    {AluOp::mul, 3, 5, 15, 15},
    {AluOp::mul, all64, all64, 1, 1},
    {AluOp::mul, 0x100000001, 0x100000001, 0x200000001, 1},
    {AluOp::mul, min32, 2, 0x100000000, 0},
    {AluOp::div, 7, 2, 3, 3},
    {AluOp::div, all64, 2, max64, max32},
    {AluOp::div, 0x500000007, 2, 0x280000003, 3},
    {AluOp::div, 7, 0, 0,
     0},  // "if BPF execution would result in division by zero, the destination register is instead set to zero"
    {AluOp::div, 7, 0x100000000, 0, 0},  // 32 bits: the divisor's low half is zero
    {AluOp::div, min64, all64, 0, 0},    // unsigned
    {AluOp::sdiv, static_cast<std::uint64_t>(-7), 2, static_cast<std::uint64_t>(-3), 0xfffffffd},  // truncates
    {AluOp::sdiv, static_cast<std::uint64_t>(-13), 3, static_cast<std::uint64_t>(-4), 0xfffffffc},
    {AluOp::sdiv, 7, static_cast<std::uint64_t>(-2), static_cast<std::uint64_t>(-3), 0xfffffffd},
    {AluOp::sdiv, 7, 0, 0, 0},
    {AluOp::sdiv, min64, all64, min64, 0},  // "LLONG_MIN / -1" is LLONG_MIN; 32 bits: 0 / -1
    {AluOp::sdiv, min32, all32, 0, min32},  // 64 bits: 2^31 / (2^32 - 1)
    {AluOp::mod, 7, 2, 1, 1},
    {AluOp::mod, all64, 10, 5, 5},
    {AluOp::mod, 0x500000007, 0x300000000, 0x200000007, 7},  // 32 bits: modulo zero leaves dst, upper half zeroed
    {AluOp::mod, 0x500000007, 0, 0x500000007, 7},
    {AluOp::smod, static_cast<std::uint64_t>(-13), 3, static_cast<std::uint64_t>(-1), 0xffffffff},  // "-13 % 3 = -1"
    {AluOp::smod, 13, static_cast<std::uint64_t>(-3), 1, 1},
    {AluOp::smod, min64, all64, 0, 0},
    {AluOp::smod, min32, all32, min32, 0},
    {AluOp::smod, 0x500000007, 0, 0x500000007, 7},
    {AluOp::or_, 0xf0f0f0f000000000, 0x0f0f0f0f12345678, 0xffffffff12345678, 0x12345678},
    {AluOp::and_, 0xffff0000ffff0000, 0x123456789abcdef0, 0x123400009abc0000, 0x9abc0000},
    {AluOp::xor_, 0xaaaaaaaaaaaaaaaa, all64, 0x5555555555555555, 0x55555555},
    {AluOp::lsh, 1, 31, min32, min32},
    {AluOp::lsh, 1, 32, 0x100000000, 1},  // the count is masked: by 0x3f, by 0x1f
    {AluOp::lsh, 1, 63, min64, min32},
    {AluOp::lsh, 3, 64, 3, 3},
    {AluOp::lsh, 3, 65, 6, 6},
    {AluOp::lsh, all64, 4, 0xfffffffffffffff0, 0xfffffff0},
    {AluOp::rsh, min64, 63, 1, 0},
    {AluOp::rsh, all64, 4, 0x0fffffffffffffff, 0x0fffffff},
    {AluOp::rsh, all64, 32, all32, all32},
    {AluOp::rsh, all64, 64, all64, all32},
    {AluOp::arsh, min64, 63, all64, 0},
    {AluOp::arsh, min32, 31, 1, all32},
    {AluOp::arsh, 0xf000000080000000, 4, 0xff00000008000000, 0xf8000000},
    {AluOp::arsh, all64, 64, all64, all32},
    {AluOp::arsh, 0x7000000070000000, 36, 0x07000000, 0x07000000},
    {AluOp::mov, 77, 0x123456789abcdef0, 0x123456789abcdef0, 0x9abcdef0},
    {AluOp::mov, 77, all64, all64, all32},
};

constexpr std::array imm_ops = {AluOp::add, AluOp::sub,  AluOp::mul,  AluOp::div, AluOp::sdiv, AluOp::mod,  AluOp::smod,
                                AluOp::or_, AluOp::and_, AluOp::xor_, AluOp::lsh, AluOp::rsh,  AluOp::arsh, AluOp::mov};

LoadImm64 load(Reg dst, std::uint64_t value) {
  return {dst, ImmKind::value, static_cast<std::int32_t>(value), static_cast<std::int32_t>(value >> 32)};
}

Program program_of(const Alu& alu, std::uint64_t a, std::uint64_t b) {
  return {load(alu.dst, a), load(Reg::r7, b), alu, Alu{AluOp::mov, Width::w64, Reg::r0, from_reg(alu.dst)}, Exit{}};
}

bool fits_immediate(std::uint64_t value) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)}) == value;
}

TEST(Alu, RegistersAsTheRfcSays) {
  for (const Case& row : cases) {
    EXPECT_RUN(program_of({row.op, Width::w64, Reg::r3, from_reg(Reg::r7)}, row.a, row.b), row.expect64);
    EXPECT_RUN(program_of({row.op, Width::w32, Reg::r3, from_reg(Reg::r7)}, row.a, row.b), row.expect32);
  }
}

TEST(Alu, ImmediatesAreSignExtended) {
  for (const Case& row : cases) {
    if (!fits_immediate(row.b)) continue;
    const Source source = from_imm(static_cast<std::int32_t>(row.b));
    EXPECT_RUN(program_of({row.op, Width::w64, Reg::r3, source}, row.a, 0), row.expect64);
    EXPECT_RUN(program_of({row.op, Width::w32, Reg::r3, source}, row.a, 0), row.expect32);
  }
}

TEST(Alu, EveryOperationIsInTheTable) {
  for (const AluOp op : imm_ops)
    EXPECT_TRUE(std::any_of(std::begin(cases), std::end(cases), [&](const Case& row) { return row.op == op; }))
        << info(op).name;
  EXPECT_EQ(imm_ops.size() + 4, alu_ops().size()) << "neg and the three sign-extending moves have tests of their own";
}

TEST(Alu, EveryRegisterIsARegister) {
  for (int dst = 0; dst < 10; ++dst)
    for (int src = 0; src < 10; ++src) {
      if (dst == src) continue;
      const auto d = static_cast<Reg>(dst);
      const auto s = static_cast<Reg>(src);
      EXPECT_RUN((Program{load(d, 40), load(s, 2), Alu{AluOp::add, Width::w64, d, from_reg(s)},
                          Alu{AluOp::mov, Width::w64, Reg::r0, from_reg(d)}, Exit{}}),
                 42);
    }
}

TEST(Alu, BothOperandsMayBeTheSameRegister) {
  const auto squared = [](AluOp op, Width width) {
    return Program{load(Reg::r0, 0x1'0000'0003), Alu{op, width, Reg::r0, from_reg(Reg::r0)}, Exit{}};
  };
  EXPECT_RUN(squared(AluOp::mul, Width::w64), 0x6'0000'0009);
  EXPECT_RUN(squared(AluOp::mul, Width::w32), 9);
  EXPECT_RUN(squared(AluOp::xor_, Width::w64), 0);
  EXPECT_RUN(squared(AluOp::lsh, Width::w64), 0x8'0000'0018);
}

TEST(Alu, Negation) {
  const auto negated = [](Width width, std::uint64_t value) {
    return program_of({AluOp::neg, width, Reg::r3, from_imm(0)}, value, 0);
  };
  EXPECT_RUN(negated(Width::w64, 1), all64);
  EXPECT_RUN(negated(Width::w64, 0), 0);
  EXPECT_RUN(negated(Width::w64, min64), min64);
  EXPECT_RUN(negated(Width::w32, 1), all32);
  EXPECT_RUN(negated(Width::w32, min32), min32);
  EXPECT_RUN(negated(Width::w32, 0x500000000), 0);
}

TEST(Alu, SignExtendingMoves) {
  const auto moved = [](AluOp op, Width width, std::uint64_t value) {
    return program_of({op, width, Reg::r3, from_reg(Reg::r7)}, 77, value);
  };
  EXPECT_RUN(moved(AluOp::movsx8, Width::w64, 0x1280), 0xffffffffffffff80);
  EXPECT_RUN(moved(AluOp::movsx8, Width::w64, 0xff7f), 0x7f);
  EXPECT_RUN(moved(AluOp::movsx8, Width::w32, 0x1280), 0xffffff80);
  EXPECT_RUN(moved(AluOp::movsx8, Width::w32, 0xff7f), 0x7f);
  EXPECT_RUN(moved(AluOp::movsx16, Width::w64, 0x128000), 0xffffffffffff8000);
  EXPECT_RUN(moved(AluOp::movsx16, Width::w32, 0x128000), 0xffff8000);
  EXPECT_RUN(moved(AluOp::movsx16, Width::w64, 0xff7fff), 0x7fff);
  EXPECT_RUN(moved(AluOp::movsx32, Width::w64, 0x1280000000), 0xffffffff80000000);
  EXPECT_RUN(moved(AluOp::movsx32, Width::w64, 0xff7fffffff), 0x7fffffff);
}

TEST(Alu, SixtyFourBitImmediates) {
  EXPECT_RUN((Program{load(Reg::r0, 0x123456789abcdef0), Exit{}}), 0x123456789abcdef0);
  EXPECT_RUN((Program{load(Reg::r0, 0x00000000ffffffff), Exit{}}), all32);
  EXPECT_RUN((Program{load(Reg::r0, 0xffffffff00000000), Exit{}}), 0xffffffff00000000);
}

// RFC 9669 section 4.2, on a little-endian machine.
TEST(ByteSwap, ConvertsAndTruncates) {
  constexpr std::uint64_t value = 0x0102030405060708;
  const auto swapped = [&](ByteSwapOp op, std::uint8_t bits) {
    return Program{load(Reg::r4, value), ByteSwap{op, bits, Reg::r4},
                   Alu{AluOp::mov, Width::w64, Reg::r0, from_reg(Reg::r4)}, Exit{}};
  };
  EXPECT_RUN(swapped(ByteSwapOp::to_le, 16), 0x0708);
  EXPECT_RUN(swapped(ByteSwapOp::to_le, 32), 0x05060708);
  EXPECT_RUN(swapped(ByteSwapOp::to_le, 64), value);
  for (const ByteSwapOp op : {ByteSwapOp::to_be, ByteSwapOp::bswap}) {
    EXPECT_RUN(swapped(op, 16), 0x0807);
    EXPECT_RUN(swapped(op, 32), 0x08070605);
    EXPECT_RUN(swapped(op, 64), 0x0807060504030201);
  }
}

}  // namespace
}  // namespace skep::test
