// The assembler: lines → statements → instructions; names are resolved when everything has been read. Linear in the
// text, and every line is looked at before the mistakes are returned.
//
// `;` — a line that begins with it is a comment (source lines in listings are printed so). Behind an instruction of a
// listing (a slot number or an opcode is in front) it starts a comment too: the verifier prints states there. In any
// other line it separates statements: `r0 = 42; exit`.
//
// Listings — slot numbers must fit: jumps count by them. The verifier walks through some instructions again; the same
// instruction at a slot that was read is passed over. Once a line had an opcode in front, lines without that are the
// tool's commentary unless they assemble. Byte columns must say what the text says; where llvm-objdump's text says less
// (kinds of calls and of 64-bit loads, operations newer than the tool), they count. `map[id:20]`, a map of some running
// kernel, is refused: it means nothing elsewhere.
#include "skep/asm/assemble.hpp"

#include <algorithm>
#include <map>

#include "skep/asm/disassemble.hpp"
#include "skep/asm/draft.hpp"
#include "skep/asm/listing.hpp"

namespace skep {
namespace {

constexpr std::size_t slot_limit = 1'000'000;  ///< BPF_COMPLEXITY_LIMIT_INSNS

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// Takes `name:` and `<name>:`, however many stand in front; `found` gets each.
template <typename Found>
void take_labels(Cursor& cursor, const Found& found) {
  for (;;) {
    if (cursor.peek().kind == Token::Kind::name && cursor.is_mark(":", 1)) {
      found(cursor.peek());
      cursor.skip(2);
    } else if (cursor.is_mark("<") && cursor.peek(1).kind == Token::Kind::name && cursor.is_mark(">", 2) &&
               cursor.is_mark(":", 3)) {
      found(cursor.peek(1));
      cursor.skip(4);
    } else {
      return;
    }
  }
}

StatementResult parse(const Cursor& cursor, bool wide) {
  return starts_with_mnemonic(cursor) ? parse_mnemonic(cursor) : parse_c_like(cursor, wide);
}

/// May the bytes of an llvm-objdump listing differ from the text so? Its text does not tell kinds of calls and 64-bit
/// loads (src), and older versions print sdiv, movsx and fetching atomics as what they knew (off, imm).
bool says_less(const Encoded& text, std::span<const RawInsn> bytes) {
  RawInsn expected = text.raw[0];
  const auto decoded = decode(text.raw, Slot{0});
  if (!decoded) return false;
  if (std::holds_alternative<Call>(decoded->insn) || std::holds_alternative<LoadImm64>(decoded->insn))
    expected.src = bytes[0].src;
  if (std::holds_alternative<Alu>(decoded->insn)) expected.off = bytes[0].off;
  if (std::holds_alternative<Atomic>(decoded->insn)) expected.imm = bytes[0].imm;
  return expected == bytes[0] && (text.slots == 1 || text.raw[1] == bytes[1]);
}

class Assembler {
 public:
  Assembler(std::string_view text, std::string_view file) : text_(text), problems_(text, file), unit_(problems_) {}

  tl::expected<AsmUnit, std::vector<Diagnostic>> run() {
    bool in_comment = false;
    for (std::size_t start = 0; start <= text_.size() && !problems_.full();) {
      const std::size_t end = std::min(text_.find('\n', start), text_.size());
      ++line_number_;
      one_line(without_comments(text_.substr(start, end - start), in_comment));
      start = end + 1;
    }
    resolve_names(unit_, problems_);
    AsmUnit unit = std::move(unit_).finish();
    if (problems_.empty() && unit.sections.empty())
      problems_.complain(0, 0, "the text holds no instruction", "for example: r0 = 0; exit");
    if (!problems_.empty()) return tl::unexpected(std::move(problems_).take());
    return unit;
  }

 private:
  void complain(std::size_t column, std::string what, std::string help = {}) {
    problems_.complain(line_number_, column, std::move(what), std::move(help));
  }

  void one_line(const std::string& cleaned) {
    const ListingLine line = read_listing_line(cleaned);
    switch (line.kind) {
      case ListingLine::Kind::nothing: return;
      case ListingLine::Kind::section: unit_.enter_section(line.text); return start_numbering();
      case ListingLine::Kind::symbol: {
        const bool function = !is_compiler_label(line.text);
        unit_.define(function ? listed_name(line.text) : std::string(line.text), function, function, line_number_, 1);
        at_start_ |= function;
        return;
      }
      case ListingLine::Kind::relocation: return relocation(line);
      case ListingLine::Kind::bytes:
        if (!kernel_listing_)
          complain(line.column + 1, "there are only bytes in this line", "hex text is read with --input hex");
        return;
      case ListingLine::Kind::statements: break;
    }
    if (line.is_listing()) return listed(line);
    if (kernel_listing_ && is_commentary(line.text)) return;
    statements(line);
  }

  void statements(const ListingLine& line) {
    std::string_view rest = line.text;
    std::size_t column = line.column;
    bool first = true;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      statement(rest.substr(0, end), column, line, first);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      column += end + 1;
      first = false;
    }
  }

  /// In a text with opcodes in front of instructions: is this line something else, a message of the verifier?
  [[nodiscard]] static bool is_commentary(std::string_view text) {
    if (text == "caller:" || text == "callee:") return true;
    if (text.starts_with('.')) return false;
    const auto tokens = tokenize(text.substr(0, text.find(';')), 1);
    Cursor cursor(tokens);
    take_labels(cursor, [](const Token&) {});
    return !cursor.at_end() && !parse(cursor, false);
  }

  // ---- lines of listings ----

  /// Listings of linked programs show a static function again in each section that calls it: an object needs names that
  /// differ, so the copies are called NAME.2, NAME.3.
  std::string listed_name(std::string_view name) {
    const auto [at, is_new] = listed_names_.try_emplace(std::string(name), ListedName{unit_.position(), 1});
    if (is_new || at->second.section == unit_.position()) return std::string(name);
    return fmt::format("{}.{}", name, ++at->second.copies);
  }

  void listed(const ListingLine& line) {
    kernel_listing_ |= line.opcode.has_value();
    if (line.number && !fits(line, *line.number)) return;
    if (line.text == "<unknown>" && !line.bytes.empty()) return add_slots(slots_of(line, ByteOrder::little));
    statement(line.text, line.column, line, true);
  }

  /// Is the instruction with this number the next one? Else it has been passed over, or complained about.
  bool fits(const ListingLine& line, std::uint32_t number) {
    const std::int64_t here = unit_.current().here().value;
    // Behind a function's or a section's name numbers may start again.
    if (at_start_ && number == 0) first_slot_ = here;
    at_start_ = false;
    const std::int64_t slot = first_slot_ + number;
    if (slot == here) return true;
    if (slot >= 0 && slot < here) {
      revisit(line, Slot{static_cast<std::uint32_t>(slot)});
      return false;
    }
    // Behind a line that was refused every number is off.
    if (problems_.empty()) {
      complain(1, fmt::format("the listing says slot {} here, but this is slot {}", number, here - first_slot_),
               "paste all lines of the listing (the verifier's log leaves out what it never reached), or remove the "
               "numbers");
    }
    first_slot_ = here - number;
    return true;
  }

  /// The verifier went through this instruction before.
  void revisit(const ListingLine& line, Slot slot) {
    const auto tokens = tokenize(line.text, static_cast<std::uint32_t>(line.column + 1));
    const auto parsed = parse(Cursor(tokens), line.opcode == 0x18U);
    if (!parsed) return complain(parsed.error().column, parsed.error().what, help_for(parsed.error()));
    if (parsed->target) return;
    const Encoded encoded = encode(parsed->insn);
    const std::vector<RawInsn>& code = unit_.current().section.code;
    for (std::uint32_t i = 0; i < encoded.slots; ++i) {
      if (slot.value + i < code.size() && code[slot.value + i] == encoded.raw[i]) continue;
      return complain(1, fmt::format("slot {} comes again here, with another instruction", slot.value - first_slot_),
                      "a second program needs a name or a section in front: `.section NAME`");
    }
  }

  /// A relocation printed below its instruction: what it names takes the place of the zero.
  void relocation(const ListingLine& line) {
    AsmSection& section = unit_.current().section;
    const std::uint64_t slot = line.byte_offset / slot_bytes;
    if (slot >= section.code.size()) return;  // of a section that is not code
    const Slot at{static_cast<std::uint32_t>(slot)};
    if (!section.references.empty() && section.references.back().slot == at) return;
    const auto decoded = decode(section.code, at);
    if (!decoded) return;
    const bool call = std::holds_alternative<Call>(decoded->insn);
    if (!call && !std::holds_alternative<LoadImm64>(decoded->insn)) return;
    const auto kind = call ? AsmReference::Kind::function : AsmReference::Kind::map;
    section.references.push_back({kind, at, std::string(line.text)});
  }

  // ---- statements ----

  bool directive(std::string_view text, std::size_t column) {
    const std::size_t before = unit_.position();
    const bool is_one = read_directive(text, line_number_, column + 1, unit_, problems_);
    if (unit_.position() != before) start_numbering();
    return is_one;
  }

  /// A listing's slot numbers count from the start of a section.
  void start_numbering() {
    first_slot_ = 0;
    at_start_ = true;
  }

  void statement(std::string_view text, std::size_t column, const ListingLine& line, bool first) {
    while (!text.empty() && is_blank(text.front())) {
      text.remove_prefix(1);
      ++column;
    }
    if (text.empty()) return;
    if (text.starts_with('.') && directive(text, column)) return;
    const std::vector<Token> tokens = tokenize(text, static_cast<std::uint32_t>(column + 1));
    Cursor cursor(tokens);
    take_labels(cursor,
                [this](const Token& name) { unit_.define(name.text, false, false, line_number_, name.column); });
    if (cursor.at_end()) return;
    auto parsed = parse(cursor, line.opcode == 0x18U);
    if (!parsed) {
      std::string help = help_for(parsed.error());
      if (!first && help.empty()) help = "`;` separates statements; a comment starts with // or #";
      return complain(parsed.error().column, parsed.error().what, std::move(help));
    }
    add(*parsed, line, column + 1);
  }

  void add(const Statement& statement, const ListingLine& line, std::size_t column) {
    Encoded encoded = encode(statement.insn);
    if (line.opcode && *line.opcode != encoded.raw[0].code)
      return complain(
          column,
          fmt::format("the opcode in front is {:02x}, this instruction's is {:02x}", *line.opcode, encoded.raw[0].code),
          "remove the opcodes in front if the text was changed");
    if (!line.bytes.empty() && !statement.target && !agree(encoded, line, column)) return;
    const Slot here = unit_.current().here();
    add_slots(std::span(encoded.raw).first(encoded.slots));
    if (statement.target) unit_.current().fixups.push_back({here, *statement.target, line_number_});
  }

  /// Do the bytes in front say the same, in either byte order? Where the text says less, they count.
  bool agree(Encoded& encoded, const ListingLine& line, std::size_t column) {
    for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
      const std::vector<RawInsn> bytes = slots_of(line, order);
      if (bytes.size() != encoded.slots) continue;
      if (std::equal(bytes.begin(), bytes.end(), encoded.raw.begin())) return true;
      if (says_less(encoded, bytes)) {
        encoded.raw[0] = bytes[0];
        return true;
      }
    }
    const auto meant = decode(slots_of(line, ByteOrder::little), Slot{0});
    complain(column,
             meant ? fmt::format("the bytes in front say `{}`", disassemble(meant->insn, Slot{0}, {Dialect::llvm}))
                   : std::string("the bytes in front are another instruction"),
             "remove the byte columns if the text was changed");
    return false;
  }

  [[nodiscard]] static std::vector<RawInsn> slots_of(const ListingLine& line, ByteOrder order) {
    auto slots = slots_from_bytes(line.bytes, order);
    CHECK(slots);  // a byte column is 8 or 16 bytes
    return std::move(*slots);
  }

  void add_slots(std::span<const RawInsn> slots) {
    AsmSection& section = unit_.current().section;
    if (section.code.size() + slots.size() > slot_limit)
      return complain(1, fmt::format("the section has more than {} instructions", slot_limit));
    for (const RawInsn& slot : slots) {
      section.code.push_back(slot);
      section.lines.push_back(line_number_);
    }
  }

  struct ListedName {
    std::size_t section;
    std::uint32_t copies;
  };

  std::string_view text_;
  std::uint32_t line_number_ = 0;
  std::map<std::string, ListedName, std::less<>> listed_names_;
  Problems problems_;
  UnitDraft unit_;
  bool kernel_listing_ = false;  ///< a line had an opcode in front
  bool at_start_ = true;         ///< nothing numbered since the last section's or function's name
  std::int64_t first_slot_ = 0;  ///< where the listing's numbers count from
};

}  // namespace

tl::expected<AsmUnit, std::vector<Diagnostic>> assemble_unit(std::string_view text, std::string_view file) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return Assembler(text, file).run();
}

tl::expected<std::vector<RawInsn>, std::vector<Diagnostic>> assemble(std::string_view text, std::string_view file) {
  auto unit = assemble_unit(text, file);
  if (!unit) return tl::unexpected(std::move(unit).error());
  const bool bare = unit->sections.size() == 1 && unit->sections.front().references.empty();
  if (bare) return std::move(unit->sections.front().code);
  Diagnostic diagnostic;
  diagnostic.where.file = file;
  diagnostic.what = unit->sections.size() == 1
                        ? "the text refers to maps or functions by name, which only an object can hold"
                        : "the text has several sections";
  diagnostic.help = "write an object: skep asm FILE -o FILE.o";
  return tl::unexpected(std::vector<Diagnostic>{std::move(diagnostic)});
}

}  // namespace skep
