// Code sections: instructions, relocations by slot, and the file's debug records by offset. Functions: functions.cpp.
#include "skep/object/code.hpp"

#include <algorithm>

#include "skep/object/functions.hpp"
#include "skep/object/target.hpp"

namespace skep {

namespace {

constexpr std::uint8_t load_imm64_opcode = 0x18;
constexpr std::uint8_t call_opcode = 0x85;

void read_relocations_of(const ObjectInput& input, CodeSection& section) {
  const ElfSection& header = input.section(section.section);
  for (const ElfRelocation& relocation : input.elf.relocations[section.section]) {
    if (relocation.offset % slot_bytes != 0 || relocation.offset / slot_bytes >= section.code.size()) {
      input.note(Severity::warning,
                 fmt::format("section {}: a relocation at offset {:#x} meets no instruction and is ignored",
                             header.name, relocation.offset));
      continue;
    }
    section.relocations.push_back({Slot{static_cast<std::uint32_t>(relocation.offset / slot_bytes)}, &relocation});
  }
  std::stable_sort(section.relocations.begin(), section.relocations.end(),
                   [](const auto& a, const auto& b) { return a.slot < b.slot; });
}

template <typename Record>
void sort_records(std::vector<Record>& records) {
  std::stable_sort(records.begin(), records.end(),
                   [](const Record& a, const Record& b) { return a.byte_offset < b.byte_offset; });
}

void read_debug_records(const ObjectInput& input, CodeSection& section) {
  if (input.ext == nullptr) return;
  const BtfExtSection* records = input.ext->find(input.section(section.section).name);
  if (records == nullptr) return;
  section.function_records = records->functions;
  section.lines = records->lines;
  section.core = records->core;
  sort_records(section.function_records);
  sort_records(section.lines);
  sort_records(section.core);
}

std::optional<CodeSection> read_code_section(const ObjectInput& input, const ElfSection& header) {
  CodeSection section{};
  section.section = header.index;
  ByteView content = header.content;
  if (content.size() % slot_bytes != 0) {
    input.note(Severity::error,
               fmt::format("section {} has {} bytes, no whole number of 8-byte instructions; the last {} are ignored",
                           header.name, content.size(), content.size() % slot_bytes));
    content = content.first(content.size() - content.size() % slot_bytes);
  }
  auto code = slots_from_bytes(content, input.object.order);
  if (!code) {
    input.note(Severity::error, fmt::format("section {}: {}", header.name, code.error().what));
    return std::nullopt;
  }
  section.code = std::move(*code);
  read_relocations_of(input, section);
  read_debug_records(input, section);
  return section;
}

}  // namespace

bool is_load_imm64(const RawInsn& insn) { return insn.code == load_imm64_opcode; }
bool is_call(const RawInsn& insn) { return insn.code == call_opcode; }
bool is_function_call(const RawInsn& insn) {
  return is_call(insn) && insn.src == static_cast<std::uint8_t>(CallKind::function);
}
bool is_function_address(const RawInsn& insn) {
  return is_load_imm64(insn) && insn.src == static_cast<std::uint8_t>(ImmKind::function);
}

bool lost_its_relocation(const ObjectInput& input, const RawInsn& insn) {
  constexpr std::size_t null_symbol = 1;
  return is_function_call(insn) && insn.imm == -1 && input.elf.symbols.size() <= null_symbol;
}

const ElfRelocation* CodeSection::relocation_at(Slot slot) const {
  const auto found = std::lower_bound(relocations.begin(), relocations.end(), slot,
                                      [](const SlotRelocation& r, Slot at) { return r.slot < at; });
  return found == relocations.end() || found->slot != slot ? nullptr : found->relocation;
}

const CodeSection* ObjectCode::find(std::uint32_t section) const {
  if (section >= section_index.size() || !section_index[section]) return nullptr;
  return &sections[*section_index[section]];
}

std::optional<std::uint32_t> ObjectCode::function_at(Place place) const {
  const auto found = function_index.find(place);
  if (found == function_index.end()) return std::nullopt;
  return found->second;
}

std::optional<Place> code_reference(const ObjectInput& input, const CodeSection& section, Slot slot) {
  const RawInsn& insn = section.code[slot.value];
  if (const ElfRelocation* relocation = section.relocation_at(slot)) {
    const ElfSymbol& symbol = input.elf.symbols[relocation->symbol];
    if (is_call(insn)) return find_code_target(input, symbol, call_addend(input, *relocation, insn));
    if (is_load_imm64(insn)) return find_code_target(input, symbol, load_addend(input, *relocation, insn));
    return std::nullopt;
  }
  if (!is_function_call(insn) && !is_function_address(insn)) return std::nullopt;
  if (lost_its_relocation(input, insn)) return std::nullopt;
  const std::int64_t target = std::int64_t{slot.value} + 1 + insn.imm;
  if (target < 0) return std::nullopt;
  return Place{section.section, static_cast<std::uint64_t>(target) * slot_bytes};
}

ObjectCode read_code(const ObjectInput& input) {
  ObjectCode code;
  code.section_index.resize(input.elf.sections.size());
  for (const ElfSection& header : input.elf.sections) {
    if (input.roles[header.index] != SectionRole::code) continue;
    auto section = read_code_section(input, header);
    if (!section || section->code.empty()) continue;
    code.section_index[header.index] = static_cast<std::uint32_t>(code.sections.size());
    code.sections.push_back(std::move(*section));
  }
  find_functions(input, code);
  return code;
}

}  // namespace skep
