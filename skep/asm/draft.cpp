#include "skep/asm/draft.hpp"

#include <algorithm>

namespace skep {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// "kprobe/do_exit" → "kprobe_do_exit": a name for code that got none.
std::string name_for(std::string_view section) {
  std::string name;
  for (const char c : section) name += is_word(c) ? c : '_';
  return name.empty() || name == "_text" ? "program" : name;
}

}  // namespace

void UnitDraft::enter_section(std::string_view name) {
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) {
    current_ = known->second;
    return;
  }
  // What was written before the first section, if anything, keeps a section of its own.
  const SectionDraft& first = drafts_.front();
  const bool untouched = by_name_.empty() && first.section.code.empty() && first.labels.empty();
  if (!untouched) drafts_.emplace_back();
  current_ = drafts_.size() - 1;
  drafts_[current_].section.name = name;
  by_name_.emplace(name, current_);
}

void UnitDraft::define(std::string_view name, bool function, bool global, std::uint32_t line, std::size_t column) {
  SectionDraft& draft = current();
  const auto [at, is_new] = draft.labels.try_emplace(std::string(name), Label{draft.here(), line, function, global});
  Label& label = at->second;
  if (is_new) {
    draft.label_order.emplace_back(name);
    return;
  }
  if (!label.placed()) {
    label.slot = draft.here();
    label.function |= function;
  } else if (label.slot != draft.here()) {
    problems_.complain(line, column, fmt::format("{} is defined twice in this section", name),
                       fmt::format("the first time is in line {}", label.line));
  }
}

void UnitDraft::declare(std::string_view name, bool global, std::uint32_t line) {
  SectionDraft& draft = current();
  const auto [at, is_new] =
      draft.labels.try_emplace(std::string(name), Label{Slot{Label::unplaced}, line, true, global});
  if (is_new) draft.label_order.emplace_back(name);
  at->second.function = true;
  at->second.global |= global;
}

void UnitDraft::add_map(AsmMap map, std::uint32_t line, std::size_t column) {
  if (has_map(map.name))
    return problems_.complain(line, column, fmt::format("map {} is declared twice", map.name), "each name once");
  map_names_.emplace(map.name, maps_.size());
  maps_.push_back(std::move(map));
}

void UnitDraft::name_functions(SectionDraft& draft) {
  std::vector<AsmFunction>& functions = draft.section.functions;
  for (const std::string& name : draft.label_order) {
    const Label& label = draft.labels.find(name)->second;
    const bool entry = label.slot.value == 0 && !is_compiler_label(name);
    if (!label.placed()) {
      problems_.complain(label.line, 1, fmt::format("{} is declared but not defined", name),
                         fmt::format("write `{}:` in front of its first instruction", name));
    } else if (label.slot == draft.here() && (label.function || entry)) {
      problems_.complain(label.line, 1, fmt::format("{} has no instructions", name));
    } else if (label.function || entry) {
      functions.push_back({name, label.slot, label.global || entry});
    }
  }
  std::stable_sort(functions.begin(), functions.end(),
                   [](const AsmFunction& a, const AsmFunction& b) { return a.start < b.start; });
  if (functions.empty() || functions.front().start.value != 0)
    functions.insert(functions.begin(), {name_for(draft.section.name), Slot{0}, true});
}

AsmUnit UnitDraft::finish() && {
  AsmUnit unit;
  for (SectionDraft& draft : drafts_) {
    if (draft.section.code.empty() && draft.labels.empty()) continue;
    name_functions(draft);
    if (!draft.section.code.empty()) unit.sections.push_back(std::move(draft.section));
  }
  unit.maps = std::move(maps_);
  unit.license = std::move(license_);
  return unit;
}

}  // namespace skep
