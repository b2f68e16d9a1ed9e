// Dumps as hexdump, hexdump -C, xxd and od -A x -t x1 print them, back to bytes. Every line begins with how many bytes
// came before it, which is how a dump is told from plain hex and what finds a line that was lost.
#include <algorithm>
#include <charconv>
#include <vector>

#include "skep/base/hex.hpp"

namespace skep {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (line.empty()) return words;
    words.push_back(line.substr(0, line.find_first_of(" \t\r")));
    line.remove_prefix(words.back().size());
  }
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

struct DumpLine {
  std::string_view offset;              ///< "0000010"
  std::vector<std::string_view> words;  ///< of two or four digits
  bool in_order = false;  ///< xxd: words of four digits are two bytes as they come; hexdump: a 16-bit number
};

/// Nothing: no line of a dump.
std::optional<DumpLine> dump_line(std::string_view text) {
  DumpLine line;
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  line.offset = text.substr(0, text.find_first_of(": \t\r"));
  if (line.offset.size() < 6 || line.offset.size() > 16) return std::nullopt;
  text.remove_prefix(line.offset.size());
  line.in_order = text.starts_with(':');
  if (line.in_order) text = text.substr(1, text.find("  ", 2) - 1);  // the characters follow two blanks
  text = text.substr(0, text.find_first_of("|>"));
  line.words = words_of(text);
  for (const std::string_view word : line.words) {
    if ((word.size() != 2 && word.size() != 4) || !number(word)) return std::nullopt;
  }
  return line;
}

void append_word(ByteVector& out, std::string_view word, bool in_order) {
  const auto value = static_cast<std::uint16_t>(number(word).value_or(0));
  const auto low = static_cast<std::uint8_t>(value);
  const auto high = static_cast<std::uint8_t>(value >> 8);
  if (word.size() == 2) return out.push_back(low);
  out.push_back(in_order ? high : low);
  out.push_back(in_order ? low : high);
}

}  // namespace

bool is_hex_dump(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const auto first = dump_line(text.substr(0, text.find('\n')));
  return first && first->offset.find_first_not_of('0') == std::string_view::npos && first->offset.size() <= 8 &&
         !first->words.empty();
}

Result<ByteVector> parse_hex_dump(std::string_view text) {
  ByteVector out;
  ByteVector row;  ///< the last line's bytes: what a line "*" stands for many of
  bool repeats = false;
  for (std::size_t number_of_line = 1; !text.empty(); ++number_of_line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line_text = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto words = words_of(line_text);
    if (words.empty()) continue;
    if (words.size() == 1 && words[0] == "*") {
      repeats = true;
      continue;
    }
    const auto line = dump_line(line_text);
    if (!line) return fail("line {}: not a line of a dump: an offset and bytes in hex", number_of_line);
    const auto offset = number(line->offset);
    while (repeats && !row.empty() && offset && out.size() < *offset) {
      if (out.size() + row.size() > max_dump_bytes) return fail("line {}: the dump is too long", number_of_line);
      append_bytes(out, row);
    }
    repeats = false;
    // hexdump shows an odd last byte as a 16-bit number; the offset at the end knows better.
    if (line->words.empty() && offset && out.size() == *offset + 1) out.pop_back();
    if (offset != out.size())
      return fail_with_help("a line is missing, or offsets are not in hex (od prints them so with -A x)",
                            "line {}: {} bytes come before it, and it begins at {}", number_of_line, out.size(),
                            line->offset);
    row.clear();
    for (const std::string_view word : line->words) append_word(row, word, line->in_order);
    append_bytes(out, row);
  }
  return out;
}

}  // namespace skep
