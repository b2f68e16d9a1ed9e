// A unit under construction: sections whose names are not numbers yet. The reader of lines fills it, resolve_names()
// completes it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "skep/asm/problems.hpp"
#include "skep/asm/statement.hpp"
#include "skep/asm/unit.hpp"

namespace skep {

/// An instruction that waits for the number behind a name.
struct Fixup {
  Slot slot;
  NamedTarget target;
  std::uint32_t line;
};

struct Label {
  static constexpr std::uint32_t unplaced = UINT32_MAX;  ///< declared (`.global`), not yet defined
  Slot slot;
  std::uint32_t line;
  bool function = false;
  bool global = false;
  [[nodiscard]] bool placed() const { return slot.value != unplaced; }
};

/// `.Lloop`, `LBB0_2`: places that a compiler named; no functions.
[[nodiscard]] inline bool is_compiler_label(std::string_view name) {
  return name.starts_with("LBB") || name.starts_with(".L");
}

struct SectionDraft {
  AsmSection section;
  std::map<std::string, Label, std::less<>> labels;
  std::vector<std::string> label_order;
  std::vector<Fixup> fixups;

  [[nodiscard]] Slot here() const { return Slot{static_cast<std::uint32_t>(section.code.size())}; }
};

class UnitDraft {
 public:
  explicit UnitDraft(Problems& problems) : problems_(problems) { drafts_.emplace_back(); }

  [[nodiscard]] SectionDraft& current() { return drafts_[current_]; }
  /// Which of the sections is the current one.
  [[nodiscard]] std::size_t position() const { return current_; }
  [[nodiscard]] std::vector<SectionDraft>& sections() { return drafts_; }
  [[nodiscard]] bool has_map(std::string_view name) const { return map_names_.contains(name); }

  /// What follows belongs to this section; it may have been left before.
  void enter_section(std::string_view name);
  /// The place reached has this name.
  void define(std::string_view name, bool function, bool global, std::uint32_t line, std::size_t column);
  /// A function of that name is (or will be) in this section.
  void declare(std::string_view name, bool global, std::uint32_t line);
  void add_map(AsmMap map, std::uint32_t line, std::size_t column);
  void set_license(std::string_view license) { license_ = license; }

  /// Everything, once names are numbers: functions named, sections without code left out.
  [[nodiscard]] AsmUnit finish() &&;

 private:
  void name_functions(SectionDraft& draft);

  Problems& problems_;
  std::vector<SectionDraft> drafts_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::size_t current_ = 0;
  std::vector<AsmMap> maps_;
  std::map<std::string, std::size_t, std::less<>> map_names_;
  std::string license_;
};

/// Puts numbers where names stood: labels of the section, helpers, functions of other sections, maps.
void resolve_names(UnitDraft& unit, Problems& problems);

/// A line that begins with a directive. False if the word is none (it may be a label such as `.Lloop:`).
bool read_directive(std::string_view text, std::uint32_t line, std::size_t column, UnitDraft& unit, Problems& problems);

}  // namespace skep
