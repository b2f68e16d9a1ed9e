// `values` of maps of maps and program arrays: the initial content is pointers, so the file has relocations in `.maps`
// itself. Slot i of the array is the i-th pointer behind the `values` member. In a table of kernel operations each
// pointer is a member of the struct.
#include <algorithm>

#include "skep/object/maps.hpp"
#include "skep/object/target.hpp"

namespace skep {

namespace {

constexpr std::uint64_t pointer_size = 8;

/// The name of the map or function that a pointer's relocation means.
std::optional<std::string> initial_value(const ObjectInput& input, const ObjectCode& code, const ElfSection& section,
                                         const ElfRelocation& relocation) {
  // REL keeps the addend in the pointer itself: a static function is its section's symbol plus that.
  const auto in_place =
      ByteReader(section.content, section.name, input.object.order).read<std::int64_t>(relocation.offset);
  const std::int64_t addend = data_addend(input, relocation, in_place.value_or(0));
  const Target target = find_target(input, input.elf.symbols[relocation.symbol], addend);
  if (const auto* map = std::get_if<MapTarget>(&target)) return input.object.maps[map->map].name;
  if (const auto* place = std::get_if<CodeTarget>(&target)) {
    if (const auto function = code.function_at(place->place)) return code.functions[*function].name;
  }
  return std::nullopt;
}

/// Which slot or member of a map the pointer `offset` bytes into its definition is, or nothing.
std::optional<std::uint32_t> slot_at(const ObjectInput& input, std::uint32_t map, std::uint64_t offset) {
  const MapSpec& spec = input.object.maps[map];
  if (spec.origin == MapOrigin::struct_ops) {
    const auto& members = input.btf->type(spec.value_type).members;
    const auto member = std::find_if(members.begin(), members.end(),
                                     [&](const BtfMember& m) { return std::uint64_t{m.bit_offset} == offset * 8; });
    if (member == members.end()) return std::nullopt;
    return static_cast<std::uint32_t>(member - members.begin());
  }
  const auto values = input.values_offsets.find(map);
  if (values == input.values_offsets.end() || offset < values->second || (offset - values->second) % pointer_size != 0)
    return std::nullopt;
  return static_cast<std::uint32_t>((offset - values->second) / pointer_size);
}

}  // namespace

void read_map_initialisers(ObjectInput& input, const ObjectCode& code) {
  for (const ElfSection& section : input.elf.sections) {
    const SectionRole role = input.roles[section.index];
    if (role != SectionRole::btf_maps && role != SectionRole::struct_ops) continue;
    for (const ElfRelocation& relocation : input.elf.relocations[section.index]) {
      auto entry = input.map_places.upper_bound(Place{section.index, relocation.offset});
      if (entry == input.map_places.begin() || std::prev(entry)->first.section != section.index) continue;
      --entry;
      MapSpec& map = input.object.maps[entry->second];
      const std::uint64_t in_map = relocation.offset - entry->first.offset;
      const auto slot = slot_at(input, entry->second, in_map);
      if (!slot) {
        input.note(Severity::warning,
                   fmt::format("map {}: a relocation at offset {} of its definition initialises nothing; ignored",
                               map.name, in_map));
        continue;
      }
      if (const auto name = initial_value(input, code, section, relocation)) {
        map.initialisers.push_back({*slot, *name});
      } else {
        input.note(Severity::warning,
                   fmt::format("map {}: the initial value {} is neither a map nor a function; ignored", map.name,
                               display_name(input, input.elf.symbols[relocation.symbol])));
      }
    }
  }
}

}  // namespace skep
