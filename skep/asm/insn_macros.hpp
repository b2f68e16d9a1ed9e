// The macros that C programs write instructions with, one row each in insn_macros.def: which fields the arguments fill.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace skep {

/// The five fields as written, before they are known to fit.
struct InsnFields {
  std::int64_t code = 0;
  std::int64_t dst = 0;
  std::int64_t src = 0;
  std::int64_t off = 0;
  std::int64_t imm = 0;
};

inline constexpr std::size_t most_macro_arguments = 6;
using MacroArguments = std::array<std::int64_t, most_macro_arguments>;

struct InsnMacro {
  std::string_view name;
  std::size_t parameters;
  std::size_t slots;
  std::array<InsnFields, 2> (*fields)(const MacroArguments&);
};

[[nodiscard]] std::span<const InsnMacro> insn_macros();
/// nullptr if there is no such macro.
[[nodiscard]] const InsnMacro* find_insn_macro(std::string_view name);

}  // namespace skep
