// Precedence climbing with two explicit stacks: the depth of the input never becomes depth of our stack.
#include "skep/asm/c_expression.hpp"

#include <algorithm>
#include <array>

#include "skep/abi/abi.hpp"

namespace skep {
namespace {

constexpr std::size_t deepest_nesting = 64;

/// An integer of C: 32 or 64 bits, signed or not. Invariant: `bits` is the value extended to 64 bits by its sign.
struct Value {
  std::uint64_t bits = 0;
  bool wide = false;
  bool is_unsigned = false;
};

Value fit(Value value) {
  if (value.wide) return value;
  const auto low = static_cast<std::uint32_t>(value.bits);
  value.bits = value.is_unsigned ? low : static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(low)});
  return value;
}

Value from_int(std::int64_t number) { return {static_cast<std::uint64_t>(number), false, false}; }

struct Name {
  std::string_view name;
  std::int32_t value;
};
constexpr auto names = std::to_array<Name>({
#define C_NAME(name, value) {#name, value},
#include "skep/asm/c_names.def"
#undef C_NAME
});

constexpr std::string_view helper_prefix = "BPF_FUNC_";

std::optional<Value> named_value(std::string_view name) {
  const auto* row = std::find_if(names.begin(), names.end(), [name](const Name& it) { return it.name == name; });
  if (row != names.end()) return from_int(row->value);
  if (!name.starts_with(helper_prefix)) return std::nullopt;
  const HelperInfo* helper = find_helper(name.substr(helper_prefix.size()));
  if (helper == nullptr) return std::nullopt;
  return from_int(static_cast<std::int64_t>(helper->id));
}

std::string help_for(std::string_view name) {
  constexpr std::size_t longest_name = 64;
  std::vector<std::string> candidates;
  for (const Name& row : names) candidates.emplace_back(row.name);
  for (const HelperInfo& row : helpers()) candidates.push_back(std::string(helper_prefix) + std::string(row.name));
  const std::string near = name.size() > longest_name ? "" : nearest(name, candidates);
  if (!near.empty()) return fmt::format("did you mean {}?", near);
  return "only numbers and the BPF_* names of <linux/bpf.h> are known here: write the number itself";
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

struct Radix {
  std::string_view prefix;
  unsigned base;
};
Radix radix_of(std::string_view text) {
  for (const Radix& radix : {Radix{"0x", 16}, Radix{"0X", 16}, Radix{"0b", 2}, Radix{"0B", 2}}) {
    if (text.starts_with(radix.prefix) && text.size() > 2) return radix;
  }
  return text.starts_with("0") ? Radix{"", 8} : Radix{"", 10};
}

struct Suffix {
  bool is_unsigned = false;
  bool is_long = false;
};
std::optional<Suffix> suffix_of(std::string_view text) {
  Suffix suffix;
  for (const char c : text) {
    if (c == 'u' || c == 'U')
      suffix.is_unsigned = true;
    else if (c == 'l' || c == 'L')
      suffix.is_long = true;
    else
      return std::nullopt;
  }
  if (text.size() > 3) return std::nullopt;
  return suffix;
}

/// An integer constant with the type that C17 section 6.4.4.1 gives it.
std::optional<Value> number_value(std::string_view text) {
  const Radix radix = radix_of(text);
  text.remove_prefix(radix.prefix.size());
  std::optional<std::uint64_t> magnitude = 0;
  while (!text.empty() && digit_of(text[0]) < static_cast<int>(radix.base)) {
    magnitude = checked_multiply<std::uint64_t>(*magnitude, radix.base);
    if (magnitude) magnitude = checked_add<std::uint64_t>(*magnitude, static_cast<std::uint64_t>(digit_of(text[0])));
    if (!magnitude) return std::nullopt;
    text.remove_prefix(1);
  }
  const auto suffix = suffix_of(text);
  if (!suffix) return std::nullopt;
  const bool may_be_unsigned = suffix->is_unsigned || radix.base != 10;
  const bool fits_int = *magnitude <= INT32_MAX;
  const bool wide = suffix->is_long || (!fits_int && !(may_be_unsigned && *magnitude <= UINT32_MAX));
  const bool too_large_for_signed = *magnitude > (wide ? std::uint64_t{INT64_MAX} : std::uint64_t{INT32_MAX});
  return Value{*magnitude, wide, suffix->is_unsigned || too_large_for_signed};
}

struct Escape {
  char letter;
  int value;
};
constexpr auto escapes = std::to_array<Escape>({{'n', 10},
                                                {'t', 9},
                                                {'r', 13},
                                                {'a', 7},
                                                {'b', 8},
                                                {'f', 12},
                                                {'v', 11},
                                                {'\\', 92},
                                                {'\'', 39},
                                                {'"', 34},
                                                {'?', 63}});

/// 'a', '\n', '\x41', '\101': one character.
std::optional<Value> character_value(std::string_view text) {
  text = text.substr(1, text.size() - 2);
  if (text.size() == 1 && text[0] != '\\') return from_int(static_cast<signed char>(text[0]));
  if (text.size() < 2 || text.size() > 4 || text[0] != '\\') return std::nullopt;
  text.remove_prefix(1);
  const auto* row =
      std::find_if(escapes.begin(), escapes.end(), [text](const Escape& it) { return it.letter == text[0]; });
  if (row != escapes.end() && text.size() == 1) return from_int(row->value);
  const int base = text[0] == 'x' ? 16 : 8;
  if (base == 16) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  int number = 0;
  for (const char c : text) {
    if (digit_of(c) >= base) return std::nullopt;
    number = number * base + digit_of(c);
  }
  if (number > 255) return std::nullopt;
  return from_int(static_cast<signed char>(number));
}

struct Type {
  std::string_view name;
  unsigned bits;
  bool is_unsigned;
};
constexpr auto types = std::to_array<Type>({
    {"__u8", 8, true},    {"u8", 8, true},        {"uint8_t", 8, true},   {"__s8", 8, false},   {"s8", 8, false},
    {"int8_t", 8, false}, {"char", 8, false},     {"__u16", 16, true},    {"u16", 16, true},    {"uint16_t", 16, true},
    {"__s16", 16, false}, {"s16", 16, false},     {"int16_t", 16, false}, {"short", 16, false}, {"__u32", 32, true},
    {"u32", 32, true},    {"uint32_t", 32, true}, {"__s32", 32, false},   {"s32", 32, false},   {"int32_t", 32, false},
    {"int", 32, false},   {"unsigned", 32, true}, {"__u64", 64, true},    {"u64", 64, true},    {"uint64_t", 64, true},
    {"__s64", 64, false}, {"s64", 64, false},     {"int64_t", 64, false}, {"long", 64, false},
});

const Type* find_type(std::string_view name) {
  const auto* row = std::find_if(types.begin(), types.end(), [name](const Type& it) { return it.name == name; });
  return row == types.end() ? nullptr : row;
}

/// The type in a cast: one word, or `unsigned` and others ("unsigned long", "long long").
std::optional<Type> type_of(std::span<const CToken> words) {
  std::optional<Type> type;
  bool is_unsigned = false;
  for (const CToken& word : words) {
    const Type* row = find_type(word.text);
    if (row == nullptr) return std::nullopt;
    if (row->name == "unsigned") is_unsigned = true;
    if (!type || type->bits == 32) type = *row;
  }
  if (type) type->is_unsigned = type->is_unsigned || is_unsigned;
  return type;
}

Value convert(Value value, const Type& type) {
  const unsigned drop = 64 - type.bits;
  const std::uint64_t up = value.bits << drop;
  const std::uint64_t bits =
      type.is_unsigned ? up >> drop : static_cast<std::uint64_t>(static_cast<std::int64_t>(up) >> drop);
  return {bits, type.bits == 64, type.is_unsigned && type.bits >= 32};
}

struct Operator {
  std::string_view text;
  int precedence;  ///< larger binds more tightly
};
constexpr auto operators =
    std::to_array<Operator>({{"|", 1}, {"^", 2}, {"&", 3}, {"<<", 4}, {">>", 4}, {"+", 5}, {"-", 5}, {"*", 6}});

struct Pending {
  enum class Kind : std::uint8_t { parenthesis, unary, cast, binary } kind;
  std::size_t token;
  int precedence = 0;
  Type type = {};
};

class Evaluation {
 public:
  Evaluation(std::span<const CToken> tokens, std::size_t& at) : tokens_(tokens), at_(at) {}

  tl::expected<std::int64_t, CError> run() {
    do {
      if (!operand()) return tl::unexpected(*error_);
      close_parentheses();
      if (error_) return tl::unexpected(*error_);
    } while (binary_operator());
    if (error_) return tl::unexpected(*error_);
    reduce(0);
    if (error_) return tl::unexpected(*error_);
    if (!pending_.empty()) return tl::unexpected(CError{at_, "a parenthesis is not closed", "add ')'"});
    return static_cast<std::int64_t>(values_.back().bits);
  }

 private:
  [[nodiscard]] const CToken& here() const { return tokens_[std::min(at_, tokens_.size() - 1)]; }

  bool fail(std::size_t token, std::string what, std::string help = {}) {
    if (!error_) error_ = CError{token, std::move(what), std::move(help)};
    return false;
  }

  bool push(Pending pending) {
    const bool opens = pending.kind == Pending::Kind::parenthesis;
    if (opens && ++depth_ > deepest_nesting)
      return fail(pending.token, "parentheses nest too deeply", "at most 64 levels are read");
    pending_.push_back(pending);
    return true;
  }

  /// `(type)`: how many words the type has, 0 if this is no cast.
  [[nodiscard]] std::size_t cast_words() const {
    constexpr std::size_t longest_type = 4;
    std::size_t end = at_ + 1;
    while (end < tokens_.size() && end - at_ <= longest_type && tokens_[end].kind == CToken::Kind::name) ++end;
    return end < tokens_.size() && tokens_[end].is(")") ? end - at_ - 1 : 0;
  }

  /// Prefixes (parentheses, casts, unary operators) and the operand they stand before.
  bool operand() {
    while (true) {
      const CToken& token = here();
      if (token.is("-") || token.is("+") || token.is("~")) {
        if (!push({Pending::Kind::unary, at_})) return false;
        ++at_;
        continue;
      }
      if (!token.is("(")) break;
      const std::size_t words = cast_words();
      const auto type = type_of(tokens_.subspan(at_ + 1, words));
      if (!push({type ? Pending::Kind::cast : Pending::Kind::parenthesis, at_, 0, type.value_or(Type{})})) return false;
      at_ += type ? words + 2 : 1;
    }
    return constant();
  }

  bool constant() {
    const CToken& token = here();
    const std::string text(token.text.substr(0, 60));
    std::optional<Value> value;
    switch (token.kind) {
      case CToken::Kind::name:
        value = named_value(token.text);
        if (!value) return fail(at_, fmt::format("unknown name {}", text), help_for(token.text));
        break;
      case CToken::Kind::number:
        value = number_value(token.text);
        if (!value)
          return fail(at_, fmt::format("{} is no integer of 64 bits", text),
                      "decimal, 0x hexadecimal, 0 octal and 0b binary numbers are read");
        break;
      case CToken::Kind::character:
        value = character_value(token.text);
        if (!value) return fail(at_, fmt::format("{} is not one character", text), "write the number itself");
        break;
      case CToken::Kind::string: return fail(at_, "a string where a number belongs");
      case CToken::Kind::unfinished: return fail(at_, "this comment or quotation never ends");
      case CToken::Kind::mark: return fail(at_, fmt::format("a number belongs here, not '{}'", text));
      case CToken::Kind::end: return fail(at_, "the text ends where a number belongs");
    }
    ++at_;
    values_.push_back(*value);
    apply_prefixes();
    return true;
  }

  void apply_prefixes() {
    while (!pending_.empty() &&
           (pending_.back().kind == Pending::Kind::unary || pending_.back().kind == Pending::Kind::cast)) {
      const Pending prefix = pending_.back();
      pending_.pop_back();
      Value& value = values_.back();
      if (prefix.kind == Pending::Kind::cast)
        value = convert(value, prefix.type);
      else if (tokens_[prefix.token].is("-"))
        value.bits = 0 - value.bits;
      else if (tokens_[prefix.token].is("~"))
        value.bits = ~value.bits;
      value = fit(value);
    }
  }

  void close_parentheses() {
    while (depth_ > 0 && here().is(")")) {
      reduce(0);
      if (error_) return;
      pending_.pop_back();
      --depth_;
      ++at_;
      apply_prefixes();
    }
  }

  bool binary_operator() {
    if (here().kind != CToken::Kind::mark) return false;
    const auto* row =
        std::find_if(operators.begin(), operators.end(), [this](const Operator& it) { return here().is(it.text); });
    if (row == operators.end()) return false;
    reduce(row->precedence);
    if (error_) return false;
    push({Pending::Kind::binary, at_, row->precedence});
    ++at_;
    return true;
  }

  /// Carries out the waiting operators, back to the last parenthesis, that bind at least as tightly.
  void reduce(int precedence) {
    while (!pending_.empty() && pending_.back().kind == Pending::Kind::binary &&
           pending_.back().precedence >= precedence) {
      const std::size_t token = pending_.back().token;
      pending_.pop_back();
      const Value right = values_.back();
      values_.pop_back();
      const auto result = combine(token, values_.back(), right);
      if (!result) return;
      values_.back() = *result;
    }
  }

  std::optional<Value> combine(std::size_t token, Value left, Value right) {
    const std::string_view op = tokens_[token].text;
    if (op == "<<" || op == ">>") return shift(token, left, right);
    const bool wide = left.wide || right.wide;
    // The usual arithmetic conversions: the wider type, unsigned if the wider one is.
    const bool is_unsigned = (left.is_unsigned && left.wide == wide) || (right.is_unsigned && right.wide == wide);
    const std::uint64_t a = left.bits;
    const std::uint64_t b = right.bits;
    std::uint64_t bits = 0;
    switch (op[0]) {
      case '|': bits = a | b; break;
      case '^': bits = a ^ b; break;
      case '&': bits = a & b; break;
      case '+': bits = a + b; break;
      case '-': bits = a - b; break;
      case '*': bits = a * b; break;
    }
    return fit({bits, wide, is_unsigned});
  }

  std::optional<Value> shift(std::size_t token, Value left, Value right) {
    if (right.bits >= (left.wide ? 64U : 32U)) {
      fail(token,
           fmt::format("a shift by {} goes beyond the number's {} bits", static_cast<std::int64_t>(right.bits),
                       left.wide ? 64 : 32),
           "a suffix makes the number larger: 1ULL << 32");
      return std::nullopt;
    }
    if (tokens_[token].is("<<"))
      left.bits <<= right.bits;
    else if (left.is_unsigned)
      left.bits >>= right.bits;
    else
      left.bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(left.bits) >> right.bits);
    return fit(left);
  }

  std::span<const CToken> tokens_;
  std::size_t& at_;
  std::vector<Value> values_;
  std::vector<Pending> pending_;
  std::size_t depth_ = 0;
  std::optional<CError> error_;
};

}  // namespace

tl::expected<std::int64_t, CError> evaluate_c(std::span<const CToken> tokens, std::size_t& at) {
  return Evaluation(tokens, at).run();
}

}  // namespace skep
