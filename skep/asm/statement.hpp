// One statement as an instruction, in either family of dialects: the C-like one (kernel, LLVM) and the mnemonic one
// (GNU, ubpf).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "skep/asm/token.hpp"
#include "skep/base/base.hpp"
#include "skep/isa/isa.hpp"

namespace skep {

/// A name whose number is known only when the whole text has been read.
struct NamedTarget {
  enum class Kind : std::uint8_t { jump, call, immediate } kind;
  std::string name;
  std::uint32_t column;
};

struct Statement {
  Instruction insn;
  std::optional<NamedTarget> target = {};
};

/// What is wrong with a statement, and where.
struct StatementError {
  std::uint32_t column;
  std::string what;
  std::string help = {};
  std::string word = {};  ///< what is no instruction; help_for() looks for the one that was meant
};
/// What to do next. Not made with the error: listings have many lines that are no statement and are never complained
/// about.
[[nodiscard]] std::string help_for(const StatementError& error);

using StatementResult = tl::expected<Statement, StatementError>;

/// Tokens with a place in them, and the operands that all dialects share. A failed read leaves its complaint in error()
/// — the first one counts.
class Cursor {
 public:
  explicit Cursor(const std::vector<Token>& tokens) : tokens_(tokens) {}

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] bool at_end() const { return peek().kind == Token::Kind::end; }
  void skip(std::size_t count = 1) { at_ = std::min(at_ + count, tokens_.size() - 1); }
  [[nodiscard]] bool is_mark(std::string_view text, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::mark && peek(ahead).text == text;
  }
  [[nodiscard]] bool is_name(std::string_view text, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::name && peek(ahead).text == text;
  }
  /// Takes the mark or name if it is next.
  bool take(std::string_view text) {
    if (at_end() || peek().text != text) return false;
    skip();
    return true;
  }
  /// Takes it or complains.
  bool expect(std::string_view text);

  struct Register {
    Reg reg;
    Width width;
  };
  /// A register at `ahead`, with or without %, without taking it.
  [[nodiscard]] std::optional<Register> peek_register(std::size_t ahead = 0) const;
  std::optional<Register> take_register();
  Reg expect_register();

  /// [+|-] number, as 64 bits; nothing (with a complaint) if there is none.
  std::optional<std::uint64_t> expect_number();
  /// The same as a 32-bit immediate: signed, or unsigned up to 0xffffffff.
  std::int32_t expect_imm32();
  std::int16_t expect_off16();
  /// Slots to jump over: signed, 32 bits.
  std::int32_t expect_distance();
  std::uint16_t expect_address_space();
  [[nodiscard]] bool next_is_number() const {
    return peek().kind == Token::Kind::number ||
           ((is_mark("-") || is_mark("+")) && peek(1).kind == Token::Kind::number);
  }

  /// `pc+4`, `+4`, `-0x4 <name>`, or a name; the number of slots, or `target` filled.
  std::int32_t expect_target(std::optional<NamedTarget>& target, NamedTarget::Kind kind);

  /// "map[fd:4]", "map[fd:4][0]+8", "map[idx:…]", "var[id:5]", "subprog[+5]": what a 64-bit load can hold besides a
  /// number.
  [[nodiscard]] bool next_is_pseudo() const;
  LoadImm64 expect_pseudo(Reg dst);

  void complain(std::uint32_t column, std::string what, std::string help = {});
  /// No instruction starts like this.
  void complain_unknown(const Token& token, std::string help);
  [[nodiscard]] const std::optional<StatementError>& error() const { return error_; }
  /// The statement, if nothing was complained about and nothing is left over.
  [[nodiscard]] StatementResult finish(Instruction insn, std::optional<NamedTarget> target = {});

 private:
  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  std::optional<StatementError> error_;
};

/// `wide`: a kernel listing's opcode said that this is a 64-bit immediate load.
[[nodiscard]] StatementResult parse_c_like(Cursor cursor, bool wide);
[[nodiscard]] StatementResult parse_mnemonic(Cursor cursor);
/// Does the statement begin with a GNU mnemonic?
[[nodiscard]] bool starts_with_mnemonic(const Cursor& cursor);
/// `call …` and `exit`, which all dialects write alike. Precondition: that word is next.
[[nodiscard]] StatementResult parse_call(Cursor cursor);
/// All mnemonics, for "did you mean".
[[nodiscard]] std::vector<std::string> mnemonics();

}  // namespace skep
