// The one encoder for text that strangers wrote (program names, map contents, trace strings) on its way to a reader:
// control characters, bidi controls and invalid UTF-8 never reach a terminal, and JSON is always valid UTF-8. Sanitised
// when rendered, not when read.
#pragma once

#include <string>
#include <string_view>

namespace skep {

/// One line for a terminal: C0, C1, DEL, bidi controls and invalid bytes become \xNN or \u{N}; tabs stay.
[[nodiscard]] std::string escape_for_terminal(std::string_view text);

/// The same, but newlines stay too.
[[nodiscard]] std::string escape_lines_for_terminal(std::string_view text);

/// A JSON string literal with its quotes. Invalid bytes become U+DC80+byte-0x80 escapes (\udcNN), as Python's
/// surrogateescape does.
[[nodiscard]] std::string json_string(std::string_view text);

/// `text` as a C string literal with its quotes, as strace prints strings.
[[nodiscard]] std::string c_string(std::string_view text);

}  // namespace skep
