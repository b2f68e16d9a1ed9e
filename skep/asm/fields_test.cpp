// Opcode bytes in strace's words (seen by running `strace -v -e bpf` over loads of these opcodes; strace 6.1, where it
// knows them).
#include "skep/asm/fields.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

TEST(Fields, OpcodeTextIsStraces) {
  EXPECT_EQ(opcode_text(0x79), "BPF_LDX|BPF_DW|BPF_MEM");
  EXPECT_EQ(opcode_text(0x18), "BPF_LD|BPF_DW|BPF_IMM");
  EXPECT_EQ(opcode_text(0x30), "BPF_LD|BPF_B|BPF_ABS");
  EXPECT_EQ(opcode_text(0x00), "BPF_LD|BPF_W|BPF_IMM");
  EXPECT_EQ(opcode_text(0xb7), "BPF_ALU64|BPF_K|BPF_MOV");
  EXPECT_EQ(opcode_text(0x0f), "BPF_ALU64|BPF_X|BPF_ADD");
  EXPECT_EQ(opcode_text(0xd4), "BPF_ALU|BPF_K|BPF_END");
  EXPECT_EQ(opcode_text(0xff), "BPF_ALU64|BPF_X|0xf0");
  EXPECT_EQ(opcode_text(0x85), "BPF_JMP|BPF_K|BPF_CALL");
  EXPECT_EQ(opcode_text(0x95), "BPF_JMP|BPF_K|BPF_EXIT");
  EXPECT_EQ(opcode_text(0xe1), "BPF_LDX|BPF_W|0xe0");
  // Newer than strace 6.1: the kernel's names.
  EXPECT_EQ(opcode_text(0xdb), "BPF_STX|BPF_DW|BPF_ATOMIC");
  EXPECT_EQ(opcode_text(0x91), "BPF_LDX|BPF_B|BPF_MEMSX");
  EXPECT_EQ(opcode_text(0xde), "BPF_JMP32|BPF_X|BPF_JSLE");
  EXPECT_EQ(opcode_text(0xe5), "BPF_JMP|BPF_K|BPF_JCOND");
}

TEST(Fields, PartsForALearner) {
  const OpcodeParts move = opcode_parts(0xb7);
  EXPECT_EQ(move.insn_class, "BPF_ALU64");
  EXPECT_EQ(move.operation, "BPF_MOV");
  EXPECT_EQ(move.source, "BPF_K");
  const OpcodeParts load = opcode_parts(0x61);
  EXPECT_EQ(load.insn_class, "BPF_LDX");
  EXPECT_EQ(load.operation, "BPF_W|BPF_MEM");
  EXPECT_EQ(load.source, "");
  EXPECT_EQ(opcode_parts(0xdc).source, "BPF_TO_BE");
  EXPECT_EQ(opcode_parts(0xd7).source, "BPF_K");
}

}  // namespace
}  // namespace skep
