// What surrounds an instruction in a line: slot numbers, byte columns, the kernel's `(79)`, banners and comments of the
// tools that print listings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "skep/base/base.hpp"

namespace skep {

struct ListingLine {
  enum class Kind : unsigned char {
    nothing,     ///< blank, a comment, a tool's banner
    section,     ///< `Disassembly of section xdp:`, `program hello in section xdp (xdp), 12 instructions`
    symbol,      ///< `0000000000000020 <hello>:`, `int hello(struct xdp_md * ctx):`
    relocation,  ///< `0000000000000020:  R_BPF_64_64  my_map`
    bytes,       ///< only a byte column, as bpftool's `opcodes` prints below an instruction
    statements,  ///< instructions, labels or a directive
  } kind = Kind::nothing;
  std::string_view text = {};                ///< section or symbol name; what is left of the line for statements
  std::size_t column = 0;                    ///< 0-based, where `text` starts
  std::uint64_t byte_offset = 0;             ///< relocation: in its section
  std::optional<std::uint32_t> number = {};  ///< `12:` in front: the slot, if this is a tool's listing
  std::optional<unsigned> opcode = {};       ///< the kernel's `(79)`
  ByteVector bytes = {};                     ///< the byte column: 8 or 16, or none
  [[nodiscard]] bool is_listing() const { return number.has_value() || opcode.has_value(); }
};
[[nodiscard]] ListingLine read_listing_line(std::string_view line);

/// Blanks comments out, so that columns stay what they are: `// …`, `# …` (at the start or behind a blank; `call x#6`
/// is none) to the end of the line, and `/* … */`, over lines: `inside` says whether the line starts within one and is
/// set for the next. A line that starts with `;` is all comment.
[[nodiscard]] std::string without_comments(std::string_view line, bool& inside);

}  // namespace skep
