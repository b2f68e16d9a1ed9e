// Diagnostic: your input is wrong — where, what, why, what to do. It is a value: pure modules return it, and the
// command renders it as text (colours only on a terminal) or JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skep/base/error.hpp"

namespace skep {

class JsonWriter;

enum class Severity : std::uint8_t { error, warning, note };

struct SourceLocation {
  std::string file = {};
  std::uint32_t line = 0;    ///< 1-based; 0: unknown.
  std::uint32_t column = 0;  ///< 1-based; 0: unknown.
  std::string text = {};     ///< The source line itself, if known.
};

struct Diagnostic {
  Severity severity = Severity::error;
  SourceLocation where = {};
  std::optional<std::uint32_t> slot = {};  ///< Instruction slot the message is about.
  std::string instruction = {};            ///< Its disassembly, if known.
  std::string what = {};                   ///< One sentence without a full stop.
  std::vector<std::string> why =
      {};                 ///< Facts that lead there, one a line (register values, the region that was missed).
  std::string help = {};  ///< What to do next.
};

/// `file:line:col: error: what`, the source line with a caret, the reasons, `help: …`. Ends with a newline. Control
/// characters are escaped.
[[nodiscard]] std::string render(const Diagnostic& diagnostic, bool colour);
[[nodiscard]] std::string render(const Error& error, bool colour);
void write_json(JsonWriter& json, const Diagnostic& diagnostic);

/// The Diagnostic as an Error, for callers that can only pass errors on.
[[nodiscard]] Error to_error(const Diagnostic& diagnostic);

}  // namespace skep
