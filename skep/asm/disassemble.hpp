// Instructions → text. Every assigned encoding prints so that assemble() gives back the same bytes, in every dialect; a
// slot that is no instruction prints as `.8byte 0x…`, which assembles to itself.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "skep/asm/dialect.hpp"
#include "skep/isa/isa.hpp"

namespace skep {

struct DisassembleOptions {
  Dialect dialect = Dialect::kernel;
  bool helper_names =
      true;  ///< kernel dialect: `call bpf_trace_printk#6`; others as a comment where the syntax has no place for it
  bool opcode_prefix = true;  ///< kernel dialect: the `(79) ` in front
  bool hex = false;           ///< llvm dialect: immediates as llvm-objdump 19 prints them (hex) or as 14 does (decimal)
  /// A name for a jump or call target, or nothing: then `pc+N` / `+N` is printed.
  std::function<std::optional<std::string>(Slot)> label = {};
};

/// One instruction, without its slot number.
[[nodiscard]] std::string disassemble(const Instruction& insn, Slot at, const DisassembleOptions& options);
/// The text of a slot that does not decode.
[[nodiscard]] std::string disassemble_data(const RawInsn& raw);

struct DisassembledLine {
  Slot slot;
  std::uint32_t slots;
  std::string text;
  bool valid;
};
/// All of a program, one line an instruction.
[[nodiscard]] std::vector<DisassembledLine> disassemble(std::span<const RawInsn> code,
                                                        const DisassembleOptions& options);

}  // namespace skep
