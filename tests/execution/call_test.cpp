// Calls: functions of the program with frames of their own, helpers, callbacks, tail calls.
#include "support/execution.hpp"

namespace skep::test {
namespace {

TEST(Call, FunctionsReturnInR0) {
  EXPECT_RUN("call f; exit; f: r0 = 42; exit", 42);
  EXPECT_RUN("r1 = 40; r2 = 2; call f; exit; f: r0 = r1; r0 += r2; exit", 42);
  EXPECT_RUN("goto start; f: r0 = 42; exit; start: call f; exit", 42);
}

TEST(Call, CalleeSavedRegistersComeBack) {
  EXPECT_RUN(
      "r6 = 1; r7 = 2; r8 = 3; r9 = 4; call f; r0 += r6; r0 += r7; r0 += r8; r0 += r9; exit;"
      "f: r6 = 100; r7 = 100; r8 = 100; r9 = 100; r0 = 1000; exit",
      1010);
}

TEST(Call, EveryCallHasItsOwnStack) {
  EXPECT_RUN(
      "*(u64 *)(r10 - 8) = 1; call f; r1 = *(u64 *)(r10 - 8); r0 += r1; exit;"
      "f: *(u64 *)(r10 - 8) = 10; call g; r1 = *(u64 *)(r10 - 8); r0 += r1; exit;"
      "g: *(u64 *)(r10 - 8) = 100; r0 = *(u64 *)(r10 - 8); exit",
      111);
}

TEST(Call, RecursionIsBounded) {
  const char* const program =
      "r1 = %d; call f; exit; f: r0 = 0; if r1 == 0 goto done; r1 += -1; call f; r0 += 1; done: exit";
  const auto recursing = [&](const char* depth) { return std::string(program).replace(5, 2, depth); };
  EXPECT_RUN(recursing("6"), 6);
  EXPECT_FAULT(recursing("7"), FaultKind::call_depth);
  EXPECT_FAULT(recursing("1000000"), FaultKind::call_depth);
}

HelperTable counting_helpers() {
  HelperTable helpers;
  helpers.set(1, [](Machine&, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d, std::uint64_t e) {
    return (((a * 10 + b) * 10 + c) * 10 + d) * 10 + e;
  });
  helpers.set(2,
              [](Machine& machine, std::uint64_t times, std::uint64_t function, std::uint64_t ctx, std::uint64_t,
                 std::uint64_t) -> std::uint64_t {
                for (std::uint64_t i = 0; i < times; ++i) {
                  const auto answer = machine.call(function, i, ctx);
                  if (!answer) return 0;
                  if (*answer != 0) return i + 1;
                }
                return times;
              });
  return helpers;
}

TEST(Call, HelpersTakeFiveArguments) {
  EXPECT_RUN("r1 = 1; r2 = 2; r3 = 3; r4 = 4; r5 = 5; call 1; exit", 12'345, {.helpers = counting_helpers()});
  EXPECT_RUN("r6 = 6; r9 = 9; call 1; r0 = r6; r0 += r9; exit", 15, {.helpers = counting_helpers()});
}

TEST(Call, AHelperThatIsNotThereIsAFault) {
  EXPECT_FAULT("call 77; exit", FaultKind::bad_helper, Slot{0}, {.helpers = counting_helpers()});
}

/// As `bpf_loop(times, callback, &sum)`; the callback adds its index to the sum and says stop at 50.
std::vector<Instruction> loop(std::int32_t times) {
  return {Store{Size::dw, Reg::r10, -8, from_imm(0)},
          Alu{AluOp::mov, Width::w64, Reg::r1, from_imm(times)},
          LoadImm64{Reg::r2, ImmKind::function, 6, 0},
          Alu{AluOp::mov, Width::w64, Reg::r3, from_reg(Reg::r10)},
          Alu{AluOp::add, Width::w64, Reg::r3, from_imm(-8)},
          Call{CallKind::helper, 2, 0},
          Load{Size::dw, false, Reg::r0, Reg::r10, -8},
          Exit{},
          Load{Size::dw, false, Reg::r3, Reg::r2, 0},
          Alu{AluOp::add, Width::w64, Reg::r3, from_reg(Reg::r1)},
          Store{Size::dw, Reg::r2, 0, from_reg(Reg::r3)},
          Alu{AluOp::mov, Width::w64, Reg::r0, from_imm(0)},
          Jump{JumpOp::lt, Width::w64, Reg::r1, from_imm(50), 1},
          Alu{AluOp::mov, Width::w64, Reg::r0, from_imm(1)},
          Exit{}};
}

TEST(Call, CallbacksSeeTheFrameOfTheirCaller) {
  EXPECT_RUN(loop(10), 45, {.helpers = counting_helpers()});
  EXPECT_RUN(loop(1000), 50 * 51 / 2, {.helpers = counting_helpers()});
}

TEST(Call, CallbacksUseUpFuel) {
  const std::vector<Instruction> forever = {Alu{AluOp::mov, Width::w64, Reg::r1, from_imm(-1)},
                                            LoadImm64{Reg::r2, ImmKind::function, 3, 0},
                                            Call{CallKind::helper, 2, 0},
                                            Exit{},
                                            Alu{AluOp::mov, Width::w64, Reg::r0, from_imm(0)},
                                            Exit{}};
  EXPECT_FAULT(forever, FaultKind::out_of_fuel, std::nullopt, {.helpers = counting_helpers(), .fuel = 100'000});
}

TEST(Call, TailCallsReplaceTheProgram) {
  const Program target("r0 = *(u64 *)(r10 - 8); r0 = r1; r0 += 2; exit");
  ASSERT_EQ(target.problem(), "");
  auto code = lower(target.slots(), {});
  ASSERT_TRUE(code.has_value());
  HelperTable helpers;
  helpers.set(
      12,
      [](Machine& machine, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t) -> std::uint64_t {
        return machine.tail_call(*static_cast<const Code*>(machine.environment())) ? 0 : static_cast<std::uint64_t>(-1);
      });
  EXPECT_RUN("r1 = 40; call 12; r0 = 0; exit", 42, {.helpers = helpers, .environment = const_cast<Code*>(code->get())});
}

TEST(Call, KernelFunctionsAndArenaCastsNeedAKernel) {
  EXPECT_FAULT((Program{Call{CallKind::kfunc, 5, 0}, Exit{}}), FaultKind::not_executable, Slot{0});
  EXPECT_FAULT((Program{AddressSpaceCast{Reg::r1, Reg::r1, 1, 0}, Exit{}}), FaultKind::not_executable, Slot{0});
}

class Packet final : public ContextAccess {
 public:
  bool load(std::uint32_t, std::uint32_t, std::uint64_t&) override { return false; }
  bool store(std::uint32_t, std::uint32_t, std::uint64_t) override { return false; }
  ByteView packet_bytes() override { return bytes; }
  ByteVector bytes = {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};
};

/// r6 = context; r7 = index; r0 = 99; then the load, then r0 += 1.
Program packet_program(const PacketLoad& load, std::int32_t index) {
  return {
      Alu{AluOp::mov, Width::w64, Reg::r6, from_reg(Reg::r1)}, Alu{AluOp::mov, Width::w64, Reg::r7, from_imm(index)},
      Alu{AluOp::mov, Width::w64, Reg::r0, from_imm(99)},      load,
      Alu{AluOp::add, Width::w64, Reg::r0, from_imm(1)},       Exit{}};
}

// Linux, Documentation/bpf/standardization: legacy BPF packet access.
TEST(PacketLoads, AreBigEndian) {
  Packet packet;
  const RunOptions options{.context = &packet};
  EXPECT_RUN(packet_program({Size::b, false, Reg::r0, 2}, 0), 0x13 + 1, options);
  EXPECT_RUN(packet_program({Size::h, false, Reg::r0, 2}, 0), 0x1314 + 1, options);
  EXPECT_RUN(packet_program({Size::w, false, Reg::r0, 2}, 0), 0x13141516 + 1, options);
  EXPECT_RUN(packet_program({Size::h, true, Reg::r7, 2}, 3), 0x1617 + 1, options);
  EXPECT_RUN(packet_program({Size::b, true, Reg::r7, 8}, -1), 0x18 + 1, options);
}

TEST(PacketLoads, PastTheEndTheProgramEndsWithZero) {
  Packet packet;
  const RunOptions options{.context = &packet};
  EXPECT_RUN(packet_program({Size::b, false, Reg::r0, 8}, 0), 0, options);
  EXPECT_RUN(packet_program({Size::w, false, Reg::r0, 5}, 0), 0, options);
  EXPECT_RUN(packet_program({Size::b, true, Reg::r7, 4}, 4), 0, options);
  EXPECT_RUN(packet_program({Size::b, true, Reg::r7, 0}, -1), 0, options);
}

TEST(PacketLoads, NeedAPacket) {
  EXPECT_FAULT(packet_program({Size::b, false, Reg::r0, 0}, 0), FaultKind::bad_context, Slot{3});
}

}  // namespace
}  // namespace skep::test
