// Words of one assembly statement: names, numbers, punctuation, each with its column for messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skep {

struct Token {
  enum class Kind : std::uint8_t { name, number, mark, end } kind = Kind::end;
  std::string_view text = {};
  std::uint64_t magnitude = 0;  ///< number
  bool too_large = false;       ///< number of more than 64 bits
  std::uint32_t column = 0;     ///< 1-based, in the line
};

/// The statement's tokens, an end token last. `column`: where the statement starts in its line. Never fails: what is no
/// word is a mark of one character.
[[nodiscard]] std::vector<Token> tokenize(std::string_view statement, std::uint32_t column);

}  // namespace skep
