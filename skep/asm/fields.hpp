// An instruction's five fields and its opcode taken apart into class, operation and source: what a learner wants to
// see, and strace's spelling `BPF_LDX|BPF_DW|BPF_MEM`.
#pragma once

#include <string>

#include "skep/isa/isa.hpp"

namespace skep {

struct OpcodeParts {
  std::string insn_class;  ///< "BPF_LDX"
  std::string operation;   ///< "BPF_DW|BPF_MEM" (size|mode), "BPF_ADD", "BPF_JEQ"
  std::string source;      ///< "BPF_K" (immediate), "BPF_X" (register) or "" for loads and stores
};
[[nodiscard]] OpcodeParts opcode_parts(std::uint8_t code);
/// "BPF_LDX|BPF_DW|BPF_MEM", in strace's order.
[[nodiscard]] std::string opcode_text(std::uint8_t code);

}  // namespace skep
