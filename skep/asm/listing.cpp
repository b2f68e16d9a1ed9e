#include "skep/asm/listing.hpp"

#include <algorithm>
#include <array>

namespace skep {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}
std::string_view trim(std::string_view text) {
  text = trim_left(text);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t count_while(std::string_view text, bool (*test)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), test) - text.begin());
}

std::uint64_t hex_value(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits)
    value = value << 4 | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  return value;
}

/// Takes a column of two-digit bytes, 8 or 16 of them; nothing if there is none.
ByteVector take_bytes(std::string_view& text) {
  std::size_t at = 0;
  ByteVector bytes;
  while (bytes.size() < 16 && at + 2 <= text.size() && is_hex(text[at]) && is_hex(text[at + 1]) &&
         (at + 2 == text.size() || is_blank(text[at + 2]))) {
    bytes.push_back(static_cast<std::uint8_t>(hex_value(text.substr(at, 2))));
    at += 2;
    if (at == text.size() || text[at] != ' ') break;
    ++at;
  }
  if (bytes.size() != 8 && bytes.size() != 16) return {};
  text = trim_left(text.substr(at));
  return bytes;
}

/// How lines begin that the verifier, bpftool, llvm-objdump and tests write between instructions.
constexpr auto banners = std::to_array<std::string_view>({"processed ",
                                                          "func#",
                                                          "Func#",
                                                          "from ",
                                                          "verification time",
                                                          "stack depth",
                                                          "Validating ",
                                                          "Live regs before",
                                                          "caller:",
                                                          "callee:",
                                                          "SCC enter",
                                                          "SCC exit",
                                                          "mark_precise:",
                                                          "returning from",
                                                          "to caller at",
                                                          "last_idx ",
                                                          "regs=",
                                                          "parent didn't",
                                                          "parent already",
                                                          "propagating ",
                                                          "arg#",
                                                          "BEGIN PROG LOAD LOG",
                                                          "END PROG LOAD LOG",
                                                          "-- "});

bool is_banner(std::string_view text) {
  const bool only_dots = text.size() >= 3 && text.find_first_not_of('.') == std::string_view::npos;
  return only_dots || text.find("file format ") != std::string_view::npos ||
         std::any_of(banners.begin(), banners.end(),
                     [text](std::string_view start) { return text.starts_with(start); });
}

/// The verifier's state: `R1=ctx() R10=fp0`, `frame1: R0=0`.
bool is_state(std::string_view text) {
  if (text.starts_with("frame")) text = trim_left(text.substr(std::min(text.find(' '), text.size())));
  return text.size() > 2 && text[0] == 'R' && is_digit(text[1]) && text.find('=') != std::string_view::npos;
}

ListingLine named(ListingLine::Kind kind, std::string_view name) {
  ListingLine line;
  line.kind = kind;
  line.text = name;
  return line;
}

/// `Disassembly of section xdp:`; `program hello in section xdp (xdp), 12 instructions` is our own.
std::optional<ListingLine> section_line(std::string_view text) {
  constexpr std::string_view banner = "Disassembly of section ";
  if (text.starts_with(banner) && text.ends_with(':'))
    return named(ListingLine::Kind::section, text.substr(banner.size(), text.size() - banner.size() - 1));
  constexpr std::string_view in_section = " in section ";
  const auto in = text.find(in_section);
  if (!text.starts_with("program ") || in == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(in + in_section.size());
  const auto end = rest.find(" (");
  if (end == std::string_view::npos) return std::nullopt;
  return named(ListingLine::Kind::section, rest.substr(0, end));
}

/// `0000000000000020 <hello>:`, `0000000000000020 hello:`, `int hello(struct xdp_md * ctx):`
std::optional<ListingLine> symbol_line(std::string_view text) {
  if (!text.ends_with(':')) return std::nullopt;
  if (count_while(text, is_hex) == 16 && text.size() > 18 && text[16] == ' ') {
    std::string_view name = text.substr(17, text.size() - 18);
    if (name.starts_with('<') && name.ends_with('>')) name = name.substr(1, name.size() - 2);
    return named(ListingLine::Kind::symbol, name);
  }
  // skep's listings write a name that is no word so.
  if (text.starts_with('<') && text.ends_with(">:") && text.size() > 3)
    return named(ListingLine::Kind::symbol, text.substr(1, text.size() - 3));
  const auto open = text.find('(');
  if (!text.ends_with("):") || open == std::string_view::npos) return std::nullopt;
  std::string_view name = text.substr(0, open);
  const auto start = std::find_if_not(name.rbegin(), name.rend(), is_word);
  name.remove_prefix(static_cast<std::size_t>(name.rend() - start));
  // The name stands behind a type, or a blank at least: `f(x):` is no prototype.
  if (name.empty() || start == text.substr(0, open).rend() || is_digit(name[0])) return std::nullopt;
  return named(ListingLine::Kind::symbol, name);
}

/// `0000000000000020:  R_BPF_64_64  my_map`
std::optional<ListingLine> relocation_line(std::string_view text) {
  if (count_while(text, is_hex) != 16 || text.size() < 20 || text[16] != ':') return std::nullopt;
  std::string_view rest = trim_left(text.substr(17));
  if (rest.starts_with("CO-RE ")) return ListingLine{};  // llvm-objdump 19: what .BTF.ext says; no symbol
  if (!rest.starts_with("R_BPF_")) return std::nullopt;
  rest.remove_prefix(std::min(rest.find_first_of(" \t"), rest.size()));
  ListingLine line = named(ListingLine::Kind::relocation, trim(rest));
  line.byte_offset = hex_value(text.substr(0, 16));
  return line;
}

/// Takes `12:`, and `  1  12:` where the verifier numbers loops in front.
std::optional<std::uint32_t> take_slot_number(std::string_view& text) {
  std::string_view rest = text;
  const std::size_t loop = count_while(rest, is_digit);
  if (loop != 0 && loop < rest.size() && is_blank(rest[loop])) rest = trim_left(rest.substr(loop));
  const std::size_t digits = count_while(rest, is_digit);
  if (digits == 0 || digits > 8 || digits == rest.size() || rest[digits] != ':') return std::nullopt;
  std::uint32_t number = 0;
  for (const char c : rest.substr(0, digits)) number = number * 10 + static_cast<std::uint32_t>(c - '0');
  text = trim_left(rest.substr(digits + 1));
  return number;
}

/// Takes `0.2345....`: the registers that are live before the instruction.
void take_live_registers(std::string_view& text) {
  constexpr std::size_t width = 10;
  if (text.size() <= width || !is_blank(text[width])) return;
  const std::string_view column = text.substr(0, width);
  if (column.find_first_not_of(".0123456789") == std::string_view::npos) text = trim_left(text.substr(width));
}

/// Takes `(79)`.
std::optional<unsigned> take_opcode(std::string_view& text) {
  const bool there = text.size() > 4 && text[0] == '(' && is_hex(text[1]) && is_hex(text[2]) && text[3] == ')';
  if (!there) return std::nullopt;
  const auto opcode = static_cast<unsigned>(hex_value(text.substr(1, 2)));
  text = trim_left(text.substr(4));
  return opcode;
}

}  // namespace

std::string without_comments(std::string_view line, bool& inside) {
  std::string cleaned(line);
  const auto blank = [&cleaned](std::size_t from, std::size_t to) {
    std::fill(cleaned.begin() + static_cast<std::ptrdiff_t>(from), cleaned.begin() + static_cast<std::ptrdiff_t>(to),
              ' ');
  };
  if (!inside && trim_left(line).starts_with(';')) return std::string(line.size(), ' ');
  bool quoted = false;
  for (std::size_t i = 0; i < line.size();) {
    const std::string_view rest = line.substr(i);
    if (inside || (!quoted && rest.starts_with("/*"))) {
      const auto close = line.find("*/", inside ? i : i + 2);
      const std::size_t end = close == std::string_view::npos ? line.size() : close + 2;
      inside = close == std::string_view::npos;
      blank(i, end);
      i = end;
      continue;
    }
    if (rest[0] == '"') quoted = !quoted;
    if (!quoted && (rest.starts_with("//") || (rest[0] == '#' && (i == 0 || is_blank(line[i - 1]))))) {
      blank(i, line.size());
      break;
    }
    ++i;
  }
  return cleaned;
}

ListingLine read_listing_line(std::string_view whole) {
  ListingLine line;
  std::string_view text = trim(whole);
  if (text.empty() || text[0] == ';') return line;
  if (auto section = section_line(text)) return *section;
  if (auto symbol = symbol_line(text)) return *symbol;
  if (auto relocation = relocation_line(text)) return *relocation;
  if (is_banner(text) || is_state(text)) return line;

  line.number = take_slot_number(text);
  if (line.number) take_live_registers(text);
  line.bytes = take_bytes(text);
  if (line.number && is_state(text)) return ListingLine{};
  line.opcode = take_opcode(text);
  // Behind an instruction of a listing `;` starts a comment: the verifier's states.
  if (line.is_listing()) text = trim(text.substr(0, std::min(text.find(';'), text.size())));
  line.kind = !text.empty()         ? ListingLine::Kind::statements
              : !line.bytes.empty() ? ListingLine::Kind::bytes
                                    : ListingLine::Kind::nothing;
  line.text = text;
  line.column = text.empty() ? 0 : static_cast<std::size_t>(text.data() - whole.data());
  return line;
}

}  // namespace skep
