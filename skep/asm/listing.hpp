// What surrounds an instruction in a line: slot numbers, byte columns, the kernel's `(79)`, banners and comments of the
// tools that print listings.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace skep {

struct ListingLine {
  enum class Kind : unsigned char {
    nothing,     ///< blank, a comment, a tool's banner
    section,     ///< `Disassembly of section xdp:`
    symbol,      ///< `0000000000000020 <hello>:`
    relocation,  ///< `0000000000000020:  R_BPF_64_64  my_map`
    statements,  ///< instructions, labels or a directive
  } kind = Kind::nothing;
  std::string_view text = {};           ///< section or symbol name; what is left of the line for statements
  std::size_t column = 0;               ///< 0-based, where `text` starts
  std::uint64_t byte_offset = 0;        ///< relocation: in its section; symbol: its address
  std::optional<unsigned> opcode = {};  ///< the kernel's `(79)`
  bool is_listing = false;              ///< had a slot number or an opcode: what follows `;` is a comment then
};
[[nodiscard]] ListingLine read_listing_line(std::string_view line);

}  // namespace skep
