// Spellings that the dialects share: registers, sizes, the operand of a 64-bit immediate load, kernel functions, names
// for targets.
#pragma once

#include <optional>
#include <string>

#include "skep/asm/disassemble.hpp"
#include "skep/base/base.hpp"

namespace skep {

/// "r1"; "w1" for 32 bits.
[[nodiscard]] std::string reg_text(Reg reg, Width width = Width::w64);
/// "u64"; "s64" if signed.
[[nodiscard]] std::string type_text(Size size, bool is_signed = false);
/// GNU's suffix: "b", "h", "w", "dw".
[[nodiscard]] std::string_view size_suffix(Size size);
[[nodiscard]] constexpr Width width_of(Size size) { return size == Size::dw ? Width::w64 : Width::w32; }

/// "map[fd:4]", "map[fd:4][0]+8", "var[id:5]", "subprog[+5]", "map[idx:4]", "map[idx:4]+8": everything but a plain
/// value.
[[nodiscard]] std::string pseudo_text(const LoadImm64& load);
/// "kfunc#1000", with its BTF: "kfunc#1000@3".
[[nodiscard]] std::string kfunc_text(const Call& call);
/// "bpf_trace_printk", or nothing for a number that no helper has.
[[nodiscard]] std::optional<std::string> helper_text(std::int32_t number);

/// The name that the options give to the slot `offset` after the one that follows `at`.
[[nodiscard]] std::optional<std::string> label_of(const DisassembleOptions& options, Slot at, std::int64_t offset);

/// One instruction in one dialect: what disassemble() chooses from.
[[nodiscard]] std::string kernel_text(const Instruction& insn, Slot at, const DisassembleOptions& options);
[[nodiscard]] std::string llvm_text(const Instruction& insn, Slot at, const DisassembleOptions& options);
[[nodiscard]] std::string gnu_text(const Instruction& insn, Slot at, const DisassembleOptions& options);

}  // namespace skep
