#include "skep/base/diagnostic.hpp"

#include "skep/base/escape.hpp"
#include "skep/base/json_writer.hpp"

namespace skep {
namespace {

struct Palette {
  const char* bold;
  const char* red;
  const char* yellow;
  const char* cyan;
  const char* reset;
};

constexpr Palette plain{"", "", "", "", ""};
constexpr Palette ansi{"\033[1m", "\033[1;31m", "\033[1;33m", "\033[36m", "\033[0m"};

const char* severity_name(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: return "note";
  }
  return "error";
}

std::string prefix(const Diagnostic& diagnostic) {
  std::string text;
  const auto& where = diagnostic.where;
  if (!where.file.empty()) {
    text = escape_for_terminal(where.file);
    if (where.line != 0) text += fmt::format(":{}", where.line);
    if (where.line != 0 && where.column != 0) text += fmt::format(":{}", where.column);
    text += ": ";
  }
  return text;
}

}  // namespace

std::string render(const Diagnostic& diagnostic, bool colour) {
  const Palette& p = colour ? ansi : plain;
  const char* tint = diagnostic.severity == Severity::error ? p.red : p.yellow;
  std::string out = fmt::format("{}{}{}{}{}: {}{}\n", p.bold, prefix(diagnostic), p.reset, tint,
                                severity_name(diagnostic.severity), p.reset, escape_for_terminal(diagnostic.what));
  if (!diagnostic.where.text.empty()) {
    const auto number = fmt::format("{:>5}", diagnostic.where.line);
    out += fmt::format("{} | {}\n", number, escape_for_terminal(diagnostic.where.text));
    if (diagnostic.where.column > 0 && diagnostic.where.column <= diagnostic.where.text.size() + 1) {
      std::string pad;
      for (std::uint32_t i = 0; i + 1 < diagnostic.where.column; ++i)
        pad += diagnostic.where.text[i] == '\t' ? '\t' : ' ';
      out += fmt::format("{} | {}{}^{}\n", std::string(number.size(), ' '), pad, p.red, p.reset);
    }
  }
  if (diagnostic.slot) {
    out += fmt::format("  at instruction {}", *diagnostic.slot);
    if (!diagnostic.instruction.empty()) out += fmt::format(": {}", escape_for_terminal(diagnostic.instruction));
    out += '\n';
  }
  for (const auto& reason : diagnostic.why) out += fmt::format("  {}\n", escape_for_terminal(reason));
  if (!diagnostic.help.empty())
    out += fmt::format("{}help:{} {}\n", p.cyan, p.reset, escape_for_terminal(diagnostic.help));
  return out;
}

std::string render(const Error& error, bool colour) {
  Diagnostic diagnostic;
  diagnostic.what = error.what;
  diagnostic.help = error.help;
  return render(diagnostic, colour);
}

void write_json(JsonWriter& json, const Diagnostic& diagnostic) {
  json.begin_object();
  json.field("severity", severity_name(diagnostic.severity));
  if (!diagnostic.where.file.empty()) json.field("file", diagnostic.where.file);
  if (diagnostic.where.line != 0) json.field("line", diagnostic.where.line);
  if (diagnostic.where.column != 0) json.field("column", diagnostic.where.column);
  if (diagnostic.slot) json.field("instruction", *diagnostic.slot);
  if (!diagnostic.instruction.empty()) json.field("disasm", diagnostic.instruction);
  json.field("what", diagnostic.what);
  if (!diagnostic.why.empty()) {
    json.key("why");
    json.begin_array();
    for (const auto& reason : diagnostic.why) json.value(reason);
    json.end_array();
  }
  if (!diagnostic.help.empty()) json.field("help", diagnostic.help);
  json.end_object();
}

Error to_error(const Diagnostic& diagnostic) {
  std::string what = prefix(diagnostic) + diagnostic.what;
  if (diagnostic.slot) what += fmt::format(" (instruction {})", *diagnostic.slot);
  for (const auto& reason : diagnostic.why) what += "; " + reason;
  return Error{std::move(what), diagnostic.help};
}

}  // namespace skep
