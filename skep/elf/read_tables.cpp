// Symbols and relocations of an ELF64 file (gABI chapter 4, "Symbol Table", "Relocation"). Section numbers, links and
// string offsets are checked here, so that whoever uses an ElfFile may index without asking.
#include "skep/elf/read_tables.hpp"

#include <algorithm>

#include "skep/elf/header.hpp"

namespace skep {

namespace layout = elf_layout;

namespace {

Result<std::uint64_t> count_entries(const ElfSection& section, std::uint64_t entry_size) {
  // Some writers leave sh_entsize 0; the sizes are fixed by the format anyway.
  if (section.entry_size != entry_size && section.entry_size != 0) {
    return fail("section {} ({}) says that its entries have {} bytes; they have {}", section.index, section.name,
                section.entry_size, entry_size);
  }
  if (section.size % entry_size != 0) {
    return fail("section {} ({}) has {} bytes, no whole number of {}-byte entries: truncated or corrupt", section.index,
                section.name, section.size, entry_size);
  }
  return section.size / entry_size;
}

const ElfSection* find_symbol_table(const ElfFile& elf) {
  const auto found = std::find_if(elf.sections.begin(), elf.sections.end(),
                                  [](const ElfSection& s) { return s.type == SectionType::symtab; });
  return found == elf.sections.end() ? nullptr : &*found;
}

/// The section numbers of symbols whose own field says SHN_XINDEX, by symbol; empty if the file has none.
ByteView find_extended_numbers(const ElfFile& elf, const ElfSection& symbol_table) {
  const auto found = std::find_if(elf.sections.begin(), elf.sections.end(), [&](const ElfSection& s) {
    return s.type == SectionType::symtab_shndx && s.link == symbol_table.index;
  });
  return found == elf.sections.end() ? ByteView{} : found->content;
}

Result<std::uint32_t> read_section_number(const ElfFile& elf, std::uint16_t in_symbol, ByteView extended,
                                          std::uint32_t index) {
  std::uint32_t number = in_symbol;
  if (in_symbol == layout::extended_index) {
    const auto entry = ByteReader(extended, "extended section numbers", elf.header.order)
                           .read<std::uint32_t>(std::uint64_t{index} * sizeof(std::uint32_t));
    if (!entry) return fail("symbol {} uses an extended section number, which the file does not have", index);
    number = *entry;
  } else if (in_symbol >= layout::reserved_from) {
    return reserved_section(in_symbol);
  }
  if (number >= elf.sections.size())
    return fail("symbol {} lies in section {}, but there are only {}", index, number, elf.sections.size());
  return number;
}

Result<ElfSymbol> read_symbol(const ElfFile& elf, const ByteReader& table, ByteView names, ByteView extended,
                              std::uint32_t index) {
  const std::uint64_t at = index * layout::symbol_size;
  ElfSymbol symbol{};
  symbol.index = index;
  TRY(name, read_name(names, *table.read<std::uint32_t>(at), fmt::format("the name of symbol {}", index)));
  symbol.name = name;
  const auto info = *table.read<std::uint8_t>(at + 4);
  symbol.binding = static_cast<SymbolBinding>(info >> 4);
  symbol.type = static_cast<SymbolType>(info & 15);
  symbol.visibility = static_cast<std::uint8_t>(*table.read<std::uint8_t>(at + 5) & 3);
  TRY(section, read_section_number(elf, *table.read<std::uint16_t>(at + 6), extended, index));
  symbol.section = section;
  symbol.value = *table.read<std::uint64_t>(at + 8);
  symbol.size = *table.read<std::uint64_t>(at + 16);
  return symbol;
}

Result<ElfRelocation> read_relocation(const ElfFile& elf, const ElfSection& section, const ByteReader& table,
                                      std::uint64_t index) {
  const bool has_addend = section.type == SectionType::rela;
  const std::uint64_t at = index * (has_addend ? layout::rela_size : layout::rel_size);
  ElfRelocation relocation{};
  relocation.offset = *table.read<std::uint64_t>(at);
  const auto info = *table.read<std::uint64_t>(at + 8);
  relocation.type = static_cast<std::uint32_t>(info);
  relocation.symbol = static_cast<std::uint32_t>(info >> 32);
  if (has_addend) relocation.addend = *table.read<std::int64_t>(at + 16);
  if (relocation.symbol >= elf.symbols.size()) {
    return fail("relocation {} in section {} ({}) names symbol {}, but there are only {}", index, section.index,
                section.name, relocation.symbol, elf.symbols.size());
  }
  return relocation;
}

}  // namespace

Result<void> read_symbols(ElfFile& elf) {
  const ElfSection* table = find_symbol_table(elf);
  if (table == nullptr) return {};
  TRY(count, count_entries(*table, layout::symbol_size));
  if (table->link >= elf.sections.size() || elf.sections[table->link].type != SectionType::strtab) {
    return fail("section {} ({}) names section {} as its string table, which is none", table->index, table->name,
                table->link);
  }
  const ByteView names = elf.sections[table->link].content;
  const ByteReader reader(table->content, "symbol table", elf.header.order);
  const ByteView extended = find_extended_numbers(elf, *table);
  for (std::uint32_t index = 0; index < count; ++index) {
    TRY(symbol, read_symbol(elf, reader, names, extended, index));
    elf.symbols.push_back(std::move(symbol));
  }
  return {};
}

Result<void> read_relocations(ElfFile& elf) {
  elf.relocations.resize(elf.sections.size());
  for (const ElfSection& section : elf.sections) {
    if (section.type != SectionType::rel && section.type != SectionType::rela) continue;
    const bool linked = section.link < elf.sections.size() && elf.sections[section.link].type == SectionType::symtab;
    // Executables relocate against .dynsym, which is the dynamic linker's business.
    if (!linked && elf.header.type != layout::type_relocatable) continue;
    if (!linked)
      return fail("section {} ({}) names section {} as its symbol table, which is none", section.index, section.name,
                  section.link);
    if (section.info >= elf.sections.size()) {
      return fail("section {} ({}) relocates section {}, but there are only {}", section.index, section.name,
                  section.info, elf.sections.size());
    }
    TRY(count, count_entries(section, section.type == SectionType::rela ? layout::rela_size : layout::rel_size));
    const ByteReader reader(section.content, "relocations", elf.header.order);
    for (std::uint64_t index = 0; index < count; ++index) {
      TRY(relocation, read_relocation(elf, section, reader, index));
      elf.relocations[section.info].push_back(relocation);
    }
  }
  return {};
}

}  // namespace skep
