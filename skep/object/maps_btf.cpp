// Maps declared with BTF: a variable in `.maps` whose type is a struct that only describes. A number N is a pointer to
// an array of N elements (__uint) or an enum with the one value N (__ulong); a type is a pointer to it (__type);
// `values` is an array of pointers to the inner map's struct or to functions (__array). Source: tools/lib/bpf's
// bpf_helpers.h macros and what its parse_btf_map_def accepts.
#include <algorithm>

#include "skep/object/maps.hpp"

namespace skep {

namespace {

/// A field that holds a number, and where it goes.
struct NumberField {
  std::string_view name;
  std::uint32_t MapSpec::*to;
};
constexpr NumberField number_fields[] = {
    {"type", &MapSpec::type},
    {"key_size", &MapSpec::key_size},
    {"value_size", &MapSpec::value_size},
    {"max_entries", &MapSpec::max_entries},
    {"map_flags", &MapSpec::flags},
    {"numa_node", &MapSpec::numa_node},
    {"pinning", &MapSpec::pinning},
};

class DefinitionReader {
 public:
  DefinitionReader(ObjectInput& input, std::string name, bool is_inner)
      : input_(input), btf_(*input.btf), name_(std::move(name)), is_inner_(is_inner) {}

  /// The map that struct `id` describes; errors in single fields become notes.
  MapSpec read(std::uint32_t id) {
    for (const BtfMember& member : btf_.type(id).members) read_field(member);
    map_.name = name_;
    return std::move(map_);
  }

  /// Where the initial values begin; valid after read().
  [[nodiscard]] std::optional<std::uint32_t> values_offset() const { return values_offset_; }

 private:
  void read_field(const BtfMember& member) {
    const auto* number = std::find_if(std::begin(number_fields), std::end(number_fields),
                                      [&](const NumberField& f) { return f.name == member.name; });
    if (number != std::end(number_fields)) {
      if (const auto value = read_number(member)) map_.*number->to = static_cast<std::uint32_t>(*value);
    } else if (member.name == "map_extra") {
      if (const auto value = read_number(member)) map_.map_extra = *value;
    } else if (member.name == "key") {
      read_type(member, map_.key_type, map_.key_size);
    } else if (member.name == "value") {
      read_type(member, map_.value_type, map_.value_size);
    } else if (member.name == "values") {
      read_values(member);
    } else {
      complain(member, "is no field that a map definition has; ignored");
    }
  }

  std::optional<std::uint64_t> read_number(const BtfMember& member) {
    const BtfType& type = btf_.type(btf_.resolve(member.type));
    if ((type.kind == BtfKind::enum_ || type.kind == BtfKind::enum64) && type.enumerators.size() == 1) {
      return static_cast<std::uint64_t>(type.enumerators[0].value);
    }
    if (type.kind == BtfKind::pointer) {
      const BtfType& array = btf_.type(btf_.resolve(type.type));
      if (array.kind == BtfKind::array) return array.element_count;
    }
    complain(member, "is not written with __uint or __ulong; ignored");
    return std::nullopt;
  }

  void read_type(const BtfMember& member, std::uint32_t& id, std::uint32_t& size) {
    const BtfType& pointer = btf_.type(btf_.resolve(member.type));
    if (pointer.kind != BtfKind::pointer) return complain(member, "is not written with __type; ignored");
    const auto bytes = btf_.size_of(pointer.type);
    if (!bytes || *bytes > UINT32_MAX) return complain(member, "has a type without a size; ignored");
    if (size != 0 && size != *bytes)
      complain(member, fmt::format("has {} bytes, but {}_size says {}; the type counts", *bytes, member.name, size));
    id = pointer.type;
    size = static_cast<std::uint32_t>(*bytes);
  }

  void read_values(const BtfMember& member) {
    if (is_inner_)
      return complain(member, "is in the definition of an inner map, which has no inner maps itself; ignored");
    const BtfType& array = btf_.type(btf_.resolve(member.type));
    if (array.kind != BtfKind::array) return complain(member, "is not written with __array; ignored");
    const BtfType& pointer = btf_.type(btf_.resolve(array.type));
    if (pointer.kind != BtfKind::pointer) return complain(member, "does not hold pointers; ignored");
    values_offset_ = member.bit_offset / 8;
    const std::uint32_t element = btf_.resolve(pointer.type);
    // What an inner map or a program is to the map that holds it: a file descriptor.
    if (map_.value_size == 0) map_.value_size = 4;
    if (btf_.type(element).kind == BtfKind::struct_) {
      map_.inner = std::make_shared<MapSpec>(DefinitionReader(input_, name_ + ".inner", true).read(element));
    } else if (btf_.type(element).kind != BtfKind::function_proto) {
      complain(member, "holds neither map definitions nor functions");
    }
  }

  void complain(const BtfMember& member, std::string_view what) const {
    input_.note(Severity::warning, fmt::format("map {}: field {} {}", name_, member.name, what));
  }

  ObjectInput& input_;
  const Btf& btf_;
  std::string name_;
  bool is_inner_;
  std::optional<std::uint32_t> values_offset_;
  MapSpec map_;
};

/// The struct that a variable of `.maps` describes its map with, or nothing.
std::optional<std::uint32_t> definition_of(const Btf& btf, const BtfType& variable) {
  const std::uint32_t definition = btf.resolve(variable.type);
  if (btf.type(definition).kind != BtfKind::struct_) return std::nullopt;
  return definition;
}

/// What a definition says is in its type, and pointers to inner maps and programs are relocations: any other byte that
/// is not zero would be lost.
bool has_initial_values(const ObjectInput& input, const ElfSection& section) {
  ByteVector content(section.content.begin(), section.content.end());
  for (const ElfRelocation& relocation : input.elf.relocations[section.index]) {
    if (relocation.offset >= content.size()) continue;
    const auto pointer = content.begin() + static_cast<std::ptrdiff_t>(relocation.offset);
    std::fill_n(pointer, std::min<std::ptrdiff_t>(8, content.end() - pointer), 0);
  }
  return std::any_of(content.begin(), content.end(), [](std::uint8_t byte) { return byte != 0; });
}

void read_section(ObjectInput& input, const ElfSection& section) {
  const BtfType* datasec = input.datasec(section.name);
  if (datasec == nullptr) {
    return input.note(
        Severity::error,
        fmt::format("section {} declares maps, but the object has no BTF that says what they are", section.name),
        "compile with `clang -g`");
  }
  if (has_initial_values(input, section)) {
    input.note(Severity::error,
               fmt::format("section {} has initial values, which map definitions cannot have; they are ignored",
                           section.name));
  }
  // clang leaves the offsets in the DATASEC to the linker: the symbols have them.
  std::map<std::string_view, std::uint64_t> offsets;
  for (const auto& [offset, symbol] : symbols_in(input, section.index)) offsets.emplace(symbol->name, offset);
  for (const BtfSectionVariable& entry : datasec->variables) {
    const BtfType& variable = input.btf->type(entry.type);
    if (variable.kind != BtfKind::variable) continue;
    const auto definition = definition_of(*input.btf, variable);
    if (!definition) {
      input.note(Severity::error, fmt::format("map {}: its type is no struct", variable.name));
      continue;
    }
    DefinitionReader reader(input, std::string(variable.name), false);
    MapSpec map = reader.read(*definition);
    const auto index = static_cast<std::uint32_t>(input.object.maps.size());
    if (const auto values = reader.values_offset()) input.values_offsets.emplace(index, *values);
    map.origin = MapOrigin::btf;
    map.section = section.index;
    const auto offset = offsets.find(variable.name);
    add_map(input, std::move(map), offset == offsets.end() ? entry.offset : offset->second);
  }
}

}  // namespace

void read_btf_maps(ObjectInput& input) {
  for (const ElfSection& section : input.elf.sections) {
    if (input.roles[section.index] == SectionRole::btf_maps) read_section(input, section);
  }
}

}  // namespace skep
