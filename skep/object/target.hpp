// Where a relocation points: a symbol and an addend become code, a map, a place in a map's value, an extern, a number —
// or nothing that can be had. Private to the module.
#pragma once

#include <variant>

#include "skep/object/input.hpp"

namespace skep {

struct CodeTarget {
  Place place;
};
struct MapTarget {
  std::uint32_t map;
};
struct MapValueTarget {
  std::uint32_t map;
  std::uint32_t offset;
};
struct ExternTarget {
  std::uint32_t index;
};
struct NumberTarget {
  std::int64_t value;
};
struct NoTarget {
  std::string why;
};
using Target = std::variant<CodeTarget, MapTarget, MapValueTarget, ExternTarget, NumberTarget, NoTarget>;

/// The meaning of `symbol` + `addend` bytes. Precondition: maps and externs are collected.
[[nodiscard]] Target find_target(const ObjectInput& input, const ElfSymbol& symbol, std::int64_t addend);

/// Only the code part of find_target, for use before maps are known: the place if the symbol lies in a code section.
[[nodiscard]] std::optional<Place> find_code_target(const ObjectInput& input, const ElfSymbol& symbol,
                                                    std::int64_t addend);

/// The symbol's name; a section symbol's section name.
[[nodiscard]] std::string display_name(const ObjectInput& input, const ElfSymbol& symbol);

/// What the instruction adds to the symbol's address, in bytes: RELA has it in the record. REL has it in the immediate:
/// bytes for a 64-bit load, and for a call the distance in slots from the next instruction, so that -1 means the symbol
/// itself (LLVM's BPFELFObjectWriter). GNU as up to 2.40 adds the symbol's value to that, in bytes even for a call.
[[nodiscard]] std::int64_t load_addend(const ObjectInput& input, const ElfRelocation& relocation, const RawInsn& insn);
[[nodiscard]] std::int64_t call_addend(const ObjectInput& input, const ElfRelocation& relocation, const RawInsn& insn);
/// The same of a pointer in data.
[[nodiscard]] std::int64_t data_addend(const ObjectInput& input, const ElfRelocation& relocation, std::int64_t pointer);

}  // namespace skep
