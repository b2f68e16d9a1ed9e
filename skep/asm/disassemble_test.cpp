// The grammar at the top of disassemble.cpp, example by example. Its lines were read from the originals: the log of
// Linux 6.18's verifier, llvm-objdump 19 and 14, GNU as (disassemble_oracle_test.cpp asks them again); what only we can
// spell is our own.
#include "skep/asm/disassemble.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

std::string text(const RawInsn& first, Dialect dialect, bool hex = true, const RawInsn& second = {}) {
  const std::array<RawInsn, 2> code = {first, second};
  DisassembleOptions options;
  options.dialect = dialect;
  options.hex = hex;
  return disassemble(decode(code, Slot{0}).value().insn, Slot{0}, options);
}

struct Example {
  RawInsn raw;
  const char* kernel;
  const char* llvm;
  const char* llvm_decimal;
  const char* gnu;
  std::int32_t second = 0;
};

const Example examples[] = {
    {{0x0f, 1, 2, 0, 0}, "(0f) r1 += r2", "r1 += r2", "r1 += r2", "add %r1, %r2"},
    {{0x07, 1, 0, 0, -5}, "(07) r1 += -5", "r1 += -0x5", "r1 += -5", "add %r1, -5"},
    {{0x0c, 1, 2, 0, 0}, "(0c) w1 += w2", "w1 += w2", "w1 += w2", "add32 %r1, %r2"},
    {{0x37, 1, 0, 1, 3}, "(37) r1 s/= 3", "r1 s/= 0x3", "r1 s/= 3", "sdiv %r1, 3"},
    {{0x9c, 1, 2, 1, 0}, "(9c) w1 s%= w2", "w1 s%= w2", "w1 s%= w2", "smod32 %r1, %r2"},
    {{0xc7, 1, 0, 0, 63}, "(c7) r1 s>>= 63", "r1 s>>= 0x3f", "r1 s>>= 63", "arsh %r1, 63"},
    {{0x84, 1, 0, 0, 0}, "(84) w1 = -w1", "w1 = -w1", "w1 = -w1", "neg32 %r1"},
    {{0xb7, 1, 0, 0, INT32_MIN},
     "(b7) r1 = -2147483648",
     "r1 = -0x80000000",
     "r1 = -2147483648",
     "mov %r1, -2147483648"},
    {{0xbc, 1, 2, 0, 0}, "(bc) w1 = w2", "w1 = w2", "w1 = w2", "mov32 %r1, %r2"},
    {{0xbf, 1, 2, 8, 0}, "(bf) r1 = (s8)r2", "r1 = (s8)r2", "r1 = (s8)r2", "movs %r1, %r2, 8"},
    {{0xbc, 1, 2, 16, 0}, "(bc) w1 = (s16)w2", "w1 = (s16)w2", "w1 = (s16)w2", "movs32 %r1, %r2, 16"},
    {{0xdc, 1, 0, 0, 16}, "(dc) r1 = be16 r1", "r1 = be16 r1", "r1 = be16 r1", "endbe %r1, 16"},
    {{0xd4, 1, 0, 0, 32}, "(d4) r1 = le32 r1", "r1 = le32 r1", "r1 = le32 r1", "endle %r1, 32"},
    {{0xd7, 1, 0, 0, 64}, "(d7) r1 = bswap64 r1", "r1 = bswap64 r1", "r1 = bswap64 r1", "bswap %r1, 64"},
    {{0xbf, 1, 2, 1, 1},
     "(bf) r1 = addr_space_cast(r2, 0, 1)",
     "r1 = addr_space_cast(r2, 0x0, 0x1)",
     "r1 = addr_space_cast(r2, 0, 1)",
     "addr_space_cast %r1, %r2, 0, 1"},
    {{0x18, 1, 0, 0, 0x55667788},
     "(18) r1 = 0x1122334455667788",
     "r1 = 0x1122334455667788 ll",
     "r1 = 1234605616436508552 ll",
     "lddw %r1, 0x1122334455667788",
     0x11223344},
    {{0x18, 1, 0, 0, -1},
     "(18) r1 = 0xffffffffffffffff",
     "r1 = -0x1 ll",
     "r1 = -1 ll",
     "lddw %r1, 0xffffffffffffffff",
     -1},
    {{0x18, 1, 0, 0, 0},
     "(18) r1 = 0x8000000000000000",
     "r1 = -0x8000000000000000 ll",
     "r1 = -9223372036854775808 ll",
     "lddw %r1, 0x8000000000000000",
     INT32_MIN},
    {{0x18, 1, 1, 0, 4}, "(18) r1 = map[fd:4]", "r1 = map[fd:4] ll", "r1 = map[fd:4] ll", "lddw %r1, map[fd:4]"},
    {{0x18, 1, 2, 0, 4},
     "(18) r1 = map[fd:4][0]+8",
     "r1 = map[fd:4][0]+8 ll",
     "r1 = map[fd:4][0]+8 ll",
     "lddw %r1, map[fd:4][0]+8",
     8},
    {{0x18, 1, 2, 0, 4},
     "(18) r1 = map[fd:4][0]+-8",
     "r1 = map[fd:4][0]+-8 ll",
     "r1 = map[fd:4][0]+-8 ll",
     "lddw %r1, map[fd:4][0]+-8",
     -8},
    {{0x18, 1, 3, 0, 5}, "(18) r1 = var[id:5]", "r1 = var[id:5] ll", "r1 = var[id:5] ll", "lddw %r1, var[id:5]"},
    {{0x18, 1, 3, 0, 5},
     "(18) r1 = var[id:5]+7",
     "r1 = var[id:5]+7 ll",
     "r1 = var[id:5]+7 ll",
     "lddw %r1, var[id:5]+7",
     7},
    {{0x18, 1, 4, 0, -5},
     "(18) r1 = subprog[-5]",
     "r1 = subprog[-5] ll",
     "r1 = subprog[-5] ll",
     "lddw %r1, subprog[-5]"},
    {{0x18, 1, 4, 0, 5},
     "(18) r1 = subprog[+5]+7",
     "r1 = subprog[+5]+7 ll",
     "r1 = subprog[+5]+7 ll",
     "lddw %r1, subprog[+5]+7",
     7},
    {{0x18, 1, 5, 0, 4}, "(18) r1 = map[idx:4]", "r1 = map[idx:4] ll", "r1 = map[idx:4] ll", "lddw %r1, map[idx:4]"},
    {{0x18, 1, 6, 0, 4},
     "(18) r1 = map[idx:4]+0",
     "r1 = map[idx:4]+0 ll",
     "r1 = map[idx:4]+0 ll",
     "lddw %r1, map[idx:4]+0"},
    {{0x79, 1, 1, 104, 0},
     "(79) r1 = *(u64 *)(r1 +104)",
     "r1 = *(u64 *)(r1 + 0x68)",
     "r1 = *(u64 *)(r1 + 104)",
     "ldxdw %r1, [%r1+104]"},
    {{0x71, 1, 10, -4, 0},
     "(71) r1 = *(u8 *)(r10 -4)",
     "r1 = *(u8 *)(r10 - 0x4)",
     "r1 = *(u8 *)(r10 - 4)",
     "ldxb %r1, [%r10+-4]"},
    {{0x61, 1, 2, INT16_MIN, 0},
     "(61) r1 = *(u32 *)(r2 -32768)",
     "r1 = *(u32 *)(r2 - 0x8000)",
     "r1 = *(u32 *)(r2 - 32768)",
     "ldxw %r1, [%r2+-32768]"},
    {{0x91, 1, 2, 0, 0},
     "(91) r1 = *(s8 *)(r2 +0)",
     "r1 = *(s8 *)(r2 + 0x0)",
     "r1 = *(s8 *)(r2 + 0)",
     "ldxsb %r1, [%r2+0]"},
    {{0x63, 10, 1, -8, 0},
     "(63) *(u32 *)(r10 -8) = r1",
     "*(u32 *)(r10 - 0x8) = r1",
     "*(u32 *)(r10 - 8) = r1",
     "stxw [%r10+-8], %r1"},
    {{0x62, 10, 0, -8, -5},
     "(62) *(u32 *)(r10 -8) = -5",
     "*(u32 *)(r10 - 0x8) = -0x5",
     "*(u32 *)(r10 - 8) = -5",
     "stw [%r10+-8], -5"},
    {{0xdb, 1, 2, 0, 0},
     "(db) lock *(u64 *)(r1 +0) += r2",
     "lock *(u64 *)(r1 + 0x0) += r2",
     "lock *(u64 *)(r1 + 0) += r2",
     "aadd [%r1+0], %r2"},
    {{0xc3, 1, 2, 0, 0},
     "(c3) lock *(u32 *)(r1 +0) += r2",
     "lock *(u32 *)(r1 + 0x0) += r2",
     "lock *(u32 *)(r1 + 0) += r2",
     "aadd32 [%r1+0], %r2"},
    {{0xc3, 1, 2, 0, 0x40},
     "(c3) lock *(u32 *)(r1 +0) |= r2",
     "lock *(u32 *)(r1 + 0x0) |= w2",
     "lock *(u32 *)(r1 + 0) |= w2",
     "aor32 [%r1+0], %r2"},
    {{0xdb, 1, 2, 0, 0x41},
     "(db) r2 = atomic64_fetch_or((u64 *)(r1 +0), r2)",
     "r2 = atomic_fetch_or((u64 *)(r1 + 0x0), r2)",
     "r2 = atomic_fetch_or((u64 *)(r1 + 0), r2)",
     "afor [%r1+0], %r2"},
    {{0xc3, 1, 2, 0, 0x01},
     "(c3) r2 = atomic_fetch_add((u32 *)(r1 +0), r2)",
     "w2 = atomic_fetch_add((u32 *)(r1 + 0x0), w2)",
     "w2 = atomic_fetch_add((u32 *)(r1 + 0), w2)",
     "afadd32 [%r1+0], %r2"},
    {{0xdb, 1, 2, 0, 0xe1},
     "(db) r2 = atomic64_xchg((u64 *)(r1 +0), r2)",
     "r2 = xchg_64(r1 + 0x0, r2)",
     "r2 = xchg_64(r1 + 0, r2)",
     "axchg [%r1+0], %r2"},
    {{0xc3, 1, 2, -4, 0xe1},
     "(c3) r2 = atomic_xchg((u32 *)(r1 -4), r2)",
     "w2 = xchg32_32(r1 - 0x4, w2)",
     "w2 = xchg32_32(r1 - 4, w2)",
     "axchg32 [%r1+-4], %r2"},
    {{0xdb, 1, 2, 0, 0xf1},
     "(db) r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)",
     "r0 = cmpxchg_64(r1 + 0x0, r0, r2)",
     "r0 = cmpxchg_64(r1 + 0, r0, r2)",
     "acmp [%r1+0], %r2"},
    {{0xc3, 1, 2, 0, 0xf1},
     "(c3) r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)",
     "w0 = cmpxchg32_32(r1 + 0x0, w0, w2)",
     "w0 = cmpxchg32_32(r1 + 0, w0, w2)",
     "acmp32 [%r1+0], %r2"},
    {{0xdb, 1, 2, 4, 0x100},
     "(db) r1 = load_acquire((u64 *)(r2 +4))",
     "r1 = load_acquire((u64 *)(r2 + 0x4))",
     "r1 = load_acquire((u64 *)(r2 + 4))",
     "load_acquiredw %r1, [%r2+4]"},
    {{0xd3, 2, 1, 4, 0x110},
     "(d3) store_release((u8 *)(r2 +4), r1)",
     "store_release((u8 *)(r2 + 0x4), w1)",
     "store_release((u8 *)(r2 + 4), w1)",
     "store_releaseb [%r2+4], %r1"},
    {{0x30, 0, 0, 0, -4}, "(30) r0 = *(u8 *)skb[-4]", "r0 = *(u8 *)skb[-0x4]", "r0 = *(u8 *)skb[-4]", "ldabsb -4"},
    {{0x48, 0, 3, 0, 0},
     "(48) r0 = *(u16 *)skb[r3 + 0]",
     "r0 = *(u16 *)skb[r3]",
     "r0 = *(u16 *)skb[r3]",
     "ldindh %r3, 0"},
    {{0x40, 0, 3, 0, -4},
     "(40) r0 = *(u32 *)skb[r3 + -4]",
     "r0 = *(u32 *)skb[r3 + -0x4]",
     "r0 = *(u32 *)skb[r3 + -4]",
     "ldindw %r3, -4"},
    {{0x15, 1, 0, 4, 5},
     "(15) if r1 == 0x5 goto pc+4",
     "if r1 == 0x5 goto +0x4",
     "if r1 == 5 goto +4",
     "jeq %r1, 5, +4"},
    {{0x55, 1, 0, -4, -5},
     "(55) if r1 != 0xfffffffb goto pc-4",
     "if r1 != -0x5 goto -0x4",
     "if r1 != -5 goto -4",
     "jne %r1, -5, -4"},
    {{0x6e, 1, 2, 0, 0},
     "(6e) if w1 s> w2 goto pc+0",
     "if w1 s> w2 goto +0x0",
     "if w1 s> w2 goto +0",
     "jsgt32 %r1, %r2, +0"},
    {{0x45, 1, 0, 4, 1}, "(45) if r1 & 0x1 goto pc+4", "if r1 & 0x1 goto +0x4", "if r1 & 1 goto +4", "jset %r1, 1, +4"},
    {{0x05, 0, 0, -1, 0}, "(05) goto pc-1", "goto -0x1", "goto -1", "ja -1"},
    {{0x06, 0, 0, 0, 70000}, "(06) gotol pc+70000", "gotol +0x11170", "gotol +70000", "jal +70000"},
    {{0xe5, 0, 0, 4, 0}, "(e5) may_goto pc+4", "may_goto +0x4", "may_goto +4", "may_goto +4"},
    {{0x85, 0, 0, 0, 6},
     "(85) call bpf_trace_printk#6",
     "call 0x6  # bpf_trace_printk",
     "call 6  # bpf_trace_printk",
     "call 6  # bpf_trace_printk"},
    {{0x85, 0, 0, 0, 99999}, "(85) call unknown#99999", "call 0x1869f", "call 99999", "call 99999"},
    {{0x85, 0, 0, 0, -5}, "(85) call unknown#-5", "call 0xfffffffb", "call 4294967291", "call 4294967291"},
    {{0x85, 0, 1, 0, 2}, "(85) call pc+2", "call +0x2", "call +2", "call +2"},
    {{0x85, 0, 1, 0, -1}, "(85) call pc-1", "call -0x1", "call -1", "call -1"},
    {{0x85, 0, 2, 0, 1000}, "(85) call kfunc#1000", "call kfunc#1000", "call kfunc#1000", "call kfunc#1000"},
    {{0x85, 0, 2, -3, 1000},
     "(85) call kfunc#1000@-3",
     "call kfunc#1000@-3",
     "call kfunc#1000@-3",
     "call kfunc#1000@-3"},
    {{0x95, 0, 0, 0, 0}, "(95) exit", "exit", "exit", "exit"},
};

TEST(Disassemble, EveryKindInEveryDialect) {
  for (const Example& example : examples) {
    const RawInsn second{0, 0, 0, 0, example.second};
    EXPECT_EQ(text(example.raw, Dialect::kernel, true, second), example.kernel);
    EXPECT_EQ(text(example.raw, Dialect::llvm, true, second), example.llvm);
    EXPECT_EQ(text(example.raw, Dialect::llvm, false, second), example.llvm_decimal);
    EXPECT_EQ(text(example.raw, Dialect::gnu, true, second), example.gnu);
  }
}

TEST(Disassemble, KernelWithoutItsPrefixMarksWideImmediates) {
  DisassembleOptions options;
  options.opcode_prefix = false;
  EXPECT_EQ(disassemble(LoadImm64{Reg::r1, ImmKind::value, 5, 0}, Slot{0}, options), "r1 = 0x5 ll");
  EXPECT_EQ(disassemble(Alu{AluOp::mov, Width::w64, Reg::r1, from_imm(5)}, Slot{0}, options), "r1 = 5");
}

TEST(Disassemble, HelperNamesCanBeLeftOut) {
  DisassembleOptions options;
  options.helper_names = false;
  const Call call{CallKind::helper, 6, 0};
  EXPECT_EQ(disassemble(call, Slot{0}, options), "(85) call 6");
  options.dialect = Dialect::gnu;
  EXPECT_EQ(disassemble(call, Slot{0}, options), "call 6");
}

TEST(Disassemble, TargetsCanHaveNames) {
  DisassembleOptions options;
  options.label = [](Slot slot) -> std::optional<std::string> {
    if (slot == Slot{15}) return "done";
    return std::nullopt;
  };
  const Jump jump{JumpOp::eq, Width::w64, Reg::r1, from_imm(0), 4};
  const Call call{CallKind::function, 4, 0};
  const auto printed = [&](const Instruction& insn, Dialect dialect) {
    options.dialect = dialect;
    return disassemble(insn, Slot{10}, options);
  };
  EXPECT_EQ(printed(jump, Dialect::kernel), "(15) if r1 == 0x0 goto done");
  EXPECT_EQ(printed(jump, Dialect::llvm), "if r1 == 0 goto +4 <done>");
  EXPECT_EQ(printed(jump, Dialect::gnu), "jeq %r1, 0, done");
  EXPECT_EQ(printed(call, Dialect::kernel), "(85) call pc+4#done");
  EXPECT_EQ(printed(call, Dialect::llvm), "call +4 <done>");
  EXPECT_EQ(printed(call, Dialect::gnu), "call done");
  EXPECT_EQ(printed(Goto{false, 5}, Dialect::gnu), "ja +5");
  // Before the program's first slot there is nothing to name.
  EXPECT_EQ(printed(Goto{true, INT32_MIN}, Dialect::gnu), "jal -2147483648");
}

TEST(Disassemble, ASlotThatIsNoInstructionIsData) {
  EXPECT_EQ(disassemble_data({0x8d, 0x1, 0x2, -2, 0x11223344}), ".8byte 0x11223344fffe218d");
  const std::vector<RawInsn> code = {
      {0x18, 1, 0, 0, 1}, {0, 0, 0, 0, 0}, {0xff, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}, {0x18, 1, 0, 0, 1}};
  const auto lines = disassemble(code, {});
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].text, "(18) r1 = 0x1");
  EXPECT_EQ(lines[0].slots, 2U);
  EXPECT_EQ(lines[1].slot, Slot{2});
  EXPECT_EQ(lines[1].text, ".8byte 0x00000000000000ff");
  EXPECT_FALSE(lines[1].valid);
  EXPECT_TRUE(lines[2].valid);
  EXPECT_FALSE(lines[3].valid);
}

TEST(Dialects, HaveNames) {
  for (const Dialect dialect : {Dialect::kernel, Dialect::llvm, Dialect::gnu})
    EXPECT_EQ(dialect_by_name(name_of(dialect)), dialect);
  EXPECT_EQ(dialect_by_name("intel"), std::nullopt);
}

}  // namespace
}  // namespace skep
