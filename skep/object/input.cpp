// Section roles by name, as libbpf's bpf_object__elf_collect tells them apart: `.maps`, `maps`, `.data*`,
// `.struct_ops*`. Code is known by its flag or by the functions in it, because old compilers did not always set the
// flag.
#include "skep/object/input.hpp"

#include <algorithm>
#include <array>

namespace skep {

namespace {

/// ".data" itself or ".data.anything".
bool is_or_extends(std::string_view name, std::string_view base) {
  return name.substr(0, base.size()) == base && (name.size() == base.size() || name[base.size()] == '.');
}

SectionRole role_of(const ElfSection& section, bool has_functions) {
  const std::string_view name = section.name;
  const bool has_content = section.type == SectionType::progbits || section.type == SectionType::nobits;
  if (!has_content || section.size == 0) return SectionRole::other;
  // Some compilers of the past left SHF_EXECINSTR out.
  if (section.type == SectionType::progbits && (section.executable() || has_functions)) return SectionRole::code;
  if (name == ".maps") return SectionRole::btf_maps;
  // "maps/NAME": bcc's and gobpf's; "lirc_mode2/maps": v4l-utils'.
  if (name == "maps" || name.starts_with("maps/") || name.ends_with("/maps")) return SectionRole::legacy_maps;
  // '?' marks what is not to be created by itself.
  if (is_or_extends(name, ".struct_ops") || is_or_extends(name, "?.struct_ops")) return SectionRole::struct_ops;
  // LLVM's address space 1, which is an arena's.
  if (name == ".addr_space.1") return SectionRole::arena_data;
  if (is_or_extends(name, ".data") || is_or_extends(name, ".bss") || is_or_extends(name, ".rodata") ||
      is_or_extends(name, ".percpu"))
    return SectionRole::data;
  return SectionRole::other;
}

}  // namespace

const BtfType* ObjectInput::datasec(std::string_view name) const {
  const auto found = datasecs.find(name);
  return found == datasecs.end() ? nullptr : &btf->type(found->second);
}

void ObjectInput::note(Severity severity, std::string what, std::string help) const {
  // A hostile file may earn one per byte; nobody reads that many, and each holds names out of the file.
  constexpr std::size_t most_notes = 1000;
  if (object.notes.size() > most_notes) return;
  if (object.notes.size() == most_notes) what = "there is more to say about this file than is said here";
  object.notes.push_back({.severity = severity, .what = std::move(what), .help = std::move(help)});
}

std::map<std::string_view, std::uint32_t> datasecs_by_name(const Btf* btf) {
  std::map<std::string_view, std::uint32_t> ids;
  for (std::uint32_t id = 1; btf != nullptr && id < btf->type_count(); ++id) {
    if (btf->type(id).kind == BtfKind::datasec) ids.emplace(btf->type(id).name, id);
  }
  return ids;
}

std::vector<std::vector<const ElfSymbol*>> symbols_by_section(const ElfFile& elf) {
  std::vector<std::vector<const ElfSymbol*>> symbols(elf.sections.size());
  for (const ElfSymbol& symbol : elf.symbols) {
    if (symbol.section < symbols.size()) symbols[symbol.section].push_back(&symbol);
  }
  return symbols;
}

std::vector<SectionRole> section_roles(const ElfFile& elf) {
  std::vector<bool> has_functions(elf.sections.size(), false);
  for (const ElfSymbol& symbol : elf.symbols) {
    if (symbol.type == SymbolType::function && symbol.section < has_functions.size())
      has_functions[symbol.section] = true;
  }
  std::vector<SectionRole> roles;
  for (const ElfSection& section : elf.sections) roles.push_back(role_of(section, has_functions[section.index]));
  return roles;
}

bool is_by_gnu_assembler(const ElfFile& elf) {
  constexpr std::array<std::string_view, 3> beginning = {".text", ".data", ".bss"};
  std::size_t seen = 0;
  for (const ElfSection& section : elf.sections) {
    const bool content = section.type == SectionType::progbits || section.type == SectionType::nobits;
    if (!content && section.type != SectionType::strtab) continue;
    if (section.name != beginning[seen]) return false;
    if (++seen == beginning.size()) return true;
  }
  return false;
}

bool is_label(std::string_view symbol) {
  constexpr std::array<std::string_view, 4> prefixes = {".L", "LBB", "Ltmp", "Lfunc_"};
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return symbol.substr(0, prefix.size()) == prefix; });
}

}  // namespace skep
