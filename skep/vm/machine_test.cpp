// What a Machine owes programs and helpers besides the instructions' meaning: fuel, frames, callbacks, tail calls,
// regions, faults that explain.
#include <thread>

#include "skep/vm/test_program.hpp"

namespace skep {
namespace {

INSTANTIATE_TEST_SUITE_P(Machine, EveryEngine, testing::ValuesIn(both_engines),
                         [](const auto& engine) { return std::string(name_of(engine.param)); });

// ---- fuel ----

TEST_P(EveryEngine, CountsInstructionsExactly) {
  // r0 = 5; r1 = 0; do { r1 += 2 (skipped when r0 == 3); r0 -= 1 } while (r0 != 0)
  const auto code =
      code_of({move(Reg::r0, 5), load_imm64(Reg::r1, 0), jump_if(JumpOp::eq, Reg::r0, 3, 1), add(Reg::r1, 2),
               add(Reg::r0, -1), jump_if(JumpOp::ne, Reg::r0, 0, -4), move(Reg::r0, Reg::r1), Exit{}});
  const RunResult result = run(code);
  EXPECT_EQ(result.value, 8U);
  EXPECT_EQ(result.instructions, 2U + 5 * 4 - 1 + 2);
}

TEST_P(EveryEngine, CountsCalledFunctions) {
  const auto code = code_of({call_function(2), add(Reg::r0, 1), Exit{}, move(Reg::r0, 6), Exit{}});
  const RunResult result = run(code);
  EXPECT_EQ(result.value, 7U);
  EXPECT_EQ(result.instructions, 5U);
}

TEST_P(EveryEngine, StopsAnEndlessLoop) {
  const RunResult result = run(code_of({move(Reg::r0, 1), go(-1), Exit{}}), {.fuel = 1000});
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::out_of_fuel);
  EXPECT_EQ(result.fault->slot, Slot{1});
  EXPECT_EQ(result.instructions, 1000U);
}

TEST_P(EveryEngine, StopsEndlessRecursionOfCallbacks) {
  HelperTable helpers;
  helpers.set(1, [](Machine& machine, std::uint64_t function, auto, auto, auto, auto) -> std::uint64_t {
    for (;;) {
      if (!machine.call(function, 0)) return 0;
    }
  });
  const auto code =
      code_of({function_address(Reg::r1, 3), call_helper(1), Exit{}, move(Reg::r0, 0), Exit{}}, {.helpers = helpers});
  const RunResult result = run(code, {.fuel = 10'000});
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::out_of_fuel);
  EXPECT_NEAR(static_cast<double>(result.instructions), 10'000, 5);
}

TEST_P(EveryEngine, FuelBeyondAnyNumberIsFine) {
  EXPECT_FALSE(run(code_of({move(Reg::r0, 1), Exit{}}), {.fuel = ~std::uint64_t{0}}).fault.has_value());
}

TEST_P(EveryEngine, NoFuelRunsNothing) {
  const RunResult result = run(code_of({move(Reg::r0, 1), Exit{}}), {.fuel = 0});
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::out_of_fuel);
}

TEST_P(EveryEngine, MayGotoEndsAfterEightMillionIterations) {
  const auto code = code_of({move(Reg::r0, 0), MayGoto{2}, add(Reg::r0, 1), go(-3), Exit{}});
  EXPECT_EQ(run(code).value, 8U * 1024 * 1024);
}

TEST_P(EveryEngine, ABackwardMayGotoIsNoWayRoundFuel) {
  const auto code = code_of({move(Reg::r0, 0), MayGoto{-1}, go(-2), Exit{}});
  const RunResult result = run(code, {.fuel = 20'000'000});
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::out_of_fuel);
}

TEST_P(EveryEngine, InterruptEndsTheRunFromAnotherThread) {
  const auto code = code_of({go(-1), Exit{}});
  std::thread other([this] { machine_.interrupt(); });
  const RunResult result = run(code, {.fuel = ~std::uint64_t{0}});
  other.join();
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::interrupted);
  EXPECT_FALSE(run(code_of({move(Reg::r0, 1), Exit{}})).fault.has_value()) << "an interrupt is used up";
}

// ---- frames ----

TEST_P(EveryEngine, CalleesHaveTheirOwnFrameAndGiveBackR6ToR9) {
  const auto code = code_of({
      move(Reg::r6, 6),
      move(Reg::r7, 7),
      move(Reg::r8, 8),
      move(Reg::r9, 9),
      store(Size::dw, Reg::r10, -8, from_imm(100)),
      call_function(8),
      load(Size::dw, Reg::r1, Reg::r10, -8),
      add(Reg::r0, Reg::r1),
      add(Reg::r0, Reg::r6),
      add(Reg::r0, Reg::r7),
      add(Reg::r0, Reg::r8),
      add(Reg::r0, Reg::r9),
      Exit{},
      Exit{},
      move(Reg::r6, 0),
      move(Reg::r7, 0),
      move(Reg::r8, 0),
      move(Reg::r9, 0),
      store(Size::dw, Reg::r10, -8, from_imm(5000)),
      load(Size::dw, Reg::r0, Reg::r10, -8),
      Exit{},
  });
  EXPECT_EQ(run(code).value, 5000U + 100 + 6 + 7 + 8 + 9);
}

TEST_P(EveryEngine, CalleesMayUseTheirCallersFrame) {
  const auto code = code_of({
      store(Size::dw, Reg::r10, -8, from_imm(1)),
      move(Reg::r1, Reg::r10),
      add(Reg::r1, -8),
      call_function(2),
      load(Size::dw, Reg::r0, Reg::r10, -8),
      Exit{},
      store(Size::dw, Reg::r1, 0, from_imm(77)),
      Exit{},
  });
  EXPECT_EQ(run(code).value, 77U);
}

/// f(n): n == 0 ? 0 : 1 + f(n - 1)
std::shared_ptr<const Code> recursion(std::int32_t depth) {
  return code_of({move(Reg::r1, depth), call_function(1), Exit{}, move(Reg::r0, 0), jump_if(JumpOp::eq, Reg::r1, 0, 3),
                  add(Reg::r1, -1), call_function(-4), add(Reg::r0, 1), Exit{}});
}

TEST_P(EveryEngine, EightFramesAreAllThereAre) {
  EXPECT_EQ(run(recursion(6)).value, 6U) << "main and f(6) to f(0) are eight";
  const RunResult result = run(recursion(7));
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::call_depth);
  EXPECT_EQ(result.fault->slot, Slot{6});
}

// ---- helpers ----

TEST_P(EveryEngine, HelpersGetFiveArgumentsAndTheEnvironment) {
  HelperTable helpers;
  helpers.set(
      9, [](Machine& machine, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d, std::uint64_t e) {
        return a + 10 * b + 100 * c + 1000 * d + 10'000 * e + *static_cast<std::uint64_t*>(machine.environment());
      });
  const auto code = code_of({move(Reg::r1, 1), move(Reg::r2, 2), move(Reg::r3, 3), move(Reg::r4, 4), move(Reg::r5, 5),
                             call_helper(9), Exit{}},
                            {.helpers = helpers});
  std::uint64_t environment = 900'000;
  EXPECT_EQ(run(code, {.environment = &environment}).value, 954'321U);
}

TEST_P(EveryEngine, AMissingHelperFaultsWhenCalledAndNotBefore) {
  const auto code = code_of({jump_if(JumpOp::eq, Reg::r1, 0, 1), call_helper(54321), move(Reg::r0, 3), Exit{}});
  EXPECT_EQ(run(code).value, 3U);
  const RunResult result = run(code, {.r1 = 1});
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::bad_helper);
  EXPECT_EQ(result.fault->slot, Slot{1});
  EXPECT_NE(result.fault->what.find("54321"), std::string::npos);
}

TEST_P(EveryEngine, AHelpersFaultEndsTheRunWithItsRegisters) {
  HelperTable helpers;
  helpers.set(1, [](Machine& machine, auto, auto, auto, auto, auto) -> std::uint64_t {
    machine.fault(FaultKind::bad_argument, "first");
    machine.fault(FaultKind::bad_helper, "second");
    return 1;
  });
  const RunResult result =
      run(code_of({move(Reg::r6, 66), call_helper(1), move(Reg::r6, 0), Exit{}}, {.helpers = helpers}));
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::bad_argument);
  EXPECT_EQ(result.fault->what, "first");
  EXPECT_EQ(result.fault->slot, Slot{1});
  EXPECT_EQ(result.fault->registers[6], 66U);
}

TEST_P(EveryEngine, ExitWithEndsTheRunEvenFromACallback) {
  HelperTable helpers;
  helpers.set(1, [](Machine& machine, std::uint64_t function, auto, auto, auto, auto) -> std::uint64_t {
    return machine.call(function, 0).value_or(1);
  });
  helpers.set(2, [](Machine& machine, auto, auto, auto, auto, auto) -> std::uint64_t {
    machine.exit_with(4711);
    return 0;
  });
  const auto code =
      code_of({function_address(Reg::r1, 3), call_helper(1), Exit{}, call_helper(2), Exit{}}, {.helpers = helpers});
  const RunResult result = run(code);
  EXPECT_FALSE(result.fault.has_value());
  EXPECT_EQ(result.value, 4711U);
}

TEST_P(EveryEngine, CallbacksGetArgumentsAndTheFramesOfTheirCallers) {
  HelperTable helpers;
  helpers.set(1, [](Machine& machine, std::uint64_t function, std::uint64_t ctx, auto, auto, auto) -> std::uint64_t {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < 10; ++i) {
      const auto value = machine.call(function, i, ctx);
      if (!value) return 0;
      sum += *value;
    }
    return sum;
  });
  const auto code = code_of(
      {
          store(Size::dw, Reg::r10, -8, from_imm(0)),
          move(Reg::r2, Reg::r10),
          add(Reg::r2, -8),
          function_address(Reg::r1, 6),
          move(Reg::r9, 1),
          call_helper(1),
          load(Size::dw, Reg::r1, Reg::r10, -8),
          add(Reg::r0, Reg::r1),
          Exit{},
          // callback(i, ctx): *ctx += 100; r9 = 0; return i
          load(Size::dw, Reg::r0, Reg::r2),
          add(Reg::r0, 100),
          store(Size::dw, Reg::r2, 0, from_reg(Reg::r0)),
          move(Reg::r9, 0),
          move(Reg::r0, Reg::r1),
          Exit{},
      },
      {.helpers = helpers});
  EXPECT_EQ(run(code).value, 45U + 1000);
}

TEST_P(EveryEngine, OnlyFunctionsCanBeCalledBack) {
  HelperTable helpers;
  helpers.set(1, [](Machine& machine, std::uint64_t function, auto, auto, auto, auto) -> std::uint64_t {
    return machine.call(function, 0).value_or(1);
  });
  for (const std::uint64_t function :
       {std::uint64_t{0}, function_handle_base + 1, function_handle_base + 8, function_handle_base + 8000}) {
    const RunResult result =
        run(code_of({load_imm64(Reg::r1, function), call_helper(1), Exit{}}, {.helpers = helpers}));
    ASSERT_TRUE(result.fault.has_value()) << function;
    EXPECT_EQ(result.fault->kind, FaultKind::bad_argument);
  }
}

// ---- tail calls ----

TEST_P(EveryEngine, ATailCallReplacesTheProgramAndKeepsR1) {
  TailCalls tail;
  tail.programs.push_back(code_of({move(Reg::r0, Reg::r1), add(Reg::r0, 1), Exit{}}));
  const auto code = code_of({move(Reg::r2, 0), call_helper(12), move(Reg::r0, 0), Exit{}}, {.helpers = tail.helpers});
  EXPECT_EQ(run(code, {.r1 = 41, .environment = &tail}).value, 42U);
}

TEST_P(EveryEngine, ATailCallInAFunctionReturnsToItsCaller) {
  TailCalls tail;
  tail.programs.push_back(code_of({move(Reg::r0, 40), move(Reg::r6, 0), Exit{}}));
  const auto code = code_of(
      {move(Reg::r6, 2), call_function(2), add(Reg::r0, Reg::r6), Exit{}, move(Reg::r2, 0), call_helper(12), Exit{}},
      {.helpers = tail.helpers});
  const RunResult result = run(code, {.environment = &tail});
  EXPECT_EQ(result.value, 42U);
  EXPECT_EQ(result.instructions, 2U + 2 + 3 + 2);
}

TEST_P(EveryEngine, AfterATailCallInAFunctionTheCallersProgramIsTheCurrentOneAgain) {
  TailCalls tail;
  tail.programs.push_back(code_of({Exit{}}));
  tail.helpers.set(1, [](Machine& machine, auto, auto, auto, auto, auto) { return address_of(&machine.code()); });
  const auto code = code_of({call_function(2), call_helper(1), Exit{}, move(Reg::r2, 0), call_helper(12), Exit{}},
                            {.helpers = tail.helpers});
  EXPECT_EQ(run(code, {.environment = &tail}).value, address_of(code.get()));
}

TEST_P(EveryEngine, ATailCallInACallbackReturnsToTheHelper) {
  TailCalls tail;
  tail.programs.push_back(code_of({move(Reg::r0, 40), Exit{}}));
  tail.helpers.set(1, [](Machine& machine, std::uint64_t function, auto, auto, auto, auto) -> std::uint64_t {
    const Code* const before = &machine.code();
    const auto value = machine.call(function, 0);
    return value.value_or(0) + (&machine.code() == before ? 2 : 0);
  });
  const auto code =
      code_of({function_address(Reg::r1, 3), call_helper(1), Exit{}, move(Reg::r2, 0), call_helper(12), Exit{}},
              {.helpers = tail.helpers});
  EXPECT_EQ(run(code, {.environment = &tail}).value, 42U);
}

TEST_P(EveryEngine, ThirtyThreeTailCallsAreAllowed) {
  TailCalls tail;
  tail.programs.push_back(code_of({add(Reg::r1, 1), move(Reg::r2, 0), call_helper(12), move(Reg::r0, Reg::r1), Exit{}},
                                  {.helpers = tail.helpers}));
  const RunResult result = run(tail.programs[0], {.environment = &tail});
  EXPECT_FALSE(result.fault.has_value());
  EXPECT_EQ(result.value, 34U) << "the first run and 33 more";
}

TEST_P(EveryEngine, AFaultNamesTheProgramItHappenedIn) {
  TailCalls tail;
  tail.programs.push_back(code_of({move(Reg::r0, 40), call_helper(99), Exit{}}));
  const auto code = code_of({move(Reg::r2, 0), call_helper(12), Exit{}}, {.helpers = tail.helpers});
  const RunResult result = run(code, {.environment = &tail});
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->code, tail.programs[0].get());
  EXPECT_EQ(result.fault->slot, Slot{1});
}

}  // namespace
}  // namespace skep
