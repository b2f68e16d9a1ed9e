// Variables come from the BTF's DATASECs where there is one, else from the ELF's symbols. clang leaves offsets and
// sizes in DATASECs to the linker, which for eBPF nobody runs: the symbols have them.
#include "skep/object/variables.hpp"

#include <algorithm>

#include "skep/object/maps.hpp"

namespace skep {

namespace {

std::map<std::string_view, const ElfSymbol*> symbols_by_name(const ObjectInput& input, std::uint32_t section) {
  std::map<std::string_view, const ElfSymbol*> symbols;
  for (const ElfSymbol* symbol : input.symbols[section]) {
    if (!symbol->name.empty()) symbols.emplace(symbol->name, symbol);
  }
  return symbols;
}

void read_by_btf(ObjectInput& input, std::uint32_t map, const ElfSection& section, const BtfType& datasec) {
  const auto symbols = symbols_by_name(input, section.index);
  for (const BtfSectionVariable& entry : datasec.variables) {
    const BtfType& type = input.btf->type(entry.type);
    if (type.kind != BtfKind::variable) continue;
    const auto symbol = symbols.find(type.name);
    const std::uint64_t offset = symbol == symbols.end() ? entry.offset : symbol->second->value;
    const std::uint64_t size = entry.size != 0 ? entry.size : input.btf->size_of(type.type).value_or(0);
    if (offset > section.size || size > section.size - offset) {
      input.note(Severity::warning,
                 fmt::format("variable {} ({} bytes at offset {}) does not fit into section {} ({} bytes); ignored",
                             type.name, size, offset, section.name, section.size));
      continue;
    }
    input.object.variables.push_back({std::string(type.name), map, static_cast<std::uint32_t>(offset),
                                      static_cast<std::uint32_t>(size), entry.type, type.linkage == 0});
  }
}

void read_by_symbols(ObjectInput& input, std::uint32_t map, const ElfSection& section) {
  for (const auto& [offset, symbol] : symbols_in(input, section.index)) {
    if (symbol->size == 0 || offset > section.size || symbol->size > section.size - offset) continue;
    input.object.variables.push_back({symbol->name, map, static_cast<std::uint32_t>(offset),
                                      static_cast<std::uint32_t>(symbol->size), 0,
                                      symbol->binding == SymbolBinding::local});
  }
}

}  // namespace

void read_variables(ObjectInput& input) {
  for (const ElfSection& section : input.elf.sections) {
    const SectionRole role = input.roles[section.index];
    if (role != SectionRole::data && role != SectionRole::arena_data) continue;
    const auto map = input.map_places.find(Place{section.index, 0});
    if (map == input.map_places.end()) continue;
    if (const BtfType* datasec = input.datasec(section.name)) {
      read_by_btf(input, map->second, section, *datasec);
    } else {
      read_by_symbols(input, map->second, section);
    }
  }
}

void read_declarations(ObjectInput& input) {
  if (const ElfSection* license = input.elf.find("license")) {
    const std::string_view text = as_text(license->content);
    input.object.license = text.substr(0, text.find('\0'));
    input.object.has_license = true;
  }
  if (const ElfSection* version = input.elf.find("version")) {
    const auto value = ByteReader(version->content, "section version", input.object.order).read<std::uint32_t>(0);
    if (value) {
      input.object.version = *value;
    } else {
      input.note(Severity::warning,
                 fmt::format("section version has {} bytes; a version has 4", version->content.size()));
    }
  }
}

std::vector<DatasecFacts> datasec_facts(const ObjectInput& input) {
  std::vector<DatasecFacts> facts;
  for (const ElfSection& section : input.elf.sections) {
    if (section.size == 0 || section.size > UINT32_MAX || input.datasec(section.name) == nullptr) continue;
    DatasecFacts fact{section.name, static_cast<std::uint32_t>(section.size), {}};
    for (const auto& [name, symbol] : symbols_by_name(input, section.index)) {
      if (symbol->value <= UINT32_MAX)
        fact.variable_offsets.emplace_back(name, static_cast<std::uint32_t>(symbol->value));
    }
    facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace skep
