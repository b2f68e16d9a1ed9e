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

/// `hexdump -C` form, 16 bytes a line, offsets starting at `base`: "00000000  01 00 …  |….|\n".
[[nodiscard]] std::string hex_dump(ByteView bytes, std::uint64_t base = 0);

}  // namespace skep
