// Bytes as text: hex strings in and out, and the hex+ASCII dump.
#pragma once

#include <string>

#include "skep/base/bytes.hpp"

namespace skep {

/// "b7 01 00 00": two digits a byte, `separator` between them.
[[nodiscard]] std::string to_hex(ByteView bytes, std::string_view separator = " ");

/// Reads hex digits in any grouping: "b701", "b7 01", "0xb7, 0x01", "\xb7\x01"; blanks, commas and newlines separate, #
/// and // start comments. An odd digit or any other character is an error that names its line and column.
[[nodiscard]] Result<ByteVector> parse_hex(std::string_view text);

/// Does the text begin as a dump does: with an offset of six to eight zeros and bytes behind it? (No program begins
/// with an opcode of zero.)
[[nodiscard]] bool is_hex_dump(std::string_view text);

/// What hexdump, hexdump -C, xxd and od -A x -t x1 print, back to bytes; a line "*" repeats the one before. Errors: a
/// line that is none, an offset that is not the number of bytes before it, more than max_dump_bytes.
[[nodiscard]] Result<ByteVector> parse_hex_dump(std::string_view text);
inline constexpr std::size_t max_dump_bytes = 64 << 20;

/// `hexdump -C` form, 16 bytes a line, offsets starting at `base`: "00000000  01 00 …  |….|\n".
[[nodiscard]] std::string hex_dump(ByteView bytes, std::uint64_t base = 0);

}  // namespace skep
