// The assembler: lines → statements → instructions, with labels, references and directives. Two passes over each
// section: the first encodes with zero where a name stands, the second puts the numbers in. All of it is linear in the
// text, and every line is looked at before the mistakes are returned.
//
// `;` — a line that begins with it is a comment (source lines in listings are printed so). Behind an instruction that
// had a slot number or an opcode in front, it starts a comment too (the verifier prints states there). In any other
// line it separates statements: `r0 = 42; exit`.
#include "skep/asm/assemble.hpp"

#include <algorithm>
#include <map>

#include "skep/abi/abi.hpp"
#include "skep/asm/listing.hpp"
#include "skep/asm/statement.hpp"

namespace skep {
namespace {

constexpr std::size_t diagnostic_limit = 20;
constexpr std::size_t slot_limit = 1'000'000;  ///< BPF_COMPLEXITY_LIMIT_INSNS

struct Fixup {
  Slot slot;
  NamedTarget target;
  std::uint32_t line;
};

struct Label {
  Slot slot;
  bool function = false;
  bool global = false;
};

/// A section under construction.
struct Draft {
  AsmSection section;
  std::map<std::string, Label, std::less<>> labels;
  std::vector<std::string> label_order;
  std::vector<Fixup> fixups;
};

bool is_compiler_label(std::string_view name) { return name.starts_with("LBB") || name.starts_with(".L"); }

class Assembler {
 public:
  Assembler(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  tl::expected<AsmUnit, std::vector<Diagnostic>> run() {
    for (std::size_t start = 0; start <= text_.size() && problems_.size() < diagnostic_limit;) {
      const std::size_t end = std::min(text_.find('\n', start), text_.size());
      ++line_number_;
      line_ = text_.substr(start, end - start);
      one_line();
      start = end + 1;
    }
    AsmUnit unit;
    for (Draft& draft : drafts_) resolve(draft);
    for (Draft& draft : drafts_) {
      name_functions(draft);
      unit.sections.push_back(std::move(draft.section));
    }
    unit.maps = std::move(maps_);
    unit.license = std::move(license_);
    const bool empty = std::all_of(unit.sections.begin(), unit.sections.end(),
                                   [](const AsmSection& section) { return section.code.empty(); });
    if (problems_.empty() && empty) complain(0, "the text holds no instruction", "for example: r0 = 0; exit");
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return unit;
  }

 private:
  void complain(std::size_t column, std::string what, std::string help = {}) {
    complain_at(line_number_, line_, column, std::move(what), std::move(help));
  }

  void complain_at(std::uint32_t number, std::string_view line, std::size_t column, std::string what,
                   std::string help) {
    if (problems_.size() >= diagnostic_limit) return;
    Diagnostic diagnostic;
    diagnostic.where = {std::string(file_), number, static_cast<std::uint32_t>(column),
                        std::string(line.substr(0, 200))};
    diagnostic.what = std::move(what);
    diagnostic.help = std::move(help);
    problems_.push_back(std::move(diagnostic));
  }

  Draft& current() {
    if (drafts_.empty()) drafts_.emplace_back();
    return drafts_[current_];
  }

  void enter_section(std::string_view name) {
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].section.name == name) {
        current_ = i;
        return;
      }
    }
    // A text that starts without a section gets its name from the first one only if nothing was written before.
    if (drafts_.size() == 1 && drafts_[0].section.name.empty() && drafts_[0].section.code.empty() &&
        drafts_[0].labels.empty()) {
      drafts_[0].section.name = name;
      return;
    }
    drafts_.emplace_back();
    drafts_.back().section.name = name;
    current_ = drafts_.size() - 1;
  }

  void one_line() {
    const ListingLine line = read_listing_line(line_);
    switch (line.kind) {
      case ListingLine::Kind::nothing: return;
      case ListingLine::Kind::section: return enter_section(line.text);
      case ListingLine::Kind::symbol:
        return define(line.text, 1, !is_compiler_label(line.text), !is_compiler_label(line.text));
      case ListingLine::Kind::relocation: return relocation(line);
      case ListingLine::Kind::statements: break;
    }
    std::string_view rest = line.text;
    std::size_t column = line.column;
    if (rest.starts_with('.')) {
      if (directive(rest, column)) return;
    }
    while (!rest.empty()) {
      const std::size_t end = line.is_listing ? rest.size() : std::min(rest.find(';'), rest.size());
      statement(rest.substr(0, end), column, line.opcode == 0x18U);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      column += end + 1;
    }
  }

  /// Defines a label at the current position.
  void define(std::string_view name, std::size_t column, bool function, bool global) {
    Draft& draft = current();
    const Slot here{static_cast<std::uint32_t>(draft.section.code.size())};
    const auto [at, is_new] = draft.labels.try_emplace(std::string(name), Label{here, function, global});
    if (is_new) {
      draft.label_order.emplace_back(name);
    } else if (at->second.slot.value == unplaced) {
      at->second.slot = here;
    } else if (!(at->second.slot == here)) {
      complain(column, fmt::format("{} is defined twice in this section", name));
    }
  }

  static constexpr std::uint32_t unplaced = UINT32_MAX;

  /// `.global NAME` may come before the label.
  void declare(std::string_view name, bool global) {
    Draft& draft = current();
    const auto [at, is_new] = draft.labels.try_emplace(std::string(name), Label{Slot{unplaced}, true, global});
    if (is_new) draft.label_order.emplace_back(name);
    at->second.function = true;
    at->second.global |= global;
  }

  /// A relocation printed below its instruction: what it names takes the place of the zero.
  void relocation(const ListingLine& line) {
    Draft& draft = current();
    const std::uint64_t slot = line.byte_offset / slot_bytes;
    if (slot >= draft.section.code.size()) return;  // of a section that is not code
    const RawInsn& insn = draft.section.code[slot];
    const bool call = insn.code == 0x85;
    if (!call && insn.code != 0x18) return;
    draft.section.references.push_back({call ? AsmReference::Kind::function : AsmReference::Kind::map,
                                        Slot{static_cast<std::uint32_t>(slot)}, std::string(line.text)});
  }

  void statement(std::string_view text, std::size_t column, bool wide) {
    const std::size_t blanks = std::min(text.find_first_not_of(" \t\r"), text.size());
    text.remove_prefix(blanks);
    column += blanks;
    if (text.empty()) return;
    if (text.starts_with('.') && directive(text, column)) return;
    const std::vector<Token> tokens = tokenize(text, static_cast<std::uint32_t>(column + 1));
    Cursor cursor(tokens);
    while (cursor.peek().kind == Token::Kind::name && cursor.is_mark(":", 1)) {
      define(cursor.peek().text, cursor.peek().column, false, false);
      cursor.skip(2);
    }
    if (cursor.at_end()) return;
    if (cursor.is_mark("<") && cursor.peek(1).kind == Token::Kind::name && cursor.is_mark(">", 2) &&
        cursor.is_mark(":", 3)) {
      return define(cursor.peek(1).text, cursor.peek(1).column, false, false);
    }
    auto parsed = starts_with_mnemonic(cursor) ? parse_mnemonic(cursor) : parse_c_like(cursor, wide);
    if (!parsed) return complain(parsed.error().column, parsed.error().what, parsed.error().help);
    add(*parsed);
  }

  void add(const Statement& statement) {
    Draft& draft = current();
    if (draft.section.code.size() + 2 > slot_limit)
      return complain(1, fmt::format("the section has more than {} instructions", slot_limit));
    const Slot here{static_cast<std::uint32_t>(draft.section.code.size())};
    const Encoded encoded = encode(statement.insn);
    for (std::uint32_t i = 0; i < encoded.slots; ++i) {
      draft.section.code.push_back(encoded.raw[i]);
      draft.section.lines.push_back(line_number_);
    }
    if (statement.target) draft.fixups.push_back({here, *statement.target, line_number_});
  }

  // ---- directives ----

  static std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t start = text.find_first_not_of(" \t\r,", at);
      if (start == std::string_view::npos) break;
      const std::size_t end = std::min(text.find_first_of(" \t\r,", start), text.size());
      words.push_back(text.substr(start, end - start));
      at = end;
    }
    return words;
  }

  /// False if the word is no directive (it may be a label such as `.Lloop:`).
  bool directive(std::string_view text, std::size_t column) {
    const auto words = words_of(text);
    if (words.empty() || words[0].ends_with(':')) return false;
    const std::string_view name = words[0];
    const std::size_t at = column + 1;
    if (name == ".section" && words.size() >= 2) {
      std::string_view section = words[1];
      if (section.size() > 1 && section.front() == '"' && section.back() == '"')
        section = section.substr(1, section.size() - 2);
      enter_section(section);
    } else if (name == ".text") {
      enter_section(".text");
    } else if ((name == ".global" || name == ".globl") && words.size() == 2) {
      declare(words[1], true);
    } else if (name == ".function" && words.size() == 2) {
      define(words[1], at, true, false);
      declare(words[1], false);
    } else if (name == ".license" && words.size() >= 2) {
      license(text, at);
    } else if (name == ".map") {
      map(words, at);
    } else if (name == ".8byte" && words.size() == 2) {
      data(words[1], at);
    } else {
      complain(at, fmt::format("{} is no directive, or lacks its argument", name),
               "directives are .section, .global, .function, .map, .license and .8byte");
    }
    return true;
  }

  void license(std::string_view text, std::size_t column) {
    const auto open = text.find('"');
    const auto close = text.rfind('"');
    if (open == std::string_view::npos || close <= open)
      return complain(column, "the license stands in quotes", ".license \"GPL\"");
    license_ = text.substr(open + 1, close - open - 1);
  }

  void data(std::string_view word, std::size_t column) {
    const auto tokens = tokenize(word, static_cast<std::uint32_t>(column + 7));
    Cursor cursor(tokens);
    const auto value = cursor.expect_number();
    if (!value || !cursor.at_end()) return complain(column, fmt::format("{} is no number of 64 bits", word));
    const auto slot = slots_from_bytes(bytes_of(*value));
    CHECK(slot);
    current().section.code.push_back(slot->front());
    current().section.lines.push_back(line_number_);
  }

  /// .map NAME type=hash key=4 value=8 entries=16 [flags=0]
  void map(const std::vector<std::string_view>& words, std::size_t column) {
    const std::string help = ".map NAME type=hash key=4 value=8 entries=16";
    if (words.size() < 3) return complain(column, "a map needs a name and a type", help);
    AsmMap map;
    map.name = words[1];
    bool has_type = false;
    for (std::size_t i = 2; i < words.size(); ++i) {
      const auto equals = words[i].find('=');
      const std::string_view key = words[i].substr(0, equals);
      const std::string_view value =
          equals == std::string_view::npos ? std::string_view{} : words[i].substr(equals + 1);
      if (key == "type") {
        const auto type = map_type_by_name(value);
        if (!type)
          return complain(column, fmt::format("there is no map type {}", value), "`skep features maps` lists them");
        map.type = static_cast<std::uint32_t>(*type);
        has_type = true;
        continue;
      }
      std::uint32_t* field = key == "key"                               ? &map.key_size
                             : key == "value"                           ? &map.value_size
                             : key == "entries" || key == "max_entries" ? &map.max_entries
                             : key == "flags"                           ? &map.flags
                                                                        : nullptr;
      const auto tokens = tokenize(value, static_cast<std::uint32_t>(column));
      Cursor cursor(tokens);
      const auto number = field == nullptr ? std::nullopt : cursor.expect_number();
      if (!number || *number > UINT32_MAX || !cursor.at_end())
        return complain(column, fmt::format("`{}` does not belong into .map", words[i]), help);
      *field = static_cast<std::uint32_t>(*number);
    }
    if (!has_type) return complain(column, "the map's type is missing", help);
    const bool twice =
        std::any_of(maps_.begin(), maps_.end(), [&](const AsmMap& other) { return other.name == map.name; });
    if (twice) return complain(column, fmt::format("map {} is declared twice", map.name));
    maps_.push_back(std::move(map));
  }

  // ---- names → numbers ----

  void resolve(Draft& draft) {
    for (const Fixup& fixup : draft.fixups) {
      const auto label = draft.labels.find(fixup.target.name);
      const bool local = label != draft.labels.end() && label->second.slot.value != unplaced;
      switch (fixup.target.kind) {
        case NamedTarget::Kind::jump:
          if (local) {
            place(draft, fixup, label->second.slot);
          } else {
            unknown(draft, fixup, "there is no label");
          }
          break;
        case NamedTarget::Kind::call: call(draft, fixup, local ? &label->second : nullptr); break;
        case NamedTarget::Kind::immediate: immediate(draft, fixup, local ? &label->second : nullptr); break;
      }
    }
  }

  void place(Draft& draft, const Fixup& fixup, Slot target) {
    RawInsn& insn = draft.section.code[fixup.slot.value];
    const std::int64_t distance = std::int64_t{target.value} - fixup.slot.value - 1;
    const bool in_imm = insn.code == 0x06;  // gotol
    if (in_imm) {
      insn.imm = static_cast<std::int32_t>(distance);
    } else if (distance < -32768 || distance > 32767) {
      complain_at(fixup.line, {}, fixup.target.column,
                  fmt::format("{} is {} slots away, and this jump reaches 32767", fixup.target.name, distance),
                  "use gotol");
    } else {
      insn.off = static_cast<std::int16_t>(distance);
    }
  }

  void call(Draft& draft, const Fixup& fixup, Label* label) {
    RawInsn& insn = draft.section.code[fixup.slot.value];
    const std::string& name = fixup.target.name;
    if (label != nullptr) {
      label->function = true;
      insn.src = static_cast<std::uint8_t>(CallKind::function);
      insn.imm = static_cast<std::int32_t>(std::int64_t{label->slot.value} - fixup.slot.value - 1);
      return;
    }
    if (const HelperInfo* helper = find_helper(name)) {
      insn.src = static_cast<std::uint8_t>(CallKind::helper);
      insn.imm = static_cast<std::int32_t>(helper->id);
      return;
    }
    if (defined_elsewhere(name)) {
      insn.src = static_cast<std::uint8_t>(CallKind::function);
      insn.imm = -1;
      draft.section.references.push_back({AsmReference::Kind::function, fixup.slot, name});
      return;
    }
    std::vector<std::string> names;
    for (const HelperInfo& helper : helpers()) names.push_back("bpf_" + std::string(helper.name));
    for (const auto& [known, unused] : draft.labels) names.push_back(known);
    const std::string guess = nearest(name, names);
    complain_at(fixup.line, line_text(fixup.line), fixup.target.column,
                fmt::format("there is no helper and no function {}", name),
                guess.empty() ? "`skep features helpers` lists the helpers" : fmt::format("did you mean {}?", guess));
  }

  void immediate(Draft& draft, const Fixup& fixup, Label* label) {
    RawInsn& insn = draft.section.code[fixup.slot.value];
    const std::string& name = fixup.target.name;
    if (label != nullptr) {
      label->function = true;
      insn.src = static_cast<std::uint8_t>(ImmKind::function);
      insn.imm = static_cast<std::int32_t>(std::int64_t{label->slot.value} - fixup.slot.value - 1);
      return;
    }
    const bool map =
        std::any_of(maps_.begin(), maps_.end(), [&](const AsmMap& candidate) { return candidate.name == name; });
    if (map) {
      draft.section.references.push_back({AsmReference::Kind::map, fixup.slot, name});
      return;
    }
    if (defined_elsewhere(name)) {
      draft.section.references.push_back({AsmReference::Kind::function, fixup.slot, name});
      return;
    }
    complain_at(fixup.line, line_text(fixup.line), fixup.target.column,
                fmt::format("there is no map and no function {}", name),
                "declare it: .map NAME type=hash key=4 value=8 entries=16");
  }

  [[nodiscard]] bool defined_elsewhere(std::string_view name) const {
    return std::any_of(drafts_.begin(), drafts_.end(), [&](const Draft& other) {
      const auto label = other.labels.find(name);
      return label != other.labels.end() && label->second.slot.value != unplaced;
    });
  }

  void unknown(const Draft& draft, const Fixup& fixup, std::string_view what) {
    std::vector<std::string> names;
    for (const auto& [name, label] : draft.labels) names.push_back(name);
    const std::string guess = nearest(fixup.target.name, names);
    complain_at(fixup.line, line_text(fixup.line), fixup.target.column, fmt::format("{} {}", what, fixup.target.name),
                guess.empty() ? "a label is a name with a colon: loop:" : fmt::format("did you mean {}?", guess));
  }

  [[nodiscard]] std::string_view line_text(std::uint32_t number) const {
    std::size_t start = 0;
    for (std::uint32_t i = 1; i < number; ++i) start = std::min(text_.find('\n', start), text_.size()) + 1;
    return start >= text_.size() ? std::string_view{}
                                 : text_.substr(start, std::min(text_.find('\n', start), text_.size()) - start);
  }

  /// Labels that are functions, in order; a section whose first slot has no name gets one.
  void name_functions(Draft& draft) {
    if (draft.section.code.empty()) return;
    for (const std::string& name : draft.label_order) {
      const Label& label = draft.labels.find(name)->second;
      const bool entry = label.slot.value == 0 && !is_compiler_label(name);
      if (label.slot.value == unplaced) {
        complain_at(line_number_, {}, 0, fmt::format("{} is declared but not defined", name), {});
      } else if (label.function || entry) {
        draft.section.functions.push_back({name, label.slot, label.global || entry});
      }
    }
    std::stable_sort(draft.section.functions.begin(), draft.section.functions.end(),
                     [](const AsmFunction& a, const AsmFunction& b) { return a.start < b.start; });
    if (draft.section.functions.empty() || draft.section.functions.front().start.value != 0) {
      std::string name;
      for (const char c : draft.section.name)
        name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
      if (name.empty() || name == "_text") name = "program";
      draft.section.functions.insert(draft.section.functions.begin(), {name, Slot{0}, true});
    }
  }

  std::string_view text_;
  std::string_view file_;
  std::string_view line_;
  std::uint32_t line_number_ = 0;
  std::vector<Draft> drafts_;
  std::size_t current_ = 0;
  std::vector<AsmMap> maps_;
  std::string license_;
  std::vector<Diagnostic> problems_;
};

}  // namespace

tl::expected<AsmUnit, std::vector<Diagnostic>> assemble_unit(std::string_view text, std::string_view file) {
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
