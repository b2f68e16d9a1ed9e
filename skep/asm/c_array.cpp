// A C array of struct bpf_insn, as tutorials print it and people paste it → slots. Finds the array, then reads element
// by element: { positional }, { .designated = … } or one of the kernel's macros. One wrong element does not hide the
// next.
#include <algorithm>
#include <array>

#include "skep/asm/c_expression.hpp"
#include "skep/asm/insn_macros.hpp"
#include "skep/asm/spellings.hpp"

namespace skep {
namespace {

constexpr std::size_t most_diagnostics = 20;
constexpr std::size_t longest_line = 200;
constexpr std::size_t longest_word = 60;

struct Field {
  std::string_view name;
  std::int64_t InsnFields::*member;
  std::int64_t smallest;
  std::int64_t largest;  ///< unsigned spellings (0xfffc, 0xfffffff0) included
};
constexpr auto fields = std::to_array<Field>({
    {"code", &InsnFields::code, 0, UINT8_MAX},
    {"dst_reg", &InsnFields::dst, 0, 15},
    {"src_reg", &InsnFields::src, 0, 15},
    {"off", &InsnFields::off, INT16_MIN, UINT16_MAX},
    {"imm", &InsnFields::imm, INT32_MIN, UINT32_MAX},
});

/// Where an array's elements are: the token behind its opening brace.
struct Array {
  std::string name;
  std::size_t first;
};

class ArrayReader {
 public:
  ArrayReader(std::string_view text, std::string_view file) : text_(text), file_(file), tokens_(tokenize_c(text)) {}

  tl::expected<std::vector<RawInsn>, std::vector<Diagnostic>> read(std::string_view name) {
    if (find_array(name)) elements();
    if (!diagnostics_.empty()) return tl::unexpected(std::move(diagnostics_));
    return std::move(code_);
  }

 private:
  [[nodiscard]] const CToken& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] bool at_end() const { return peek().kind == CToken::Kind::end; }
  bool take(std::string_view word) {
    if (!peek().is(word)) return false;
    ++at_;
    return true;
  }

  bool fail(std::size_t token, std::string what, std::string help = {}) {
    if (diagnostics_.size() >= most_diagnostics) return false;
    const CToken& at = tokens_[std::min(token, tokens_.size() - 1)];
    const std::string_view line =
        text_.substr(at.line_start, text_.find_first_of("\r\n", at.line_start) - at.line_start);
    Diagnostic diagnostic;
    diagnostic.where = {file_, at.line, at.column, std::string(line.substr(0, longest_line))};
    diagnostic.what = std::move(what);
    diagnostic.help = std::move(help);
    diagnostics_.push_back(std::move(diagnostic));
    return false;
  }

  [[nodiscard]] std::string here() const {
    if (at_end()) return "the end of the text";
    return fmt::format("'{}'", peek().text.substr(0, longest_word));
  }

  // Finding the array.

  /// `bpf_insn NAME[…] = {`, or the compound literal `(struct bpf_insn[]) {`, at the current token. Stays where it is
  /// if there is none.
  std::optional<Array> declaration() {
    // Reading ahead stops somewhere: a text of nothing but `bpf_insn` must not take quadratic time.
    constexpr std::size_t longest_declaration = 64;
    const std::size_t start = at_++;
    const auto near = [this, start] { return !at_end() && at_ - start < longest_declaration && !peek().is(";"); };
    Array array = {"", 0};
    while (near() && peek().kind == CToken::Kind::name)
      array.name = std::string(tokens_[at_++].text.substr(0, longest_word));
    bool found = take("[");
    while (found && near() && !peek().is("]")) ++at_;
    found = found && take("]");
    while (found && near() && !peek().is("{") && !peek().is("}")) ++at_;
    found = found && take("{");
    array.first = at_;
    if (found) return array;
    at_ = start;
    return std::nullopt;
  }

  [[nodiscard]] std::vector<Array> declarations() {
    std::vector<Array> arrays;
    for (at_ = 0; !at_end(); ++at_) {
      if (!peek().is("bpf_insn")) continue;
      const std::size_t start = at_;
      if (auto array = declaration()) arrays.push_back(*std::move(array));
      at_ = start;
    }
    return arrays;
  }

  [[nodiscard]] bool starts_instruction(std::size_t ahead) const {
    return peek(ahead).is("{") ||
           (peek(ahead).kind == CToken::Kind::name && find_insn_macro(peek(ahead).text) != nullptr);
  }

  /// Moves to the first element of the array of that name, or of the only one.
  bool find_array(std::string_view name) {
    const std::vector<Array> arrays = declarations();
    if (name.empty() && arrays.size() > 1)
      return fail(0, fmt::format("the text has {} arrays of struct bpf_insn", arrays.size()),
                  "choose one with --program; " + known(arrays));
    for (const Array& array : arrays) {
      if (!name.empty() && array.name != name) continue;
      at_ = array.first;
      braced_ = true;
      return true;
    }
    at_ = 0;
    if (!name.empty())
      return fail(0, fmt::format("no array of struct bpf_insn is named {}", name.substr(0, longest_word)),
                  known(arrays));
    if (!starts_instruction(0))
      return fail(0, "no array of struct bpf_insn here",
                  "expected `struct bpf_insn prog[] = { … };`, or its elements alone");
    braced_ = starts_instruction(1) && take("{");
    return true;
  }

  [[nodiscard]] static std::string known(const std::vector<Array>& arrays) {
    constexpr std::size_t most_names = 10;
    std::string names;
    for (const Array& array : arrays) {
      if (&array - arrays.data() < static_cast<std::ptrdiff_t>(most_names))
        names += (names.empty() ? "" : ", ") + array.name;
    }
    return names.empty() ? "the text declares no such array" : "there is: " + names;
  }

  // Its elements.

  void elements() {
    while (diagnostics_.size() < most_diagnostics) {
      if (braced_ && take("}")) return;
      if (!braced_ && (take(";"), at_end())) return;
      const std::size_t element_start = at_;
      if (!element() || !separator()) skip_to_next(element_start);
      if (at_end() && braced_) {
        if (diagnostics_.empty()) fail(at_, "the array is not closed", "add '}' behind its last element");
        return;
      }
    }
  }

  bool separator() {
    if (take(",") || (braced_ && peek().is("}")) || (!braced_ && (peek().is(";") || at_end()))) return true;
    return fail(at_, fmt::format("a comma belongs between instructions, not {}", here()));
  }

  /// After an error: behind the comma that ends this element. Only forward, so that all of it stays linear.
  void skip_to_next(std::size_t element_start) {
    std::size_t depth = 0;
    for (std::size_t i = element_start; i < at_; ++i) depth = nesting(depth, tokens_[i]);
    for (; !at_end(); ++at_) {
      if (depth == 0 && take(",")) return;
      if (depth == 0 && braced_ && peek().is("}")) return;
      depth = nesting(depth, peek());
    }
  }

  [[nodiscard]] static std::size_t nesting(std::size_t depth, const CToken& token) {
    if (token.is("{") || token.is("(")) return depth + 1;
    if (token.is("}") || token.is(")")) return depth == 0 ? 0 : depth - 1;
    return depth;
  }

  bool element() {
    const std::size_t start = at_;
    if (take("{")) return initializer(start);
    if (peek().is("(") && peek(1).is("struct") && peek(2).is("bpf_insn") && peek(3).is(")") && peek(4).is("{")) {
      at_ += 5;
      return initializer(start);
    }
    if (peek().kind == CToken::Kind::name) return macro();
    if (peek().is("#")) return fail(at_, "preprocessor lines are not read", "preprocess the file first: cc -E -P");
    if (peek().kind == CToken::Kind::unfinished) return fail(at_, "this comment or quotation never ends");
    return fail(at_, fmt::format("an instruction belongs here, not {}", here()),
                "write { code, dst, src, off, imm } or a macro such as BPF_MOV64_IMM(BPF_REG_0, 0)");
  }

  std::optional<std::int64_t> expression() {
    auto value = evaluate_c(tokens_, at_);
    if (value) return *value;
    fail(value.error().token, value.error().what, value.error().help);
    return std::nullopt;
  }

  /// `{ 0xb7, 1, 0, 0, 0 }` and `{ .code = …, .imm = … }`, behind the brace; fields that are not named are 0.
  bool initializer(std::size_t start) {
    InsnFields insn;
    std::size_t next = 0;
    while (!take("}")) {
      if (peek().is(".") && !designator(next)) return false;
      if (next >= fields.size())
        return fail(at_, "too many values for an instruction", "it has five: code, dst_reg, src_reg, off, imm");
      const std::size_t where = at_;
      const auto value = expression();
      if (!value || !place(insn, fields[next++], *value, where)) return false;
      if (!take(",") && !peek().is("}")) return fail(at_, fmt::format("a comma or '}}' belongs here, not {}", here()));
    }
    return emit(insn, start);
  }

  /// `.imm =`: the field that follows.
  bool designator(std::size_t& next) {
    ++at_;
    const auto* row =
        std::find_if(fields.begin(), fields.end(), [this](const Field& it) { return peek().is(it.name); });
    if (row == fields.end())
      return fail(at_, fmt::format("struct bpf_insn has no member {}", here()),
                  "it has code, dst_reg, src_reg, off, imm");
    next = static_cast<std::size_t>(row - fields.begin());
    ++at_;
    return take("=") || fail(at_, fmt::format("'=' belongs here, not {}", here()));
  }

  bool place(InsnFields& insn, const Field& field, std::int64_t value, std::size_t where) {
    if (value < field.smallest || value > field.largest)
      return fail(where, fmt::format("{} does not fit in {}", value, field.name),
                  fmt::format("it holds {} to {}", field.smallest, field.largest));
    insn.*field.member = value;
    return true;
  }

  bool macro() {
    const std::size_t start = at_;
    const InsnMacro* row = find_insn_macro(peek().text);
    if (row == nullptr)
      return fail(at_, fmt::format("unknown instruction macro {}", peek().text.substr(0, longest_word)),
                  nearest_macro(peek().text));
    ++at_;
    MacroArguments arguments = {};
    if (!take("(")) return fail(at_, fmt::format("'(' belongs behind {}, not {}", row->name, here()));
    for (std::size_t i = 0; i < row->parameters; ++i) {
      if (i > 0 && !take(","))
        return fail(at_, fmt::format("{} takes {} arguments; {} is no comma", row->name, row->parameters, here()));
      const auto value = expression();
      if (!value) return false;
      arguments[i] = *value;
    }
    if (!take(")"))
      return fail(at_,
                  fmt::format("{} takes {} arguments; ')' belongs here, not {}", row->name, row->parameters, here()));
    const auto slots = row->fields(arguments);
    for (std::size_t i = 0; i < row->slots; ++i) {
      if (!emit(slots[i], start)) return false;
    }
    return true;
  }

  [[nodiscard]] static std::string nearest_macro(std::string_view word) {
    std::vector<std::string> names;
    for (const InsnMacro& row : insn_macros()) names.emplace_back(row.name);
    const std::string near = word.size() > longest_word ? "" : nearest(word, names);
    return near.empty() ? "the macros of the kernel's filter.h are known, such as BPF_MOV64_IMM(BPF_REG_0, 0)"
                        : fmt::format("did you mean {}?", near);
  }

  bool emit(const InsnFields& insn, std::size_t where) {
    InsnFields checked;
    for (const Field& field : fields) {
      if (!place(checked, field, insn.*field.member, where)) return false;
    }
    code_.push_back({static_cast<std::uint8_t>(insn.code), static_cast<std::uint8_t>(insn.dst),
                     static_cast<std::uint8_t>(insn.src), static_cast<std::int16_t>(insn.off),
                     static_cast<std::int32_t>(insn.imm)});
    return true;
  }

  std::string_view text_;
  std::string file_;
  std::vector<CToken> tokens_;
  std::size_t at_ = 0;
  bool braced_ = false;
  std::vector<RawInsn> code_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

tl::expected<std::vector<RawInsn>, std::vector<Diagnostic>> parse_c_array(std::string_view text, std::string_view file,
                                                                          std::string_view name) {
  return ArrayReader(text, file).read(name);
}

}  // namespace skep
