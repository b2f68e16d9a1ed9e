#include "skep/asm/listing.hpp"

#include <algorithm>

namespace skep {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}
std::string_view trim(std::string_view text) {
  text = trim_left(text);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// A comment runs to the end of the line: `//` anywhere, `#` at the start or behind a blank (`call x#6` is none), `/* …
/// */` to its end.
std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (line[i] == '/' && i + 1 < line.size() && line[i + 1] == '/') return line.substr(0, i);
    if (line[i] == '/' && i + 1 < line.size() && line[i + 1] == '*') return line.substr(0, i);
    if (line[i] == '#' && (i == 0 || is_blank(line[i - 1]))) return line.substr(0, i);
  }
  return line;
}

std::uint64_t parse_hex_digits(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits)
    value = value << 4 | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  return value;
}

std::size_t count_while(std::string_view text, bool (*test)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), test) - text.begin());
}

/// The length of a column of two-digit bytes, 8 or 16 of them, as llvm-objdump prints; 0 if there is none.
std::size_t byte_column(std::string_view text) {
  std::size_t at = 0;
  std::size_t bytes = 0;
  while (at + 2 <= text.size() && is_hex(text[at]) && is_hex(text[at + 1]) &&
         (at + 2 == text.size() || is_blank(text[at + 2]))) {
    ++bytes;
    at += 2;
    if (bytes == 16) break;
    if (at < text.size() && text[at] == ' ')
      ++at;
    else
      break;
  }
  // Eight bytes may be followed by eight more (a 64-bit immediate): the loop has taken them.
  return bytes == 8 || bytes == 16 ? at : 0;
}

/// Lines of tools that hold no instruction.
bool is_banner(std::string_view text) {
  return text.find("file format ") != std::string_view::npos || text.starts_with("processed ") ||
         text.starts_with("func#") || text.starts_with("from ") || text.starts_with("verification time") ||
         text.starts_with("stack depth") || text.starts_with("Validating ") || text == "..." ||
         (text.ends_with("):") && text.find('(') != std::string_view::npos && text.find(' ') != std::string_view::npos);
}

/// The verifier's state behind a slot number: `R1=ctx() R10=fp0`, `(…)` absent.
bool is_state(std::string_view text) {
  return text.size() > 2 && text[0] == 'R' && is_digit(text[1]) && text.find('=') != std::string_view::npos;
}

/// `0000000000000020 <hello>:` or `0000000000000020 hello:`
std::optional<ListingLine> symbol_line(std::string_view text) {
  const std::size_t digits = count_while(text, is_hex);
  if (digits != 16 || !text.ends_with(':') || text.size() < 19 || text[16] != ' ') return std::nullopt;
  std::string_view name = text.substr(17, text.size() - 18);
  if (name.starts_with('<') && name.ends_with('>')) name = name.substr(1, name.size() - 2);
  ListingLine line;
  line.kind = ListingLine::Kind::symbol;
  line.text = name;
  line.byte_offset = parse_hex_digits(text.substr(0, 16));
  return line;
}

/// `0000000000000020:  R_BPF_64_64  my_map`
std::optional<ListingLine> relocation_line(std::string_view text) {
  const std::size_t digits = count_while(text, is_hex);
  if (digits != 16 || text.size() < 20 || text[16] != ':') return std::nullopt;
  std::string_view rest = trim_left(text.substr(17));
  if (!rest.starts_with("R_BPF_")) return std::nullopt;
  rest.remove_prefix(std::min(rest.find_first_of(" \t"), rest.size()));
  ListingLine line;
  line.kind = ListingLine::Kind::relocation;
  line.text = trim(rest);
  line.byte_offset = parse_hex_digits(text.substr(0, 16));
  return line;
}

}  // namespace

ListingLine read_listing_line(std::string_view whole) {
  ListingLine line;
  const auto column_of = [&](std::string_view part) { return static_cast<std::size_t>(part.data() - whole.data()); };
  std::string_view text = trim(whole);
  if (text.empty() || text[0] == ';') return line;
  constexpr std::string_view section_banner = "Disassembly of section ";
  if (text.starts_with(section_banner) && text.ends_with(':')) {
    line.kind = ListingLine::Kind::section;
    line.text = text.substr(section_banner.size(), text.size() - section_banner.size() - 1);
    return line;
  }
  if (auto symbol = symbol_line(text)) return *symbol;
  if (auto relocation = relocation_line(text)) return *relocation;
  text = trim(without_comment(text));
  if (text.empty() || is_banner(text)) return line;

  const std::size_t digits = count_while(text, is_digit);
  if (digits != 0 && digits < 9 && digits < text.size() && text[digits] == ':') {
    text = trim_left(text.substr(digits + 1));
    line.is_listing = true;
    const std::size_t bytes = byte_column(text);
    if (bytes != 0) text = trim_left(text.substr(bytes));
    if (is_state(text)) return line;
  }
  if (text.size() > 4 && text[0] == '(' && is_hex(text[1]) && is_hex(text[2]) && text[3] == ')') {
    line.opcode = static_cast<unsigned>(parse_hex_digits(text.substr(1, 2)));
    text = trim_left(text.substr(4));
    line.is_listing = true;
  }
  if (line.is_listing) text = trim(text.substr(0, std::min(text.find(';'), text.size())));
  if (text.empty()) return line;
  line.kind = ListingLine::Kind::statements;
  line.text = text;
  line.column = column_of(text);
  return line;
}

}  // namespace skep
