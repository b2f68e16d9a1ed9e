// Names → numbers, when the whole text has been read: a jump's label, a call's function or helper, a 64-bit load's map
// or function. What only a loader can know (a map, a function of another section) becomes a reference.
#include <algorithm>

#include "skep/abi/abi.hpp"
#include "skep/asm/draft.hpp"

namespace skep {
namespace {

using LabelsByName = std::map<std::string_view, Label*>;

class Resolver {
 public:
  Resolver(UnitDraft& unit, Problems& problems) : unit_(unit), problems_(problems) {
    for (SectionDraft& draft : unit_.sections()) {
      for (auto& [name, label] : draft.labels) {
        if (label.placed() && !is_compiler_label(name)) anywhere_.emplace(name, &label);
      }
    }
  }

  void resolve(SectionDraft& draft) {
    for (const Fixup& fixup : draft.fixups) {
      if (problems_.full()) return;
      const auto at = draft.labels.find(fixup.target.name);
      Label* label = at != draft.labels.end() && at->second.placed() ? &at->second : nullptr;
      switch (fixup.target.kind) {
        case NamedTarget::Kind::jump: jump(draft, fixup, label); break;
        case NamedTarget::Kind::call: call(draft, fixup, label); break;
        case NamedTarget::Kind::immediate: immediate(draft, fixup, label); break;
      }
    }
  }

 private:
  static RawInsn& insn_of(SectionDraft& draft, const Fixup& fixup) { return draft.section.code[fixup.slot.value]; }
  /// Jumps and calls count from the slot behind them.
  static std::int64_t distance(const Fixup& fixup, const Label& label) {
    return std::int64_t{label.slot.value} - fixup.slot.value - 1;
  }

  void jump(SectionDraft& draft, const Fixup& fixup, const Label* label) {
    if (label == nullptr) return unknown_label(draft, fixup);
    RawInsn& insn = insn_of(draft, fixup);
    const std::int64_t slots = distance(fixup, *label);
    const auto decoded = decode(draft.section.code, fixup.slot);
    const Goto* unconditional = decoded ? std::get_if<Goto>(&decoded->insn) : nullptr;
    if (unconditional != nullptr && unconditional->wide) {
      insn.imm = static_cast<std::int32_t>(slots);
    } else if (slots < INT16_MIN || slots > INT16_MAX) {
      problems_.complain(fixup.line, fixup.target.column,
                         fmt::format("{} is {} slots away, and this jump reaches 32767", fixup.target.name, slots),
                         "use gotol (GNU: jal), which has a 32-bit offset");
    } else {
      insn.off = static_cast<std::int16_t>(slots);
    }
  }

  void call(SectionDraft& draft, const Fixup& fixup, Label* label) {
    RawInsn& insn = insn_of(draft, fixup);
    const std::string& name = fixup.target.name;
    if (label != nullptr) {
      label->function = true;
      insn.src = static_cast<std::uint8_t>(CallKind::function);
      insn.imm = static_cast<std::int32_t>(distance(fixup, *label));
    } else if (const HelperInfo* helper = find_helper(name)) {
      insn.src = static_cast<std::uint8_t>(CallKind::helper);
      insn.imm = static_cast<std::int32_t>(helper->id);
    } else if (refer_to_function(draft, fixup)) {
      // What clang leaves there for the linker to fill.
      insn.src = static_cast<std::uint8_t>(CallKind::function);
      insn.imm = -1;
    } else {
      unknown_function(draft, fixup);
    }
  }

  void immediate(SectionDraft& draft, const Fixup& fixup, Label* label) {
    RawInsn& insn = insn_of(draft, fixup);
    const std::string& name = fixup.target.name;
    if (label != nullptr) {
      label->function = true;
      insn.src = static_cast<std::uint8_t>(ImmKind::function);
      insn.imm = static_cast<std::int32_t>(distance(fixup, *label));
    } else if (unit_.has_map(name)) {
      draft.section.references.push_back({AsmReference::Kind::map, fixup.slot, name});
    } else if (!refer_to_function(draft, fixup)) {
      problems_.complain(fixup.line, fixup.target.column, fmt::format("there is no map and no function {}", name),
                         "declare the map: .map NAME type=hash key=4 value=8 entries=16");
    }
  }

  bool refer_to_function(SectionDraft& draft, const Fixup& fixup) {
    const auto found = anywhere_.find(fixup.target.name);
    if (found == anywhere_.end()) return false;
    found->second->function = true;
    draft.section.references.push_back({AsmReference::Kind::function, fixup.slot, fixup.target.name});
    return true;
  }

  void unknown_label(const SectionDraft& draft, const Fixup& fixup) {
    std::vector<std::string> names;
    for (const auto& [name, label] : draft.labels) names.push_back(name);
    const std::string guess = nearest(fixup.target.name, names);
    problems_.complain(
        fixup.line, fixup.target.column, fmt::format("there is no label {}", fixup.target.name),
        guess.empty() ? "a label is a name with a colon: loop:" : fmt::format("did you mean {}?", guess));
  }

  void unknown_function(const SectionDraft& draft, const Fixup& fixup) {
    std::vector<std::string> names;
    for (const HelperInfo& helper : helpers()) names.push_back("bpf_" + std::string(helper.name));
    for (const auto& [name, label] : draft.labels) names.push_back(name);
    const std::string guess = nearest(fixup.target.name, names);
    problems_.complain(
        fixup.line, fixup.target.column, fmt::format("there is no helper and no function {}", fixup.target.name),
        guess.empty() ? "`skep features helpers` lists the helpers" : fmt::format("did you mean {}?", guess));
  }

  UnitDraft& unit_;
  Problems& problems_;
  LabelsByName anywhere_;
};

}  // namespace

void resolve_names(UnitDraft& unit, Problems& problems) {
  Resolver resolver(unit, problems);
  for (SectionDraft& draft : unit.sections()) resolver.resolve(draft);
  // A relocation in a listing comes in its own order; readers of the unit expect the order of the code.
  for (SectionDraft& draft : unit.sections()) {
    std::vector<AsmReference>& references = draft.section.references;
    std::stable_sort(references.begin(), references.end(),
                     [](const AsmReference& a, const AsmReference& b) { return a.slot < b.slot; });
  }
}

}  // namespace skep
