// What only the checked engine sees: every access against the memory that is the program's at that moment.
#include "skep/vm/test_program.hpp"

namespace skep {
namespace {

struct Checked : testing::Test {
  RunResult run(const std::shared_ptr<const Code>& code, const RunInput& input = {}) {
    return machine_.run(*code, Engine::checked, input);
  }
  Machine machine_;
};

/// A load of 8 bytes at r1 + offset.
std::shared_ptr<const Code> load_at(std::int16_t offset, LowerOptions options = {}) {
  return code_of({load(Size::dw, Reg::r0, Reg::r1, offset), Exit{}}, std::move(options));
}

TEST_F(Checked, FaultsSayHowFarFromWhat) {
  alignas(8) std::array<std::uint8_t, 64> bytes{};
  const Region region{.begin = address_of(&bytes), .size = 16, .name = "value of map counts"};
  const RunInput input{.r1 = region.begin, .regions = {&region, 1}};
  EXPECT_FALSE(run(load_at(8), input).fault.has_value());
  struct Case {
    std::int16_t offset;
    const char* nearest;
  };
  for (const auto& [offset, nearest] :
       {Case{12, "4 bytes over the end of value of map counts"}, Case{16, "right past the end of value of map counts"},
        Case{20, "4 bytes past the end of value of map counts"}, Case{-16, "16 bytes before value of map counts"},
        Case{-1, "reaching into value of map counts from 1 byte before it"}}) {
    const RunResult result = run(load_at(offset), input);
    ASSERT_TRUE(result.fault.has_value()) << offset;
    EXPECT_EQ(result.fault->kind, FaultKind::out_of_bounds);
    EXPECT_EQ(result.fault->nearest, nearest);
    EXPECT_EQ(result.fault->address, region.begin + static_cast<std::uint64_t>(std::int64_t{offset}));
    EXPECT_EQ(result.fault->bytes, 8U);
    EXPECT_EQ(result.fault->registers[1], region.begin);
  }
}

TEST_F(Checked, ADiagnosticShowsSentenceSlotAndRegisters) {
  const RunResult result = run(code_of({move(Reg::r1, 0), load(Size::dw, Reg::r0, Reg::r1, 8), Exit{}}));
  ASSERT_TRUE(result.fault.has_value());
  const Diagnostic diagnostic = as_diagnostic(*result.fault);
  EXPECT_EQ(diagnostic.what, "load of 8 bytes at 0x8: a null pointer");
  EXPECT_EQ(diagnostic.slot, 1U);
  ASSERT_EQ(diagnostic.why.size(), 3U);
  EXPECT_EQ(diagnostic.why[0], "r0=0x0 r1=0x0 r2=0x0 r3=0x0");
  EXPECT_FALSE(diagnostic.help.empty());
}

TEST_F(Checked, ReadOnlyRegionsCannotBeWritten) {
  alignas(8) std::array<std::uint8_t, 16> bytes{};
  const Region region{.begin = address_of(&bytes), .size = 16, .access = Access::read, .name = "map .rodata"};
  const RunInput input{.r1 = region.begin, .regions = {&region, 1}};
  EXPECT_FALSE(run(load_at(0), input).fault.has_value());
  // After a load through the same register, too: what is remembered of the region knows that it is read-only.
  const auto both = code_of({load(Size::dw, Reg::r0, Reg::r1), store(Size::dw, Reg::r1, 0, from_imm(1)), Exit{}});
  const RunResult result = run(both, input);
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->nearest, "inside map .rodata, which is read-only");
  EXPECT_EQ(result.fault->slot, Slot{1});
}

TEST_F(Checked, AccessesMayNotCrossElements) {
  alignas(8) std::array<std::uint8_t, 64> bytes{};
  const Region region{.begin = address_of(&bytes), .size = 64, .stride = 32, .first = 8, .length = 16};
  const RunInput input{.r1 = region.begin, .regions = {&region, 1}};
  EXPECT_FALSE(run(load_at(8), input).fault.has_value());
  EXPECT_FALSE(run(load_at(16), input).fault.has_value());
  EXPECT_FALSE(run(load_at(48), input).fault.has_value());
  for (const std::int16_t offset : std::initializer_list<std::int16_t>{0, 7, 17, 24, 32, 49, 56, 64})
    EXPECT_TRUE(run(load_at(offset), input).fault.has_value()) << offset;
  const auto first_then_second =
      code_of({load(Size::dw, Reg::r0, Reg::r1, 8), load(Size::dw, Reg::r0, Reg::r1, 28), Exit{}});
  EXPECT_TRUE(run(first_then_second, input).fault.has_value());
  const auto first_then_over_its_end =
      code_of({load(Size::dw, Reg::r0, Reg::r1, 8), load(Size::dw, Reg::r0, Reg::r1, 17), Exit{}});
  EXPECT_TRUE(run(first_then_over_its_end, input).fault.has_value());
}

TEST_F(Checked, TheFrameIsAllOfTheStack) {
  const auto at = [](std::int16_t offset) { return code_of({load(Size::dw, Reg::r0, Reg::r10, offset), Exit{}}); };
  EXPECT_FALSE(run(at(-8)).fault.has_value());
  EXPECT_FALSE(run(at(-512)).fault.has_value());
  EXPECT_EQ(run(at(-7)).fault.value().nearest, "1 byte over the end of the stack frame");
  EXPECT_EQ(run(at(0)).fault.value().nearest, "right past the end of the stack frame");
  EXPECT_EQ(run(at(-513)).fault.value().nearest, "reaching into the stack frame from 1 byte before it");
}

TEST_F(Checked, AFunctionThatReturnedHasNoFrame) {
  const auto code = code_of(
      {call_function(2), load(Size::dw, Reg::r0, Reg::r0), Exit{}, move(Reg::r0, Reg::r10), add(Reg::r0, -8), Exit{}});
  EXPECT_TRUE(run(code).fault.has_value());
}

TEST_F(Checked, FramesStartZeroed) {
  const auto code =
      code_of({store(Size::dw, Reg::r10, -8, from_imm(-1)), call_function(5), move(Reg::r6, Reg::r0), call_function(3),
               add(Reg::r0, Reg::r6), Exit{}, Exit{}, load(Size::dw, Reg::r0, Reg::r10, -16),
               store(Size::dw, Reg::r10, -16, from_imm(5)), Exit{}});
  EXPECT_EQ(run(code).value, 0U);
  EXPECT_EQ(run(code).value, 0U) << "and so in the next run";
}

TEST_F(Checked, AtomicsMustBeAligned) {
  const auto code = code_of({Atomic{AtomicOp::add, Size::dw, Reg::r10, -12, Reg::r1}, Exit{}});
  const RunResult result = run(code);
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::out_of_bounds);
}

TEST_F(Checked, RegionsComeAndGoDuringARun) {
  struct World {
    alignas(8) std::array<std::uint8_t, 8> bytes{};
    std::uint32_t ticket = 0;
  } world;
  HelperTable helpers;
  helpers.set(1, [](Machine& machine, auto, auto, auto, auto, auto) {
    auto* w = static_cast<World*>(machine.environment());
    w->ticket = machine.add_region({.begin = address_of(&w->bytes), .size = 8, .kind = RegionKind::record});
    return address_of(&w->bytes);
  });
  helpers.set(2, [](Machine& machine, std::uint64_t record, auto, auto, auto, auto) -> std::uint64_t {
    std::uint32_t ticket = 0;
    const Region* region = machine.dynamic_region_at(record, &ticket);
    if (region == nullptr) return 1;
    machine.remove_region(ticket);
    return machine.dynamic_region_at(record, nullptr) == nullptr ? 0 : 2;
  });
  const auto code = code_of({call_helper(1), move(Reg::r6, Reg::r0), store(Size::dw, Reg::r6, 0, from_imm(5)),
                             move(Reg::r1, Reg::r6), call_helper(2), store(Size::dw, Reg::r6, 0, from_imm(6)), Exit{}},
                            {.helpers = helpers});
  const RunResult result = run(code, {.environment = &world});
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->slot, Slot{5}) << "a use after the release";
  EXPECT_EQ(world.bytes[0], 5);
  EXPECT_EQ(result.fault->registers[0], 0U);
  const RunResult next =
      run(code_of({store(Size::dw, Reg::r1, 0, from_imm(7)), Exit{}}), {.r1 = address_of(&world.bytes)});
  EXPECT_TRUE(next.fault.has_value()) << "regions end with the run";
}

TEST_F(Checked, AMovedPacketLeavesItsOldPlace) {
  alignas(8) std::array<std::uint8_t, 32> bytes{};
  HelperTable helpers;
  helpers.set(1, [](Machine& machine, std::uint64_t packet, auto, auto, auto, auto) -> std::uint64_t {
    machine.remove_regions_of_kind(RegionKind::packet);
    machine.add_region({.begin = packet + 16, .size = 16, .kind = RegionKind::packet});
    return 0;
  });
  const Region region{.begin = address_of(&bytes), .size = 16, .kind = RegionKind::packet};
  const auto after = [&](std::int16_t offset) {
    return code_of({move(Reg::r6, Reg::r1), load(Size::dw, Reg::r0, Reg::r6), call_helper(1),
                    load(Size::dw, Reg::r0, Reg::r6, offset), Exit{}},
                   {.helpers = helpers});
  };
  const RunInput input{.r1 = region.begin, .regions = {&region, 1}};
  EXPECT_TRUE(run(after(0), input).fault.has_value());
  EXPECT_FALSE(run(after(16), input).fault.has_value());
  EXPECT_FALSE(run(load_at(0), input).fault.has_value()) << "the next run starts with what it is given";
}

TEST_F(Checked, HelpersCanAskWhatTheProgramMayTouch) {
  alignas(8) std::array<std::uint8_t, 16> bytes{};
  HelperTable helpers;
  helpers.set(
      1,
      [](Machine& machine, std::uint64_t address, std::uint64_t size, std::uint64_t wanted, auto,
         auto) -> std::uint64_t { return machine.may_access(address, size, static_cast<Access>(wanted)) ? 1 : 0; });
  const Region region{.begin = address_of(&bytes), .size = 16, .access = Access::read};
  const auto asks = [&](std::int32_t offset, std::int32_t size, Access wanted) {
    const auto code = code_of({add(Reg::r1, offset), move(Reg::r2, size),
                               move(Reg::r3, static_cast<std::int32_t>(wanted)), call_helper(1), Exit{}},
                              {.helpers = helpers});
    return run(code, {.r1 = region.begin, .regions = {&region, 1}}).value;
  };
  EXPECT_EQ(asks(0, 16, Access::read), 1U);
  EXPECT_EQ(asks(0, 17, Access::read), 0U);
  EXPECT_EQ(asks(8, 8, Access::write), 0U);
  EXPECT_EQ(asks(8, 8, Access::read_write), 0U);
  EXPECT_EQ(asks(100, 0, Access::read), 1U);
  EXPECT_EQ(asks(-1, 2, Access::read), 0U);
}

TEST_F(Checked, ArgumentsAreCheckedAgainstTheHelpersRow) {
  HelperTable helpers;
  helpers.set(1, [](Machine&, auto, auto, auto, auto, auto) -> std::uint64_t { return 42; });
  helpers.check = [](Machine&, const HelperInfo& helper, const std::array<std::uint64_t, 5>& args,
                     std::string& problem) {
    problem = fmt::format("argument 2 of {} is {}", helper.name, args[1]);
    return args[1] == 5;
  };
  const auto with = [&](std::int32_t argument) {
    return code_of({move(Reg::r2, argument), call_helper(1), Exit{}}, {.helpers = helpers});
  };
  EXPECT_EQ(run(with(5)).value, 42U);
  const RunResult result = run(with(6));
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::bad_argument);
  EXPECT_EQ(result.fault->what, "bpf_map_lookup_elem: argument 2 of map_lookup_elem is 6");
  Machine machine;
  EXPECT_EQ(machine.run(*with(6), Engine::interpreter, {}).value, 42U) << "a verifier has proven it";
}

TEST_F(Checked, AHelperWithoutABodyIsNamed) {
  const RunResult result = run(code_of({call_helper(1), Exit{}}));
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::bad_helper);
  EXPECT_EQ(result.fault->what, "bpf_map_lookup_elem is not available here");
}

TEST_F(Checked, MapValuesBelongToTheProgramThatHasTheMap) {
  alignas(8) std::array<std::uint8_t, 8> bytes{};
  TailCalls tail;
  tail.programs.push_back(load_at(0));
  const Region region{.begin = address_of(&bytes), .size = 8, .kind = RegionKind::map_value};
  const auto code = code_of({load(Size::dw, Reg::r0, Reg::r1), move(Reg::r2, 0), call_helper(12), Exit{}},
                            {.helpers = tail.helpers, .regions = {region}});
  const RunResult result = run(code, {.r1 = region.begin, .environment = &tail});
  ASSERT_TRUE(result.fault.has_value()) << "the program that was tail-called does not have it";
  EXPECT_EQ(result.fault->code, tail.programs[0].get());
  EXPECT_FALSE(run(load_at(0, {.regions = {region}}), {.r1 = region.begin}).fault.has_value());
}

TEST_F(Checked, MapHandlesMeanTheCodesMaps) {
  HelperTable helpers;
  helpers.set(1, [](Machine& machine, std::uint64_t handle, auto, auto, auto, auto) {
    return address_of(machine.map(handle));
  });
  auto* const map = reinterpret_cast<KernelMap*>(0x1000);
  const auto means = [&](std::uint64_t handle) {
    return run(code_of({load_imm64(Reg::r1, handle), call_helper(1), Exit{}},
                       {.helpers = helpers, .maps = {nullptr, map}}))
        .value;
  };
  EXPECT_EQ(means(map_handle_base + 256), 0x1000U);
  EXPECT_EQ(means(map_handle_base + 257), 0U);
  EXPECT_EQ(means(map_handle_base + 512), 0U);
  EXPECT_EQ(means(0), 0U);
}

}  // namespace
}  // namespace skep
