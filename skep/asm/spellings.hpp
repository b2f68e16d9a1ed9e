// The other spellings of a program that tutorials use: raw bytes, hex text, and C arrays of struct bpf_insn.
#pragma once

#include <string_view>
#include <vector>

#include "skep/base/base.hpp"
#include "skep/isa/isa.hpp"

namespace skep {

enum class Spelling : std::uint8_t { elf, raw, hex, c_array, assembly, c_source };

/// What a file holds, from its bytes and its name: "\x7fELF" → elf; text with an array of
/// bpf_insn or `BPF_…(` elements and without SEC() → c_array; name ends in .c, or text with SEC(), #include or a
/// function body → c_source; only hex digits and separators → hex; other text
/// → assembly; anything else → raw.
[[nodiscard]] Spelling guess_spelling(ByteView bytes, std::string_view file_name);
[[nodiscard]] std::string_view name_of(Spelling spelling);

/// The instructions of a C array as people paste it: `struct bpf_insn prog[] = { { 0xb7, 1, 0, 0, 0 }, … };` with
/// positional (code, dst, src, off, imm) or designated (.code = BPF_ALU64|BPF_MOV|BPF_K, …) initialisers, or the
/// kernel's macros (BPF_MOV64_IMM(BPF_REG_0, 1), …, BPF_EXIT_INSN()), comments included. Of several arrays the one
/// named `name`; without a name they are listed. Constant expressions of integers, BPF_* names, |, +, -, <<, ~ and
/// parentheses are evaluated; offsets may be written as 16-bit two's complement (0xfffc). Anything else is a diagnostic
/// with line and column.
[[nodiscard]] tl::expected<std::vector<RawInsn>, std::vector<Diagnostic>> parse_c_array(std::string_view text,
                                                                                        std::string_view file,
                                                                                        std::string_view name = {});

}  // namespace skep
