// Conditional jumps on edge values, both ways, from RFC 9669 section 4.3; goto, gotol.
#include "support/execution.hpp"

namespace skep::test {
namespace {

/// if dst op src: taken with 64-bit and with 32-bit operands?
struct Case {
  JumpOp op;
  std::uint64_t dst;
  std::uint64_t src;
  bool taken64;
  bool taken32;
};

constexpr std::uint64_t minus_one = 0xffffffffffffffff, min64 = 0x8000000000000000, high = 0x100000000;

constexpr Case cases[] = {
    {JumpOp::eq, 5, 5, true, true},
    {JumpOp::eq, 5, 6, false, false},
    {JumpOp::eq, high + 5, 5, false, true},
    {JumpOp::ne, 5, 6, true, true},
    {JumpOp::ne, 5, 5, false, false},
    {JumpOp::ne, high + 5, 5, true, false},
    {JumpOp::gt, 6, 5, true, true},
    {JumpOp::gt, 5, 5, false, false},
    {JumpOp::gt, minus_one, 1, true, true},
    {JumpOp::gt, high, 1, true, false},
    {JumpOp::ge, 5, 5, true, true},
    {JumpOp::ge, 4, 5, false, false},
    {JumpOp::ge, high, 1, true, false},
    {JumpOp::lt, 4, 5, true, true},
    {JumpOp::lt, 5, 5, false, false},
    {JumpOp::lt, 1, minus_one, true, true},
    {JumpOp::lt, high, 1, false, true},
    {JumpOp::le, 5, 5, true, true},
    {JumpOp::le, 6, 5, false, false},
    {JumpOp::le, high, 1, false, true},
    {JumpOp::set, 6, 3, true, true},
    {JumpOp::set, 4, 3, false, false},
    {JumpOp::set, high, high, true, false},
    {JumpOp::sgt, 1, minus_one, true, true},
    {JumpOp::sgt, minus_one, 1, false, false},
    {JumpOp::sgt, minus_one, minus_one, false, false},
    {JumpOp::sgt, 0x80000000, 1, true, false},
    {JumpOp::sge, minus_one, minus_one, true, true},
    {JumpOp::sge, min64, 0, false, true},
    {JumpOp::sge, 0x7fffffff, 0x80000000, false, true},
    {JumpOp::slt, minus_one, 1, true, true},
    {JumpOp::slt, 1, minus_one, false, false},
    {JumpOp::slt, 1, 1, false, false},
    {JumpOp::slt, min64, 0, true, false},
    {JumpOp::sle, 1, 1, true, true},
    {JumpOp::sle, 2, 1, false, false},
    {JumpOp::sle, 0x80000000, 1, false, true},
};

LoadImm64 load(Reg dst, std::uint64_t value) {
  return {dst, ImmKind::value, static_cast<std::int32_t>(value), static_cast<std::int32_t>(value >> 32)};
}
Alu move(Reg dst, std::int32_t imm) { return {AluOp::mov, Width::w64, dst, from_imm(imm)}; }

/// r0 = 1 if the jump was taken, else 2; forward.
Program forward(const Case& row, Width width, Source source) {
  return {load(Reg::r3, row.dst), load(Reg::r7, row.src),
          move(Reg::r0, 1),       Jump{row.op, width, Reg::r3, source, 1},
          move(Reg::r0, 2),       Exit{}};
}
/// The same with the target behind.
Program backward(const Case& row, Width width, Source source) {
  return {load(Reg::r3, row.dst),
          load(Reg::r7, row.src),
          Goto{false, 2},
          move(Reg::r0, 1),
          Exit{},
          Jump{row.op, width, Reg::r3, source, -3},
          move(Reg::r0, 2),
          Exit{}};
}

void expect(const Case& row, Width width, Source source) {
  const bool taken = width == Width::w64 ? row.taken64 : row.taken32;
  EXPECT_RUN(forward(row, width, source), taken ? 1 : 2);
  EXPECT_RUN(backward(row, width, source), taken ? 1 : 2);
}

TEST(Jump, ComparesRegisters) {
  for (const Case& row : cases)
    for (const Width width : {Width::w64, Width::w32}) expect(row, width, from_reg(Reg::r7));
}

TEST(Jump, ImmediatesAreSignExtended) {
  for (const Case& row : cases) {
    const auto imm = static_cast<std::int32_t>(row.src);
    if (static_cast<std::uint64_t>(std::int64_t{imm}) != row.src) continue;
    for (const Width width : {Width::w64, Width::w32}) expect(row, width, from_imm(imm));
  }
}

TEST(Jump, EveryConditionIsInTheTableBothWays) {
  for (const JumpOpInfo& row : jump_ops())
    for (const bool taken : {true, false})
      EXPECT_TRUE(std::any_of(std::begin(cases), std::end(cases), [&](const Case& one) {
        return one.op == row.op && one.taken64 == taken;
      })) << row.name;
}

TEST(Jump, GotoGoesForwardBackwardAndNowhere) {
  EXPECT_RUN("r0 = 1; goto +1; r0 = 2; exit", 1);
  EXPECT_RUN("r0 = 1; goto +0; r0 = 2; exit", 2);
  EXPECT_RUN("goto +2; r0 = 7; exit; goto -3", 7);
  EXPECT_RUN("r0 = 1; gotol +1; r0 = 2; exit", 1);
  EXPECT_RUN("gotol +2; r0 = 7; exit; gotol -3", 7);
}

TEST(Jump, GotolReachesFurtherThanGoto) {
  std::vector<Instruction> insns = {move(Reg::r0, 1), Goto{true, 40'000}};
  insns.insert(insns.end(), 40'000, move(Reg::r0, 2));
  insns.emplace_back(Exit{});
  EXPECT_RUN(insns, 1);
}

TEST(Jump, OffsetsCountTheSlotsOf64BitImmediates) { EXPECT_RUN("r0 = 1; goto +2; r0 = 0x123456789 ll; exit", 1); }

TEST(Jump, LoopsRunToTheirEnd) {
  EXPECT_RUN("r0 = 0; r1 = 1000; r0 += r1; r1 += -1; if r1 != 0 goto -3; exit", 500'500);
  EXPECT_FAULT("r0 = 0; goto -1; exit", FaultKind::out_of_fuel, Slot{1}, {.fuel = 1000});
}

TEST(Jump, MayGotoFallsThroughForALongTime) {
  EXPECT_RUN("r0 = 5; may_goto +1; r0 = 6; exit", 6);
  EXPECT_RUN("r0 = 0; may_goto +2; r0 += 1; goto -3; exit", 8 * 1024 * 1024);
}

}  // namespace
}  // namespace skep::test
