// Functions by symbol, as real objects have them: STT_FUNC where the compiler marks them; STT_NOTYPE in objects of old
// compilers, with labels among them; no symbol at all in stripped or hand-made files, where a section is one function.
// What is called without a symbol is a function too.
#include "skep/object/functions.hpp"

#include <algorithm>
#include <set>

#include "skep/object/labels.hpp"

namespace skep {

namespace {

constexpr std::string_view text_section = ".text";

/// Where compilers put what is no program: .text, and .text.NAME with -ffunction-sections.
bool is_text(std::string_view section) {
  return section == text_section ||
         (section.substr(0, text_section.size()) == text_section && section[text_section.size()] == '.');
}

/// Function symbols of one section by their place. Of two at one place the global one names it.
using SymbolsBySlot = std::map<std::uint32_t, const ElfSymbol*>;

class FunctionFinder {
 public:
  FunctionFinder(const ObjectInput& input, ObjectCode& code) : input_(input), code_(code) {}

  void find() {
    collect_symbols();
    collect_references();
    for (const CodeSection& section : code_.sections) add_functions(section);
    for (std::uint32_t index = 0; index < code_.functions.size(); ++index) {
      const CodeFunction& function = code_.functions[index];
      code_.function_index[Place{function.section, std::uint64_t{function.start.value} * slot_bytes}] = index;
    }
    choose_entries();
  }

 private:
  void collect_symbols() {
    marked_.resize(input_.elf.sections.size());
    unmarked_.resize(input_.elf.sections.size());
    for (const ElfSymbol& symbol : input_.elf.symbols) {
      const CodeSection* section = symbol.section == 0 ? nullptr : code_.find(symbol.section);
      if (section == nullptr) continue;
      const bool marked = symbol.type == SymbolType::function;
      const bool unmarked = symbol.type == SymbolType::none && !symbol.name.empty() && !is_label(symbol.name);
      if (!marked && !unmarked) continue;
      if (symbol.value % slot_bytes != 0 || symbol.value / slot_bytes >= section->code.size()) {
        if (marked)
          input_.note(Severity::warning,
                      fmt::format("function {} lies at offset {:#x} of section {}, where no instruction is; ignored",
                                  symbol.name, symbol.value, name_of(*section)));
        continue;
      }
      const ElfSymbol*& named =
          (marked ? marked_ : unmarked_)[symbol.section][static_cast<std::uint32_t>(symbol.value / slot_bytes)];
      if (named == nullptr || (named->binding == SymbolBinding::local && symbol.binding != SymbolBinding::local))
        named = &symbol;
    }
  }

  void collect_references() {
    for (const CodeSection& section : code_.sections) {
      for_each_insn(section.code, [&](Slot slot, const RawInsn&) {
        const auto place = code_reference(input_, section, slot);
        if (!place || place->offset % slot_bytes != 0) return;
        const CodeSection* target = code_.find(place->section);
        if (target != nullptr && place->offset / slot_bytes < target->code.size()) referenced_.insert(*place);
      });
    }
  }

  void add_functions(const CodeSection& section) {
    const bool marked = !marked_[section.section].empty();
    const SymbolsBySlot symbols =
        marked ? marked_[section.section] : functions_among(unmarked_[section.section], section);
    std::set<std::uint32_t> starts;
    for (const auto& [slot, symbol] : symbols) starts.insert(slot);
    if (!marked) starts.insert(0);
    for (auto place = referenced_.lower_bound(Place{section.section, 0});
         place != referenced_.end() && place->section == section.section; ++place) {
      starts.insert(static_cast<std::uint32_t>(place->offset / slot_bytes));
    }
    for (auto start = starts.begin(); start != starts.end(); ++start) {
      const std::uint32_t end =
          std::next(start) == starts.end() ? static_cast<std::uint32_t>(section.code.size()) : *std::next(start);
      const auto symbol = symbols.find(*start);
      CodeFunction function{.name = {}, .section = section.section, .start = Slot{*start}, .slots = end - *start};
      if (symbol != symbols.end()) {
        describe(function, *symbol->second);
      } else if (!marked && *start == 0) {
        function.name = name_of(section);
        function.global = true;
      } else {
        function.name = fmt::format("{}+{:#x}", name_of(section), std::uint64_t{*start} * slot_bytes);
        function.anonymous = true;
      }
      code_.functions.push_back(std::move(function));
    }
  }

  /// Symbols that nothing marks as functions, without those that are labels: hand-written assembly has labels of any
  /// name.
  [[nodiscard]] SymbolsBySlot functions_among(SymbolsBySlot symbols, const CodeSection& section) const {
    const bool any_local = std::any_of(symbols.begin(), symbols.end(),
                                       [](const auto& entry) { return entry.second->binding == SymbolBinding::local; });
    if (!any_local) return symbols;
    const std::set<std::uint32_t> labels = labelled_slots(section.code);
    for (auto entry = symbols.begin(); entry != symbols.end();) {
      const bool called = referenced_.contains(Place{section.section, std::uint64_t{entry->first} * slot_bytes});
      const bool label = entry->second->binding == SymbolBinding::local && entry->first != 0 &&
                         labels.contains(entry->first) && !called;
      entry = label ? symbols.erase(entry) : std::next(entry);
    }
    return symbols;
  }

  static void describe(CodeFunction& function, const ElfSymbol& symbol) {
    function.name = symbol.name;
    function.global = symbol.binding != SymbolBinding::local;
    function.hidden = symbol.visibility != 0;
    // What lies between a function's end and the next one belongs to nobody.
    const std::uint64_t slots = symbol.size / slot_bytes;
    if (symbol.size % slot_bytes == 0 && slots > 0 && slots < function.slots)
      function.slots = static_cast<std::uint32_t>(slots);
  }

  void choose_entries() {
    bool found = false;
    for (CodeFunction& function : code_.functions) {
      if (is_text(input_.section(function.section).name) || function.anonymous) continue;
      // A function that others call is their subprogram wherever the compiler put it, if it is static or its section
      // names no program type. One that nobody calls is there to be loaded.
      const bool called = is_called(function);
      const bool in_program_section = match_section(input_.section(function.section).name).info != nullptr;
      function.entry = !called || (function.global && in_program_section);
      found = found || function.entry;
    }
    if (!found) choose_entries_in_text();
  }

  void choose_entries_in_text() {
    const bool any_global =
        std::any_of(code_.functions.begin(), code_.functions.end(), [](const CodeFunction& f) { return f.global; });
    bool found = false;
    for (CodeFunction& function : code_.functions) {
      function.entry = !function.anonymous && (any_global ? function.global : !is_called(function));
      found = found || function.entry;
    }
    if (found) {
      input_.note(
          Severity::note,
          fmt::format("all code is in {}, which usually holds subprograms: its {} functions are taken for programs",
                      text_section, any_global ? "global" : "static"),
          "put each program in a section of its own, as in SEC(\"xdp\")");
    }
  }

  [[nodiscard]] bool is_called(const CodeFunction& function) const {
    return referenced_.contains(Place{function.section, std::uint64_t{function.start.value} * slot_bytes});
  }

  [[nodiscard]] const std::string& name_of(const CodeSection& section) const {
    return input_.section(section.section).name;
  }

  const ObjectInput& input_;
  ObjectCode& code_;
  std::vector<SymbolsBySlot> marked_;    // STT_FUNC, by section number
  std::vector<SymbolsBySlot> unmarked_;  // STT_NOTYPE
  std::set<Place> referenced_;
};

}  // namespace

void find_functions(const ObjectInput& input, ObjectCode& code) { FunctionFinder(input, code).find(); }

}  // namespace skep
