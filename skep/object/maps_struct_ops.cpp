// Tables of kernel operations (`.struct_ops`, `.struct_ops.link`): each variable is a struct whose pointers to
// functions are programs, and to the kernel a map with that struct as its one value (libbpf's init_struct_ops_maps).
// With `.link` registering it is a link's business.
#include "skep/object/maps.hpp"

namespace skep {

namespace {

constexpr std::string_view link_section = ".struct_ops.link";

void read_table(ObjectInput& input, const ElfSection& section, const BtfType& variable, std::uint64_t offset) {
  const std::uint32_t type = input.btf->resolve(variable.type);
  const std::uint64_t size = input.btf->size_of(type).value_or(0);
  if (input.btf->type(type).kind != BtfKind::struct_ || offset > section.content.size() ||
      size > section.content.size() - offset) {
    return input.note(Severity::error, fmt::format("table {} of section {} is no struct that lies in the section",
                                                   variable.name, section.name));
  }
  MapSpec map;
  map.name = std::string(variable.name);
  map.origin = MapOrigin::struct_ops;
  map.type = static_cast<std::uint32_t>(MapType::struct_ops);
  map.key_size = 4;
  map.value_size = static_cast<std::uint32_t>(size);
  map.max_entries = 1;
  if (section.name.ends_with(link_section)) map.flags = bpf_f_link;
  map.value_type = type;
  const ByteView content = section.content.subspan(offset, size);
  map.data.assign(content.begin(), content.end());
  map.section = section.index;
  add_map(input, std::move(map), offset);
}

}  // namespace

void read_struct_ops_maps(ObjectInput& input) {
  for (const ElfSection& section : input.elf.sections) {
    if (input.roles[section.index] != SectionRole::struct_ops) continue;
    const BtfType* datasec = input.datasec(section.name);
    if (datasec == nullptr) {
      input.note(Severity::error,
                 fmt::format("section {} has tables of kernel operations, but the object has no BTF that says which",
                             section.name),
                 "compile with `clang -g`");
      continue;
    }
    std::map<std::string_view, std::uint64_t> offsets;
    for (const auto& [offset, symbol] : symbols_in(input, section.index)) offsets.emplace(symbol->name, offset);
    for (const BtfSectionVariable& entry : datasec->variables) {
      const BtfType& variable = input.btf->type(entry.type);
      if (variable.kind != BtfKind::variable) continue;
      const auto offset = offsets.find(variable.name);
      read_table(input, section, variable, offset == offsets.end() ? entry.offset : offset->second);
    }
    input.note(Severity::note, fmt::format("section {} registers kernel operations (struct_ops), which is not "
                                           "supported yet: its programs and tables are only shown",
                                           section.name));
  }
}

}  // namespace skep
