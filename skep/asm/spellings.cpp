// Which of a program's spellings a file holds. Decided by its bytes; the name decides only between C's two.
#include "skep/asm/spellings.hpp"

#include <algorithm>

#include "skep/asm/c_token.hpp"
#include "skep/asm/insn_macros.hpp"

namespace skep {
namespace {

constexpr std::string_view elf_magic = "\177ELF";

/// UTF-8 and other texts count: only control characters do not occur in them.
bool is_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && std::string_view("\t\n\r\f\v").find(c) == std::string_view::npos) || byte == 0x7f;
  });
}

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// One word of a hex text: `b7`, `0xb7`, `b701000000000000`, `\xb7\x01`; what parse_hex() reads, but an odd digit is
/// for it to report.
bool is_hex_word(std::string_view word) {
  do {
    if (word.starts_with("0x") || word.starts_with("0X") || word.starts_with("\\x")) word.remove_prefix(2);
    const std::string_view digits = word.substr(0, word.find('\\'));
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_hex_digit)) return false;
    word.remove_prefix(digits.size());
  } while (word.starts_with("\\x"));
  return word.empty();
}

std::string_view without_comment(std::string_view line) {
  return line.substr(0, std::min(line.find('#'), line.find("//")));
}

/// Hex digits, separators and comments, and at least one digit.
bool is_hex(std::string_view text) {
  constexpr std::string_view separators = " \t\r\f\v,";
  bool any = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = without_comment(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    while (true) {
      line.remove_prefix(std::min(line.find_first_not_of(separators), line.size()));
      if (line.empty()) break;
      const std::string_view word = line.substr(0, line.find_first_of(separators));
      if (!is_hex_word(word)) return false;
      any = true;
      line.remove_prefix(word.size());
    }
  }
  return any;
}

/// Listings have the program's source between their instructions, as lines that begin with `;`. No C does.
std::string without_source_lines(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] != ';') kept += std::string(line) + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return kept;
}

/// Does the text hold instructions as C initialisers, and nothing that only a compiler can read?
struct CText {
  bool array = false;    ///< `bpf_insn …[`, an instruction macro with its parenthesis, or an element alone
  bool section = false;  ///< SEC(): the functions are the programs
  bool program = false;  ///< a function body or `#include`
};

CText look_at_c(std::string_view text) {
  const std::vector<CToken> tokens = tokenize_c(text);
  const auto at = [&tokens](std::size_t i) -> const CToken& { return tokens[std::min(i, tokens.size() - 1)]; };
  CText seen;
  seen.array = at(0).is("{");
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const CToken& token = tokens[i];
    if (token.is("bpf_insn") && (at(i + 1).is("[") || at(i + 2).is("["))) seen.array = true;
    if (token.kind == CToken::Kind::name && at(i + 1).is("(") && find_insn_macro(token.text) != nullptr)
      seen.array = true;
    if (token.is("SEC") && at(i + 1).is("(")) seen.section = true;
    if (token.is("#") && at(i + 1).is("include")) seen.program = true;
    if (token.is(")") && at(i + 1).is("{") && !(i > 0 && tokens[i - 1].is("]")) &&
        !(i > 0 && tokens[i - 1].is("bpf_insn")))
      seen.program = true;
  }
  return seen;
}

}  // namespace

Spelling guess_spelling(ByteView bytes, std::string_view file_name) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with(elf_magic)) return Spelling::elf;
  const bool named_c = file_name.ends_with(".c");
  if (!is_text(text)) return named_c ? Spelling::c_source : Spelling::raw;
  if (is_hex_dump(text)) return Spelling::hex;
  const CText seen = look_at_c(without_source_lines(text));
  // The array of a whole C file is the program, unless its functions are: then arrays and macros are only tools.
  if (seen.array && !seen.section) return Spelling::c_array;
  if (named_c || seen.section || seen.program) return Spelling::c_source;
  return is_hex(text) ? Spelling::hex : Spelling::assembly;
}

std::string_view name_of(Spelling spelling) {
  switch (spelling) {
    case Spelling::elf: return "elf";
    case Spelling::raw: return "raw";
    case Spelling::hex: return "hex";
    case Spelling::c_array: return "c-array";
    case Spelling::assembly: return "assembly";
    case Spelling::c_source: return "c-source";
  }
  return "";
}

}  // namespace skep
