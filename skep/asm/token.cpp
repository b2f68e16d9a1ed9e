#include "skep/asm/token.hpp"

#include <array>

namespace skep {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}
bool is_name(char c) { return is_name_start(c) || is_digit(c); }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Operators of more than one character, longest first.
constexpr std::array<std::string_view, 14> operators{"s>>=", "s>=", "s<=", "s/=", "s%=", "s>", "s<",
                                                     "<<=",  ">>=", "==",  "!=",  ">=",  "<=", "+="};
constexpr std::array<std::string_view, 7> assignments{"-=", "*=", "/=", "%=", "&=", "|=", "^="};

std::size_t mark_length(std::string_view rest) {
  for (const std::string_view op : operators) {
    if (rest.starts_with(op)) return op.size();
  }
  for (const std::string_view op : assignments) {
    if (rest.starts_with(op)) return op.size();
  }
  return 1;
}

/// "s>" is an operator only where a word cannot go on: after a blank or at the start.
bool is_signed_operator(std::string_view rest) { return rest.size() > 1 && rest[0] == 's' && mark_length(rest) > 1; }

Token number(std::string_view rest, std::uint32_t column) {
  Token token{Token::Kind::number, {}, 0, false, column};
  const bool hex = (rest.starts_with("0x") || rest.starts_with("0X")) && rest.size() > 2 && hex_digit(rest[2]) >= 0;
  const std::uint64_t base = hex ? 16 : 10;
  std::size_t i = hex ? 2 : 0;
  for (; i < rest.size(); ++i) {
    const int digit = hex_digit(rest[i]);
    if (digit < 0 || static_cast<std::uint64_t>(digit) >= base) break;
    if (token.magnitude > (UINT64_MAX - static_cast<std::uint64_t>(digit)) / base) token.too_large = true;
    token.magnitude = token.magnitude * base + static_cast<std::uint64_t>(digit);
  }
  token.text = rest.substr(0, i);
  return token;
}

}  // namespace

std::vector<Token> tokenize(std::string_view statement, std::uint32_t column) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < statement.size();) {
    const std::string_view rest = statement.substr(i);
    const auto at = static_cast<std::uint32_t>(column + i);
    if (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r') {
      ++i;
      continue;
    }
    if (is_digit(rest[0])) {
      tokens.push_back(number(rest, at));
    } else if (is_name_start(rest[0]) && !is_signed_operator(rest)) {
      std::size_t length = 1;
      while (length < rest.size() && is_name(rest[length])) ++length;
      tokens.push_back({Token::Kind::name, rest.substr(0, length), 0, false, at});
    } else {
      tokens.push_back({Token::Kind::mark, rest.substr(0, mark_length(rest)), 0, false, at});
    }
    i += tokens.back().text.size();
  }
  tokens.push_back({Token::Kind::end, {}, 0, false, static_cast<std::uint32_t>(column + statement.size())});
  return tokens;
}

}  // namespace skep
