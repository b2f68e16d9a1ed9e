// Symbol + addend → what is there. A named symbol and a section symbol with an addend are the same thing: both become a
// place in a section, and the section's role says what places in it mean.
#include "skep/object/target.hpp"

namespace skep {

namespace {

Target find_in_maps(const ObjectInput& input, Place place, const std::string& name) {
  const ElfSection& section = input.section(place.section);
  if (input.roles[place.section] == SectionRole::btf_maps && input.datasec(section.name) == nullptr)
    return NoTarget{"without BTF nobody knows what map it is; compile with `clang -g`"};
  auto entry = input.map_places.upper_bound(place);
  if (entry == input.map_places.begin())
    return NoTarget{fmt::format("no map at offset {} of section {}", place.offset, section.name)};
  --entry;
  if (entry->first.section != place.section) return NoTarget{fmt::format("{} is a map that could not be read", name)};
  return MapTarget{entry->second};
}

Target find_in_data(const ObjectInput& input, Place place) {
  const auto entry = input.map_places.find(Place{place.section, 0});
  const ElfSection& section = input.section(place.section);
  if (entry == input.map_places.end() && input.roles[place.section] == SectionRole::arena_data)
    return NoTarget{fmt::format("section {} holds the variables of an arena, and the object has none", section.name)};
  if (entry == input.map_places.end()) return NoTarget{fmt::format("section {} could not be made a map", section.name)};
  // One past the end is a legal address in C; whether it may be used is the kernel's business.
  if (place.offset > section.size)
    return NoTarget{
        fmt::format("offset {} lies beyond section {} ({} bytes)", place.offset, section.name, section.size)};
  return MapValueTarget{entry->second, static_cast<std::uint32_t>(place.offset)};
}

/// How much of what is in place of an address is the symbol's value, as GNU as up to 2.40 writes it. Less than the
/// value cannot have it in it: then a later one wrote it, which does as LLVM.
std::int64_t value_in_place(const ObjectInput& input, const ElfRelocation& relocation, std::int64_t in_place) {
  if (!input.by_gnu_assembler) return 0;
  const ElfSymbol& symbol = input.elf.symbols[relocation.symbol];
  const bool included = in_place >= 0 && static_cast<std::uint64_t>(in_place) >= symbol.value;
  return included ? static_cast<std::int64_t>(symbol.value) : 0;
}

}  // namespace

Target find_target(const ObjectInput& input, const ElfSymbol& symbol, std::int64_t addend) {
  const std::string name = display_name(input, symbol);
  const auto offset = checked_add(static_cast<std::int64_t>(symbol.value), addend);
  if (!offset) return NoTarget{fmt::format("the address of {} overflows", name)};
  if (symbol.section == absolute_section) return NumberTarget{*offset};
  if (symbol.section == 0) {
    const auto entry = input.extern_index.find(name);
    if (entry == input.extern_index.end()) return NoTarget{"the relocation names no symbol"};
    return ExternTarget{entry->second};
  }
  if (symbol.section >= no_section)
    return NoTarget{fmt::format("{} has no place in the file (a common or reserved symbol)", name)};
  if (*offset < 0)
    return NoTarget{fmt::format("offset {} lies before section {}", *offset, input.section(symbol.section).name)};

  const Place place{symbol.section, static_cast<std::uint64_t>(*offset)};
  switch (input.roles[symbol.section]) {
    case SectionRole::code: return CodeTarget{place};
    case SectionRole::btf_maps:
    case SectionRole::legacy_maps:
    case SectionRole::struct_ops: return find_in_maps(input, place, name);
    case SectionRole::data:
    case SectionRole::arena_data: return find_in_data(input, place);
    case SectionRole::other: break;
  }
  return NoTarget{fmt::format("section {} holds no code, maps or data", input.section(symbol.section).name)};
}

std::optional<Place> find_code_target(const ObjectInput& input, const ElfSymbol& symbol, std::int64_t addend) {
  if (symbol.section >= input.roles.size() || input.roles[symbol.section] != SectionRole::code) return std::nullopt;
  const auto offset = checked_add(static_cast<std::int64_t>(symbol.value), addend);
  if (!offset || *offset < 0) return std::nullopt;
  return Place{symbol.section, static_cast<std::uint64_t>(*offset)};
}

std::string display_name(const ObjectInput& input, const ElfSymbol& symbol) {
  if (symbol.name.empty() && symbol.section < input.elf.sections.size()) return input.section(symbol.section).name;
  return symbol.name;
}

std::int64_t load_addend(const ObjectInput& input, const ElfRelocation& relocation, const RawInsn& insn) {
  return data_addend(input, relocation, insn.imm);
}

std::int64_t call_addend(const ObjectInput& input, const ElfRelocation& relocation, const RawInsn& insn) {
  if (relocation.addend) return *relocation.addend;
  const std::int64_t from_symbol = std::int64_t{insn.imm} + 1;
  return (from_symbol - value_in_place(input, relocation, from_symbol)) * slot_bytes;
}

std::int64_t data_addend(const ObjectInput& input, const ElfRelocation& relocation, std::int64_t pointer) {
  return relocation.addend.value_or(pointer - value_in_place(input, relocation, pointer));
}

}  // namespace skep
