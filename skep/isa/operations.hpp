// The rows of the .def files as data: what to print, how to encode, since when.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "skep/isa/instruction.hpp"

namespace skep {

struct AluOpInfo {
  AluOp op;
  std::string_view name;
  std::string_view mnemonic;  ///< GNU spelling, 64-bit form
  std::uint8_t code;
  std::int16_t off;
  std::string_view symbol;  ///< kernel/LLVM spelling
  IsaLevel level;
};
struct ByteSwapOpInfo {
  ByteSwapOp op;
  std::string_view mnemonic;
  std::uint8_t insn_class;
  std::uint8_t source_bit;
  IsaLevel level;
};
struct JumpOpInfo {
  JumpOp op;
  std::string_view name;
  std::string_view mnemonic;
  std::uint8_t code;
  std::string_view symbol;
  IsaLevel level;
};
struct AtomicOpInfo {
  AtomicOp op;
  std::string_view name;
  std::string_view mnemonic;  ///< GNU spelling, 64-bit form
  std::int32_t imm;
  bool fetches;
  std::string_view symbol;
  IsaLevel level;
};

[[nodiscard]] std::span<const AluOpInfo> alu_ops();
[[nodiscard]] std::span<const ByteSwapOpInfo> byte_swap_ops();
[[nodiscard]] std::span<const JumpOpInfo> jump_ops();
[[nodiscard]] std::span<const AtomicOpInfo> atomic_ops();

[[nodiscard]] inline const AluOpInfo& info(AluOp op) { return alu_ops()[static_cast<std::size_t>(op)]; }
[[nodiscard]] inline const ByteSwapOpInfo& info(ByteSwapOp op) { return byte_swap_ops()[static_cast<std::size_t>(op)]; }
[[nodiscard]] inline const JumpOpInfo& info(JumpOp op) { return jump_ops()[static_cast<std::size_t>(op)]; }
[[nodiscard]] inline const AtomicOpInfo& info(AtomicOp op) { return atomic_ops()[static_cast<std::size_t>(op)]; }

}  // namespace skep
