// Accesses that are no memory: context fields, packet loads, addresses that stand for things, and what needs a kernel.
#include "skep/vm/test_program.hpp"

namespace skep {
namespace {

class ContextOnEveryEngine : public EveryEngine {};
INSTANTIATE_TEST_SUITE_P(Context, ContextOnEveryEngine, testing::ValuesIn(both_engines),
                         [](const auto& engine) { return std::string(name_of(engine.param)); });

class TwoFields final : public ContextAccess {
 public:
  bool load(std::uint32_t offset, std::uint32_t bytes, std::uint64_t& value) override {
    value = 0xfedcba9876543210;
    return offset == 4 && bytes == 4 ? (value = 0x87654321, true) : offset == 8 && bytes == 8;
  }
  bool store(std::uint32_t offset, std::uint32_t bytes, std::uint64_t value) override {
    stored = value;
    return offset == 4 && bytes == 4;
  }
  ByteView packet_bytes() override { return packet; }
  ByteView bytes_from_network_header() override { return ByteView(packet).subspan(2); }
  ByteView bytes_from_link_header() override { return ByteView(packet).subspan(1); }
  std::uint64_t stored = 0;
  ByteVector packet = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
};

TEST_P(ContextOnEveryEngine, ContextFieldsAreReadAndWrittenThroughItsAccess) {
  TwoFields context;
  const auto code = code_of({load(Size::w, Reg::r0, Reg::r1, 4), store(Size::w, Reg::r1, 4, from_imm(9)), Exit{}});
  const RunResult result = run(code, {.r1 = context_address, .context = &context});
  EXPECT_FALSE(result.fault.has_value());
  EXPECT_EQ(result.value, 0x87654321U);
  EXPECT_EQ(context.stored, 9U);
  const auto extended = code_of({Load{Size::w, true, Reg::r0, Reg::r1, 4}, Exit{}});
  EXPECT_EQ(run(extended, {.r1 = context_address, .context = &context}).value, 0xffffffff87654321U);
}

class Pointer final : public ContextAccess {
 public:
  bool load(std::uint32_t, std::uint32_t, std::uint64_t& value) override { return value = address_of(this), true; }
  bool store(std::uint32_t, std::uint32_t, std::uint64_t) override { return false; }
};

TEST_P(ContextOnEveryEngine, NarrowFieldsMayHoldPointers) {
  Pointer context;
  const auto code = code_of({load(Size::w, Reg::r0, Reg::r1, 0), Exit{}});
  EXPECT_EQ(run(code, {.r1 = context_address, .context = &context}).value, address_of(&context));
}

TEST_P(ContextOnEveryEngine, ContextFieldsThatDoNotExistFault) {
  TwoFields context;
  for (const Instruction& insn :
       {Instruction{load(Size::h, Reg::r0, Reg::r1, 4)}, Instruction{load(Size::w, Reg::r0, Reg::r1, 0)},
        Instruction{store(Size::dw, Reg::r1, 8, from_imm(1))},
        Instruction{Atomic{AtomicOp::add, Size::dw, Reg::r1, 8, Reg::r2}}}) {
    const RunResult result = run(code_of({insn, Exit{}}), {.r1 = context_address, .context = &context});
    ASSERT_TRUE(result.fault.has_value());
    EXPECT_EQ(result.fault->kind, FaultKind::bad_context);
  }
}

TEST_P(ContextOnEveryEngine, AddressesThatStandForThingsAreNoMemory) {
  for (const std::uint64_t address :
       {map_handle_base, function_handle_base, kernel_object_base, context_address, context_address - 1}) {
    const RunResult result = run(code_of({load(Size::dw, Reg::r0, Reg::r1), Exit{}}), {.r1 = address});
    ASSERT_TRUE(result.fault.has_value()) << address;
    EXPECT_EQ(result.fault->kind, FaultKind::out_of_bounds);
  }
}

TEST_P(ContextOnEveryEngine, PacketLoadsAreBigEndianAndEndTheProgramPastTheEnd) {
  TwoFields context;
  const RunInput input{.r1 = context_address, .context = &context};
  const auto absolute = [&](Size size, std::int32_t offset) {
    return run(code_of({move(Reg::r6, Reg::r1), move(Reg::r0, 77), PacketLoad{size, false, Reg::r0, offset},
                        add(Reg::r0, 1), Exit{}}),
               input)
        .value;
  };
  EXPECT_EQ(absolute(Size::b, 1), 0x03U);
  EXPECT_EQ(absolute(Size::h, 1), 0x0204U);
  EXPECT_EQ(absolute(Size::w, 4), 0x05060709U);
  EXPECT_EQ(absolute(Size::w, 5), 0U);
  EXPECT_EQ(absolute(Size::b, 8), 0U);
  EXPECT_EQ(absolute(Size::b, -1), 0U);
  constexpr std::int32_t network_header = -0x100000, link_header = -0x200000;  // SKF_NET_OFF, SKF_LL_OFF
  EXPECT_EQ(absolute(Size::h, network_header), 0x0305U);
  EXPECT_EQ(absolute(Size::b, network_header + 5), 0x09U);
  EXPECT_EQ(absolute(Size::b, network_header + 6), 0U);
  EXPECT_EQ(absolute(Size::b, link_header), 0x03U);
  EXPECT_EQ(absolute(Size::b, link_header + 7), 0U);
  EXPECT_EQ(absolute(Size::b, link_header - 1), 0U);
  const auto indirect = [&](std::int32_t index, std::int32_t offset) {
    return run(code_of(
                   {move(Reg::r6, Reg::r1), move(Reg::r2, index), PacketLoad{Size::h, true, Reg::r2, offset}, Exit{}}),
               input)
        .value;
  };
  EXPECT_EQ(indirect(2, 1), 0x0405U);
  EXPECT_EQ(indirect(7, -1), 0x0708U);
  EXPECT_EQ(indirect(6, 1), 0U);
  EXPECT_EQ(indirect(0x7fffffff, 0x7fffffff), 0U);
}

TEST_P(ContextOnEveryEngine, APacketLoadWithoutAPacketFaults) {
  const RunResult result = run(code_of({PacketLoad{Size::b, false, Reg::r0, 0}, Exit{}}));
  ASSERT_TRUE(result.fault.has_value());
  EXPECT_EQ(result.fault->kind, FaultKind::bad_context);
}

TEST_P(ContextOnEveryEngine, WhatNeedsAKernelIsNotExecutable) {
  for (const Instruction& insn :
       {Instruction{AddressSpaceCast{Reg::r1, Reg::r1, 0, 1}}, Instruction{Call{CallKind::kfunc, 1234, 0}}}) {
    const RunResult result = run(code_of({move(Reg::r0, 0), insn, Exit{}}));
    ASSERT_TRUE(result.fault.has_value());
    EXPECT_EQ(result.fault->kind, FaultKind::not_executable);
    EXPECT_EQ(result.fault->slot, Slot{1});
  }
}

}  // namespace
}  // namespace skep
