// The operands that all dialects share.
#include <limits>

#include "skep/asm/statement.hpp"

namespace skep {
namespace {

std::string shown(const Token& token) {
  return token.kind == Token::Kind::end ? "the end of the statement" : fmt::format("`{}`", token.text);
}

}  // namespace

void Cursor::complain(std::uint32_t column, std::string what, std::string help) {
  if (!error_) error_ = StatementError{column, std::move(what), std::move(help)};
}

void Cursor::complain_unknown(const Token& token, std::string help) {
  if (error_) return;
  complain(token.column, fmt::format("`{}` does not start an instruction", std::string(token.text)), std::move(help));
  if (token.kind == Token::Kind::name) error_->word = token.text;
}

bool Cursor::expect(std::string_view text) {
  if (take(text)) return true;
  complain(peek().column, fmt::format("expected `{}` here, not {}", text, shown(peek())));
  return false;
}

std::optional<Cursor::Register> Cursor::peek_register(std::size_t ahead) const {
  if (is_mark("%", ahead)) ++ahead;
  const Token& token = peek(ahead);
  if (token.kind != Token::Kind::name || token.text.size() < 2 || token.text.size() > 3) return std::nullopt;
  if (token.text == "fp") return Register{Reg::r10, Width::w64};
  const char kind = token.text[0];
  if (kind != 'r' && kind != 'w') return std::nullopt;
  std::uint32_t number = 0;
  for (const char c : token.text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (number >= register_count || (token.text.size() == 3 && token.text[1] == '0')) return std::nullopt;
  return Register{static_cast<Reg>(number), kind == 'w' ? Width::w32 : Width::w64};
}

std::optional<Cursor::Register> Cursor::take_register() {
  const auto reg = peek_register();
  if (!reg) return std::nullopt;
  take("%");
  skip();
  return reg;
}

Reg Cursor::expect_register() {
  const auto reg = take_register();
  if (!reg) complain(peek().column, fmt::format("expected a register (r0 to r10) here, not {}", shown(peek())));
  return reg ? reg->reg : Reg::r0;
}

std::optional<std::uint64_t> Cursor::expect_number() {
  bool negative = false;
  // "+-4" is how GNU writes a negative offset.
  while (is_mark("+") || is_mark("-")) {
    negative ^= is_mark("-");
    skip();
  }
  const Token& token = peek();
  if (token.kind != Token::Kind::number) {
    complain(token.column, fmt::format("expected a number here, not {}", shown(token)));
    return std::nullopt;
  }
  if (token.too_large || (negative && token.magnitude > std::uint64_t{1} << 63)) {
    complain(token.column, fmt::format("{} does not fit into 64 bits", token.text));
    return std::nullopt;
  }
  skip();
  return negative ? std::uint64_t{0} - token.magnitude : token.magnitude;
}

std::int32_t Cursor::expect_imm32() {
  const std::uint32_t column = peek().column;
  const auto value = expect_number();
  if (!value) return 0;
  const auto as_signed = static_cast<std::int64_t>(*value);
  const bool fits =
      (as_signed >= std::numeric_limits<std::int32_t>::min() && as_signed <= std::numeric_limits<std::uint32_t>::max());
  if (!fits)
    complain(column, "the number does not fit into the instruction's 32-bit immediate",
             "a 64-bit constant is written with ll: r1 = 0x1122334455667788 ll");
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(*value));
}

std::int32_t Cursor::expect_distance() {
  const std::uint32_t column = peek().column;
  const auto value = static_cast<std::int64_t>(expect_number().value_or(0));
  if (value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max())
    return static_cast<std::int32_t>(value);
  complain(column, "the distance does not fit into 32 bits");
  return 0;
}

std::uint16_t Cursor::expect_address_space() {
  const std::uint32_t column = peek().column;
  const std::uint64_t value = expect_number().value_or(0);
  if (value > std::numeric_limits<std::uint16_t>::max())
    complain(column, "an address space is a number of 16 bits (0 to 65535)");
  return static_cast<std::uint16_t>(value);
}

std::int16_t Cursor::expect_off16() {
  const std::uint32_t column = peek().column;
  const auto value = expect_number();
  if (!value) return 0;
  const auto as_signed = static_cast<std::int64_t>(*value);
  if (as_signed < std::numeric_limits<std::int16_t>::min() || as_signed > std::numeric_limits<std::int16_t>::max()) {
    complain(column, "the offset does not fit into 16 bits (-32768 to 32767)");
    return 0;
  }
  return static_cast<std::int16_t>(as_signed);
}

std::int32_t Cursor::expect_target(std::optional<NamedTarget>& target, NamedTarget::Kind kind) {
  if (is_name("pc") && (is_mark("+", 1) || is_mark("-", 1))) skip();
  if (peek().kind == Token::Kind::name) {
    target = NamedTarget{kind, std::string(peek().text), peek().column};
    skip();
    return 0;
  }
  if (is_mark("<") && peek(1).kind == Token::Kind::name && is_mark(">", 2)) {
    target = NamedTarget{kind, std::string(peek(1).text), peek(1).column};
    skip(3);
    return 0;
  }
  const std::int32_t offset = expect_distance();
  // llvm-objdump names the place behind the number; the number counts.
  if (is_mark("<")) {
    while (!at_end() && !is_mark(">")) skip();
    expect(">");
  }
  return offset;
}

bool Cursor::next_is_pseudo() const {
  return (is_name("map") || is_name("var") || is_name("subprog")) && is_mark("[", 1);
}

LoadImm64 Cursor::expect_pseudo(Reg dst) {
  LoadImm64 load{dst, ImmKind::map_fd, 0, 0};
  const std::string_view kind = peek().text;
  skip(2);
  if (kind == "subprog") {
    load.kind = ImmKind::function;
    load.low = expect_imm32();
    expect("]");
    if (is_mark("+")) load.high = expect_imm32();
    return load;
  }
  const std::string_view by = peek().text;
  const std::uint32_t column = peek().column;
  skip();
  expect(":");
  load.low = expect_imm32();
  expect("]");
  if (kind == "var" && by == "id") {
    load.kind = ImmKind::variable;
    if (is_mark("+")) load.high = expect_imm32();
  } else if (by == "fd") {
    if (take("[")) {
      load.kind = ImmKind::map_value;
      if (peek().magnitude != 0) complain(peek().column, "only element 0 of a map has an address: [0]");
      expect_imm32();
      expect("]");
      load.high = expect_imm32();
    }
  } else if (by == "idx") {
    load.kind = ImmKind::map_index;
    if (is_mark("+")) {
      load.kind = ImmKind::map_index_value;
      load.high = expect_imm32();
    }
  } else if (by == "id") {
    complain(
        column,
        fmt::format("map[id:{}] is the number of a map in some running kernel, which means nothing here", load.low),
        "for a map that the text declares (.map NAME type=… key=… value=… entries=…) write its name: r1 = NAME ll; for "
        "one that the loader has open its descriptor: map[fd:4], and for its value map[fd:4][0]+0");
  } else {
    complain(column, fmt::format("{}[{}:…] is not known", kind, by),
             "write map[fd:4], map[fd:4][0]+8, map[idx:0], var[id:5] or subprog[+5]");
  }
  return load;
}

StatementResult Cursor::finish(Instruction insn, std::optional<NamedTarget> target) {
  if (!error_ && !at_end())
    complain(peek().column, fmt::format("{} is left over behind the instruction", shown(peek())));
  if (error_) return tl::unexpected<StatementError>(*error_);
  return Statement{insn, std::move(target)};
}

}  // namespace skep
