// The rows of insn_macros.def as a table; the words they are written in are the opcode bits of isa/opcode.hpp.
#include "skep/asm/insn_macros.hpp"

#include <algorithm>

#include "skep/isa/isa.hpp"

namespace skep {
namespace {

using namespace opcode;

constexpr std::int64_t reg = source_reg;
constexpr std::int64_t mov = 0xb0;
constexpr std::int64_t end = opcode::byte_swap;
constexpr std::int64_t ld_imm64 = 0x18;

constexpr std::int64_t op(std::int64_t code) { return code & operation_mask; }
constexpr std::int64_t size(std::int64_t code) { return code & size_mask; }
constexpr std::int64_t source(std::int64_t code) { return code & source_reg; }
constexpr std::int64_t low(std::int64_t value) { return value & 0xffffffff; }
constexpr std::int64_t high(std::int64_t value) { return value >> 32 & 0xffffffff; }

using Slots = std::array<InsnFields, 2>;

constexpr auto rows = std::to_array<InsnMacro>({
#define INSN_MACRO(name, parameters, code, dst, src, off, imm) \
  {#name, parameters, 1, [](const MacroArguments& a) {         \
     static_cast<void>(a);                                     \
     return Slots{{{code, dst, src, off, imm}, {}}};           \
   }},
#define WIDE_INSN_MACRO(name, parameters, code, dst, src, off, imm, next_off, next_imm) \
  {#name, parameters, 2, [](const MacroArguments& a) {                                  \
     return Slots{{{code, dst, src, off, imm}, {0, 0, 0, next_off, next_imm}}};         \
   }},
#include "skep/asm/insn_macros.def"
#undef INSN_MACRO
#undef WIDE_INSN_MACRO
});

}  // namespace

std::span<const InsnMacro> insn_macros() { return rows; }

const InsnMacro* find_insn_macro(std::string_view name) {
  const auto* row = std::find_if(rows.begin(), rows.end(), [name](const InsnMacro& it) { return it.name == name; });
  return row == rows.end() ? nullptr : row;
}

}  // namespace skep
