#include "skep/vm/test_program.hpp"

namespace skep {
namespace {

TEST(Lower, RefusesWhatIsNotWellFormedAndSaysWhere) {
  const auto code = lower(program({move(Reg::r0, 0), go(5), Exit{}}), {});
  ASSERT_FALSE(code.has_value());
  EXPECT_EQ(code.error().slot, 1U);
  EXPECT_NE(code.error().what.find("7"), std::string::npos) << code.error().what;
}

TEST(Lower, RefusesAnEmptyProgram) { EXPECT_FALSE(lower({}, {}).has_value()); }

TEST(Lower, RefusesImmediatesThatNobodyResolved) {
  for (const ImmKind kind :
       {ImmKind::map_fd, ImmKind::map_value, ImmKind::variable, ImmKind::map_index, ImmKind::map_index_value}) {
    const auto code = lower(program({LoadImm64{Reg::r1, kind, 0, 0}, move(Reg::r0, 0), Exit{}}), {});
    ASSERT_FALSE(code.has_value()) << static_cast<int>(kind);
    EXPECT_EQ(code.error().slot, 0U);
  }
}

TEST(Lower, RefusesWritesOfTheFramePointer) {
  const auto code = lower(program({move(Reg::r10, 0), Exit{}}), {});
  ASSERT_FALSE(code.has_value());
  EXPECT_NE(code.error().what.find("r10"), std::string::npos);
}

TEST(Lower, CountsSlotsAndOperationsApart) {
  const auto code = code_of({load_imm64(Reg::r0, 7), load_imm64(Reg::r1, 8), Exit{}});
  ASSERT_TRUE(code);
  EXPECT_EQ(code->source.size(), 5U);
  EXPECT_EQ(code->slot_to_operation, (std::vector<std::uint32_t>{0, ~0U, 1, ~0U, 2}));
}

TEST(Lower, FunctionAddressesCountSlots) {
  Machine machine;
  const auto code = code_of({function_address(Reg::r0, 2), Exit{}, move(Reg::r0, 1), Exit{}});
  ASSERT_TRUE(code);
  EXPECT_EQ(machine.run(*code, Engine::checked, {}).value, function_handle_base + 8 * 3);
}

}  // namespace
}  // namespace skep
