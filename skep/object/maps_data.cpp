// Global variables: each data section is an array map with one value, as libbpf makes them
// (bpf_object__init_internal_map). User space may map the pages of one that has a variable with global linkage
// (map_is_mmapable) that the ELF does not hide: `__hidden` is how programs keep locks and lists from it. .rodata is
// read-only for programs and frozen once loaded. The variables of an arena lie in the arena itself.
#include <algorithm>
#include <set>

#include "skep/object/maps.hpp"

namespace skep {

namespace {

/// .bss takes no room in the file, so the file's size does not bound it; this does.
constexpr std::uint64_t most_zeroes = 64U << 20;

bool has_global_variable(const ObjectInput& input, const ElfSection& section, const BtfType& datasec) {
  constexpr std::uint32_t static_linkage = 0;
  std::set<std::string_view> hidden;
  for (const ElfSymbol* symbol : input.symbols[section.index]) {
    if (symbol->visibility != 0) hidden.insert(symbol->name);
  }
  return std::any_of(datasec.variables.begin(), datasec.variables.end(), [&](const BtfSectionVariable& entry) {
    const BtfType& variable = input.btf->type(entry.type);
    return variable.kind == BtfKind::variable && variable.linkage != static_linkage && !hidden.contains(variable.name);
  });
}

constexpr std::string_view percpu_section = ".percpu";

ByteVector initial_content(const ElfSection& section) {
  if (section.type == SectionType::nobits) return ByteVector(section.size, 0);
  return {section.content.begin(), section.content.end()};
}

}  // namespace

void read_data_maps(ObjectInput& input) {
  std::uint64_t zeroes = 0;
  for (const ElfSection& section : input.elf.sections) {
    if (input.roles[section.index] != SectionRole::data) continue;
    const bool nobits = section.type == SectionType::nobits;
    if (nobits && (section.size > most_zeroes - zeroes)) {
      input.note(Severity::error, fmt::format("section {} has {} bytes; zeroed data over {} bytes in all is refused",
                                              section.name, section.size, most_zeroes));
      continue;
    }
    if (section.size > UINT32_MAX) {
      input.note(Severity::error,
                 fmt::format("section {} has {} bytes, more than a map's value can have", section.name, section.size));
      continue;
    }
    if (nobits) zeroes += section.size;

    MapSpec map;
    map.name = section.name;
    map.origin = MapOrigin::data_section;
    map.section = section.index;
    const bool percpu = section.name.starts_with(percpu_section);
    map.type = static_cast<std::uint32_t>(percpu ? MapType::percpu_array : MapType::array);
    map.key_size = 4;
    map.value_size = static_cast<std::uint32_t>(section.size);
    map.max_entries = 1;
    map.frozen = section.name.rfind(".rodata", 0) == 0;
    if (map.frozen) map.flags |= bpf_f_rdonly_prog;
    if (const auto datasec = input.datasecs.find(section.name); datasec != input.datasecs.end()) {
      map.value_type = datasec->second;
      const bool visible = has_global_variable(input, section, input.btf->type(datasec->second));
      if (visible && !percpu) map.flags |= bpf_f_mmapable;
    }
    map.data = initial_content(section);
    if (const std::size_t addresses = input.elf.relocations[section.index].size(); addresses > 0) {
      input.note(
          Severity::warning,
          fmt::format("section {} is to hold {} addresses, which eBPF data cannot: they stay as they are in the file",
                      section.name, addresses));
    }
    add_map(input, std::move(map), 0);
  }
}

void read_arena_data(ObjectInput& input) {
  std::vector<MapSpec>& maps = input.object.maps;
  const auto arena = std::find_if(maps.begin(), maps.end(), [](const MapSpec& map) {
    return map.type == static_cast<std::uint32_t>(MapType::arena);
  });
  if (arena == maps.end()) return;  // whoever refers to its variables has a problem
  for (const ElfSection& section : input.elf.sections) {
    if (input.roles[section.index] != SectionRole::arena_data) continue;
    if (section.type == SectionType::nobits && section.size > most_zeroes) {
      input.note(Severity::error, fmt::format("section {} has {} bytes; more than {} bytes of zeroed data are refused",
                                              section.name, section.size, most_zeroes));
      continue;
    }
    arena->data = initial_content(section);
    input.map_places.emplace(Place{section.index, 0}, static_cast<std::uint32_t>(arena - maps.begin()));
  }
}

}  // namespace skep
