// C's lexical rules, as far as arrays of instructions need them (C17 section 6.4): one pass, no preprocessing.
#include "skep/asm/c_token.hpp"

namespace skep {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\n'; }

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  std::vector<CToken> run() {
    while (at_ < text_.size()) step();
    begin();
    add(CToken::Kind::end);
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] bool next_is(std::string_view word) const { return text_.substr(at_, word.size()) == word; }

  void begin() {
    start_ = at_;
    start_line_ = line_;
    start_line_start_ = line_start_;
  }

  void add(CToken::Kind kind) {
    const auto column = static_cast<std::uint32_t>(start_ - start_line_start_ + 1);
    tokens_.push_back({kind, text_.substr(start_, at_ - start_), start_line_, column, start_line_start_});
  }

  void advance() {
    if (text_[at_++] != '\n') return;
    ++line_;
    line_start_ = at_;
  }

  void step() {
    begin();
    const char c = text_[at_];
    if (is_blank(c) || next_is("\\\n") || next_is("\\\r\n")) return advance();
    if (next_is("//")) return skip_line();
    if (next_is("/*")) return skip_comment();
    if (c == '"' || c == '\'') return quoted(c);
    if (is_word(c)) return word();
    at_ += next_is("<<") || next_is(">>") ? 2 : 1;
    add(CToken::Kind::mark);
  }

  void skip_line() {
    while (at_ < text_.size() && text_[at_] != '\n') advance();
  }

  void skip_comment() {
    at_ += 2;
    while (at_ < text_.size() && !next_is("*/")) advance();
    if (at_ >= text_.size()) return add(CToken::Kind::unfinished);
    at_ += 2;
  }

  void quoted(char quote) {
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      at_ += next_is("\\") && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 2 : 1;
    }
    if (at_ >= text_.size() || text_[at_] == '\n') return add(CToken::Kind::unfinished);
    ++at_;
    add(quote == '"' ? CToken::Kind::string : CToken::Kind::character);
  }

  void word() {
    const bool number = is_digit(text_[at_]);
    while (at_ < text_.size() && (is_word(text_[at_]) || (number && text_[at_] == '.'))) ++at_;
    add(number ? CToken::Kind::number : CToken::Kind::name);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::size_t line_start_ = 0;
  std::size_t start_ = 0;
  std::uint32_t start_line_ = 1;
  std::size_t start_line_start_ = 0;
  std::vector<CToken> tokens_;
};

}  // namespace

std::vector<CToken> tokenize_c(std::string_view text) { return Tokenizer(text).run(); }

}  // namespace skep
