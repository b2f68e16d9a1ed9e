// The form of whole programs: targets, ends, and that one mistake is one error.
#include <gtest/gtest.h>

#include "skep/isa/decode.hpp"

namespace skep {
namespace {

constexpr RawInsn exit_insn{0x95, 0, 0, 0, 0};
constexpr RawInsn r0_is_0{0xb7, 0, 0, 0, 0};
constexpr RawInsn wide_first{0x18, 1, 0, 0, 7};
constexpr RawInsn wide_second{0, 0, 0, 0, 0};

constexpr RawInsn jump(std::int16_t offset) { return {0x05, 0, 0, offset, 0}; }
constexpr RawInsn call_function(std::int32_t offset) { return {0x85, 0, 1, 0, offset}; }

/// "slot: reason" of each error.
std::vector<std::string> errors(const std::vector<RawInsn>& code) {
  std::vector<std::string> texts;
  for (const EncodingError& error : validate(code))
    texts.push_back(fmt::format("{}: {}", error.slot.value, error.reason));
  return texts;
}
using Texts = std::vector<std::string>;

TEST(Validate, AWellFormedProgramHasNoErrors) {
  EXPECT_EQ(errors({r0_is_0, exit_insn}), Texts{});
  EXPECT_EQ(errors({jump(2), wide_first, wide_second, r0_is_0, call_function(1), exit_insn, jump(-1)}), Texts{});
}

TEST(Validate, AProgramWithoutInstructions) { EXPECT_EQ(errors({}), Texts{"0: the program has no instructions"}); }

TEST(Validate, JumpsStayInside) {
  EXPECT_EQ(errors({jump(1), exit_insn}), Texts{"0: jump to slot 2, outside the program (0 to 1)"});
  EXPECT_EQ(errors({r0_is_0, jump(-3), exit_insn}), Texts{"1: jump to slot -1, outside the program (0 to 2)"});
  EXPECT_EQ(errors({{0x06, 0, 0, 0, INT32_MAX}, exit_insn}),
            Texts{"0: jump to slot 2147483648, outside the program (0 to 1)"});
  EXPECT_EQ(errors({{0xe5, 0, 0, 9, 0}, exit_insn}), Texts{"0: jump to slot 10, outside the program (0 to 1)"});
  EXPECT_EQ(errors({{0x1e, 0, 0, 9, 0}, exit_insn}), Texts{"0: jump to slot 10, outside the program (0 to 1)"});
}

TEST(Validate, JumpsDoNotEnterA64BitImmediate) {
  EXPECT_EQ(errors({jump(1), wide_first, wide_second, exit_insn}),
            Texts{"0: jump to slot 2, the second half of a 64-bit immediate load"});
}

TEST(Validate, CallsAndFunctionAddressesAreTargetsToo) {
  EXPECT_EQ(errors({call_function(INT32_MIN), exit_insn}),
            Texts{"0: call to slot -2147483647, outside the program (0 to 1)"});
  // Counted from the slot after the first one, as Linux does it (imm 1 at slot 0 is slot 2).
  EXPECT_EQ(errors({{0x18, 1, 4, 0, 1}, wide_second, exit_insn}), Texts{});
  EXPECT_EQ(errors({{0x18, 1, 4, 0, 0}, wide_second, exit_insn}),
            Texts{"0: function address to slot 1, the second half of a 64-bit immediate load"});
  EXPECT_EQ(errors({{0x85, 0, 0, 0, 999999}, {0x85, 0, 2, 0, 999999}, exit_insn}), Texts{});
}

TEST(Validate, ExecutionDoesNotFallOffTheEnd) {
  const Texts falls = {"0: the last instruction must be exit or goto: execution would fall off the end"};
  EXPECT_EQ(errors({r0_is_0}), falls);
  EXPECT_EQ(errors({wide_first, wide_second}), falls);
  EXPECT_EQ(errors({{0x15, 0, 0, -1, 0}}), falls);
}

TEST(Validate, R10IsReadOnly) {
  const std::vector<RawInsn> writes = {{0x07, 10, 0, 0, 1},    {0xb7, 10, 0, 0, 1},    {0xd7, 10, 0, 0, 16},
                                       {0xbf, 10, 1, 1, 1},    {0x79, 10, 1, 0, 0},    {0xdb, 1, 10, 0, 0x01},
                                       {0xdb, 1, 10, 0, 0xe1}, {0xdb, 10, 1, 0, 0x100}};
  for (const RawInsn& write : writes)
    EXPECT_EQ(errors({write, exit_insn}), Texts{"0: r10 is read-only: it is the frame pointer"});
  EXPECT_EQ(errors({{0x18, 10, 0, 0, 1}, wide_second, exit_insn}),
            Texts{"0: r10 is read-only: it is the frame pointer"});
  const std::vector<RawInsn> reads = {{0x7b, 10, 10, -8, 0},
                                      {0x15, 10, 0, 0, 0},
                                      {0xdb, 10, 10, -8, 0x00},
                                      {0xdb, 10, 10, -8, 0xf1},
                                      {0xdb, 10, 10, -8, 0x110}};
  for (const RawInsn& read : reads) EXPECT_EQ(errors({read, exit_insn}), Texts{});
}

TEST(Validate, EveryErrorIsReportedOnceInOrder) {
  EXPECT_EQ(errors({jump(9), {0x8d, 0, 0, 0, 0}, {0x18, 1, 7, 0, 0}, wide_second, {0xff, 0, 0, 0, 0}, exit_insn}),
            (Texts{"0: jump to slot 10, outside the program (0 to 5)",
                   "1: opcode 0x8d is not assigned: there are no calls through a register",
                   "2: the source register field of a 64-bit immediate load must be 0 to 6 (what it loads), not 7",
                   "4: opcode 0xff is not assigned"}));
}

}  // namespace
}  // namespace skep
