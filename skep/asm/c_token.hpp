// Words of a C text: enough of C's lexical rules to find an array and read its initialisers. Comments of both kinds
// and line continuations vanish; each word keeps its place for messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skep {

struct CToken {
  enum class Kind : std::uint8_t {
    name,
    number,     ///< as written, suffix included
    character,  ///< 'a', quotes included
    string,
    mark,        ///< one character, or << and >>
    unfinished,  ///< a comment, string or character constant that never ends
    end,
  } kind = Kind::end;
  std::string_view text = {};
  std::uint32_t line = 1;      ///< 1-based
  std::uint32_t column = 1;    ///< 1-based, in bytes
  std::size_t line_start = 0;  ///< where its line begins in the text

  [[nodiscard]] bool is(std::string_view word) const {
    return (kind == Kind::name || kind == Kind::mark) && text == word;
  }
};

/// All words, an end token last. Never fails: what is no word is a mark.
[[nodiscard]] std::vector<CToken> tokenize_c(std::string_view text);

}  // namespace skep
