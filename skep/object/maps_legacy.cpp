// Maps declared as C structs in section `maps` or `maps/NAME`, before BTF: five words {type, key_size, value_size,
// max_entries, map_flags} and then what each loader of the time added — {inner_map_idx, numa_node} in the kernel's
// samples (28 bytes), {id, pinning, inner_id, inner_idx} in iproute2 (36 bytes). A definition reaches from its symbol
// to the next.
#include <algorithm>
#include <array>

#include "skep/object/maps.hpp"

namespace skep {

namespace {

constexpr std::uint64_t least_size = 16;  // the oldest definitions have no flags
constexpr std::uint64_t known_size = 20;
constexpr std::uint64_t sample_size = 28;
constexpr std::uint64_t iproute2_size = 36;
constexpr std::string_view section_prefix = "maps/";

struct Definition {
  std::string name;
  std::uint64_t offset;
  ByteView bytes;
};

/// What the maps of an object say about each other by number; resolved when all are read.
struct InnerReference {
  std::uint32_t outer;
  std::uint32_t number;  ///< iproute2: the inner map's id; samples: its index among the definitions
};

std::vector<Definition> find_definitions(const ObjectInput& input, const ElfSection& section) {
  std::vector<Definition> found;
  const auto symbols = symbols_in(input, section.index);
  for (auto entry = symbols.begin(); entry != symbols.end(); ++entry) {
    const auto next = std::next(entry);
    const std::uint64_t end =
        next == symbols.end() ? section.content.size() : std::min<std::uint64_t>(next->first, section.content.size());
    if (entry->first >= end) continue;
    found.push_back({entry->second->name, entry->first, section.content.subspan(entry->first, end - entry->first)});
  }
  if (found.empty() && !section.content.empty()) {
    const std::string_view name = section.name;
    found.push_back(
        {std::string(name.substr(0, section_prefix.size()) == section_prefix ? name.substr(section_prefix.size())
                                                                             : name),
         0, section.content});
  }
  return found;
}

class LegacyReader {
 public:
  explicit LegacyReader(ObjectInput& input) : input_(input) {
    for (std::uint32_t id = 1; input.btf != nullptr && id < input.btf->type_count(); ++id) {
      const BtfType& type = input.btf->type(id);
      if (type.kind == BtfKind::struct_ && type.members.size() == 2) annotations_.emplace(type.name, &type);
    }
  }

  void read(const ElfSection& section) {
    for (const Definition& definition : find_definitions(input_, section)) read(section, definition);
  }

  void connect_inner_maps() {
    for (const InnerReference& reference : inner_ids_) connect(reference, ids_);
    for (const InnerReference& reference : inner_indices_) connect(reference, indices_);
  }

 private:
  void read(const ElfSection& section, const Definition& definition) {
    if (definition.bytes.size() < least_size) {
      input_.note(Severity::error,
                  fmt::format("map {}: {} bytes in section {} are too few for a definition ({} at least)",
                              definition.name, definition.bytes.size(), section.name, least_size));
      return;
    }
    const ByteReader reader(definition.bytes, "map " + definition.name, input_.object.order);
    const auto word = [&](std::uint64_t index) { return reader.read<std::uint32_t>(index * 4).value_or(0); };
    MapSpec map;
    map.name = definition.name;
    map.origin = MapOrigin::legacy;
    map.section = section.index;
    map.type = word(0);
    map.key_size = word(1);
    map.value_size = word(2);
    map.max_entries = word(3);
    map.flags = word(4);

    const auto index = static_cast<std::uint32_t>(input_.object.maps.size());
    indices_.emplace(static_cast<std::uint32_t>(indices_.size()), index);
    const bool holds_maps = map.type == static_cast<std::uint32_t>(MapType::array_of_maps) ||
                            map.type == static_cast<std::uint32_t>(MapType::hash_of_maps);
    if (definition.bytes.size() == sample_size) {
      if (holds_maps) inner_indices_.push_back({index, word(5)});
      if ((map.flags & bpf_f_numa_node) != 0) map.numa_node = word(6);
    } else if (definition.bytes.size() == iproute2_size) {
      ids_.emplace(word(5), index);
      map.pinning = word(6);
      if (holds_maps) inner_ids_.push_back({index, word(7)});
    }
    record_extra(map, definition.bytes);
    annotate(map);
    add_map(input_, std::move(map), definition.offset);
  }

  void record_extra(MapSpec& map, ByteView definition) const {
    const ByteView extra = definition.size() > known_size ? definition.subspan(known_size) : ByteView{};
    if (std::all_of(extra.begin(), extra.end(), [](std::uint8_t byte) { return byte == 0; })) return;
    map.legacy_extra.assign(extra.begin(), extra.end());
    if (definition.size() == sample_size || definition.size() == iproute2_size) return;
    input_.note(Severity::error, fmt::format("map {}: its definition has {} bytes, and those behind the {} known ones "
                                             "are not zero: what they mean is not known",
                                             map.name, definition.size(), known_size));
  }

  /// BPF_ANNOTATE_KV_PAIR(name, key, value) leaves struct ____btf_map_NAME { key; value; } in the BTF.
  void annotate(MapSpec& map) const {
    const auto pair = annotations_.find("____btf_map_" + map.name);
    if (pair == annotations_.end()) return;
    const auto& members = pair->second->members;
    if (input_.btf->size_of(members[0].type) != map.key_size || input_.btf->size_of(members[1].type) != map.value_size)
      return;
    map.key_type = members[0].type;
    map.value_type = members[1].type;
  }

  void connect(const InnerReference& reference, const std::map<std::uint32_t, std::uint32_t>& numbers) {
    MapSpec& map = input_.object.maps[reference.outer];
    const auto inner = numbers.find(reference.number);
    if (inner == numbers.end() || inner->second == reference.outer) {
      return input_.note(Severity::warning,
                         fmt::format("map {}: which map it holds is not to be found in its definition", map.name));
    }
    map.inner = std::make_shared<MapSpec>(input_.object.maps[inner->second]);
    map.inner->inner = nullptr;
  }

  ObjectInput& input_;
  std::map<std::string_view, const BtfType*, std::less<>> annotations_;  // structs of two members
  std::map<std::uint32_t, std::uint32_t> ids_;                           // iproute2 id → map
  std::map<std::uint32_t, std::uint32_t> indices_;                       // number among the definitions → map
  std::vector<InnerReference> inner_ids_;
  std::vector<InnerReference> inner_indices_;
};

}  // namespace

void read_legacy_maps(ObjectInput& input) {
  LegacyReader reader(input);
  for (const ElfSection& section : input.elf.sections) {
    if (input.roles[section.index] == SectionRole::legacy_maps) reader.read(section);
  }
  reader.connect_inner_maps();
}

}  // namespace skep
