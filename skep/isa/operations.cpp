// The .def rows as constexpr arrays. Each enumerator is its row's index, so info() is one array access.
#include "skep/isa/operations.hpp"

#include <array>

namespace skep {
namespace {

constexpr std::array alu_rows = {
#define ALU_OP(name, mnemonic, code, off, symbol, level, result) \
  AluOpInfo{AluOp::name, #name, mnemonic, code, off, symbol, IsaLevel::level},
#include "skep/isa/alu_ops.def"
#undef ALU_OP
};

constexpr std::array byte_swap_rows = {
#define BYTE_SWAP_OP(name, mnemonic, insn_class, source_bit, level, swaps) \
  ByteSwapOpInfo{ByteSwapOp::name, mnemonic, insn_class, source_bit, IsaLevel::level},
#include "skep/isa/byte_swap_ops.def"
#undef BYTE_SWAP_OP
};

constexpr std::array jump_rows = {
#define JUMP_OP(name, mnemonic, code, symbol, level, taken) \
  JumpOpInfo{JumpOp::name, #name, mnemonic, code, symbol, IsaLevel::level},
#include "skep/isa/jump_ops.def"
#undef JUMP_OP
};

constexpr std::array atomic_rows = {
#define ATOMIC_OP(name, mnemonic, imm, fetches, symbol, level, stored) \
  AtomicOpInfo{AtomicOp::name, #name, mnemonic, imm, fetches, symbol, IsaLevel::level},
#include "skep/isa/atomic_ops.def"
#undef ATOMIC_OP
};

}  // namespace

std::span<const AluOpInfo> alu_ops() { return alu_rows; }
std::span<const ByteSwapOpInfo> byte_swap_ops() { return byte_swap_rows; }
std::span<const JumpOpInfo> jump_ops() { return jump_rows; }
std::span<const AtomicOpInfo> atomic_ops() { return atomic_rows; }

}  // namespace skep
