// ELF64 header and section table from bytes that come from strangers (gABI chapter 4, "ELF Header", "Sections").
// Sections may not overlap each other or the tables: with that, everything read from a section is bounded by the file's
// own size. Symbols and relocations: read_tables.cpp.
#include <algorithm>

#include "skep/elf/header.hpp"
#include "skep/elf/read_tables.hpp"

namespace skep {

namespace layout = elf_layout;

namespace {

/// A part of the file that belongs to somebody, for the overlap check.
struct Extent {
  std::uint64_t start;
  std::uint64_t end;
  std::string owner;
};

Result<ElfHeader> read_header(ByteView bytes) {
  if (!as_text(bytes).starts_with("\x7f"
                                  "ELF")) {
    return fail_with_help("an object file comes from `clang -target bpf -c`",
                          "this is not an ELF file: it does not begin with 7f 45 4c 46");
  }
  if (bytes.size() < layout::header_size) {
    return fail("the ELF file is truncated: {} bytes do not hold the {}-byte header", bytes.size(),
                layout::header_size);
  }
  ElfHeader header{};
  std::copy_n(bytes.begin(), header.ident.size(), header.ident.begin());
  if (header.ident[4] != layout::class_64) {
    return fail("this is a {} ELF file; eBPF objects are 64-bit", header.ident[4] == 1 ? "32-bit" : "malformed");
  }
  if (header.ident[5] != layout::data_little && header.ident[5] != layout::data_big) {
    return fail("the ELF header names byte order {}, which is neither little (1) nor big (2)", header.ident[5]);
  }
  header.order = header.ident[5] == layout::data_little ? ByteOrder::little : ByteOrder::big;
  header.os_abi = header.ident[7];
  header.abi_version = header.ident[8];

  const ByteReader reader(bytes, "ELF header", header.order);
  header.type = *reader.read<std::uint16_t>(16);
  header.machine = *reader.read<std::uint16_t>(18);
  header.version = *reader.read<std::uint32_t>(20);
  header.entry = *reader.read<std::uint64_t>(24);
  header.program_header_offset = *reader.read<std::uint64_t>(32);
  header.section_header_offset = *reader.read<std::uint64_t>(40);
  header.flags = *reader.read<std::uint32_t>(48);
  header.header_size = *reader.read<std::uint16_t>(52);
  header.program_header_entry_size = *reader.read<std::uint16_t>(54);
  header.program_header_count = *reader.read<std::uint16_t>(56);
  header.section_header_entry_size = *reader.read<std::uint16_t>(58);
  header.section_count = *reader.read<std::uint16_t>(60);
  header.string_section = *reader.read<std::uint16_t>(62);
  return header;
}

/// Counts that do not fit in the header's 16 bits are kept in section 0 (gABI, e_shnum and e_shstrndx).
Result<void> read_extended_counts(const ByteReader& file, ElfHeader& header) {
  const std::uint64_t table = header.section_header_offset;
  if (table == 0) {
    if (header.section_count != 0)
      return fail("the ELF header counts {} sections but gives no section header table", header.section_count);
    return {};
  }
  if (header.section_header_entry_size != layout::section_header_size) {
    return fail("the ELF header says that section headers have {} bytes; ELF64 section headers have 64",
                header.section_header_entry_size);
  }
  if (!file.contains(table, layout::section_header_size)) {
    return fail(
        "the section header table at offset {:#x} lies outside of the file ({} bytes): the file is truncated or "
        "corrupt",
        table, file.size());
  }
  if (header.section_count == 0) header.section_count = *file.read<std::uint64_t>(table + 32);
  if (header.string_section == layout::extended_index) header.string_section = *file.read<std::uint32_t>(table + 40);
  const auto length = checked_multiply(header.section_count, layout::section_header_size);
  if (!length || !file.contains(table, *length)) {
    return fail(
        "the section header table at offset {:#x} with {} entries reaches beyond the end of the file ({} bytes): "
        "truncated or corrupt",
        table, header.section_count, file.size());
  }
  return {};
}

/// Precondition: the header's table lies in the file.
ElfSection read_section_header(const ByteReader& file, std::uint32_t index, std::uint64_t at) {
  ElfSection section{};
  section.index = index;
  section.type = static_cast<SectionType>(*file.read<std::uint32_t>(at + 4));
  section.flags = *file.read<std::uint64_t>(at + 8);
  section.address = *file.read<std::uint64_t>(at + 16);
  section.offset = *file.read<std::uint64_t>(at + 24);
  section.size = *file.read<std::uint64_t>(at + 32);
  section.link = *file.read<std::uint32_t>(at + 40);
  section.info = *file.read<std::uint32_t>(at + 44);
  section.alignment = *file.read<std::uint64_t>(at + 48);
  section.entry_size = *file.read<std::uint64_t>(at + 56);
  return section;
}

bool occupies_file(const ElfSection& section) {
  return section.type != SectionType::null && section.type != SectionType::nobits;
}

Result<void> read_contents(const ByteReader& file, std::vector<ElfSection>& sections) {
  for (ElfSection& section : sections) {
    if (!occupies_file(section)) continue;
    if (!file.contains(section.offset, section.size)) {
      return fail(
          "section {} ({}) claims {} bytes at offset {:#x}, beyond the end of the file ({} bytes): truncated or "
          "corrupt",
          section.index, section.name, section.size, section.offset, file.size());
    }
    section.content = *file.slice(section.offset, section.size);
  }
  return {};
}

Result<void> read_names(const ByteReader& file, const ElfHeader& header, std::vector<ElfSection>& sections) {
  if (header.string_section == 0) return {};  // a file may leave its sections nameless
  if (header.string_section >= sections.size() || sections[header.string_section].type != SectionType::strtab) {
    return fail("the ELF header names section {} as the table of section names, which is no string table",
                header.string_section);
  }
  const ElfSection& table = sections[header.string_section];
  if (!file.contains(table.offset, table.size))
    return fail("the table of section names (section {}) lies outside of the file", table.index);
  for (ElfSection& section : sections) {
    const auto name_offset =
        *file.read<std::uint32_t>(header.section_header_offset + section.index * layout::section_header_size);
    TRY(name, read_name(*file.slice(table.offset, table.size), name_offset,
                        fmt::format("the name of section {}", section.index)));
    section.name = name;
  }
  return {};
}

Result<void> refuse_overlaps(const ElfHeader& header, const std::vector<ElfSection>& sections) {
  std::vector<Extent> extents = {{0, layout::header_size, "the ELF header"}};
  const std::uint64_t table = header.section_header_offset;
  if (!sections.empty())
    extents.push_back({table, table + sections.size() * layout::section_header_size, "the section header table"});
  for (const ElfSection& section : sections) {
    if (!occupies_file(section) || section.size == 0) continue;
    extents.push_back(
        {section.offset, section.offset + section.size, fmt::format("section {} ({})", section.index, section.name)});
  }
  std::stable_sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.start < b.start; });
  for (std::size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].start < extents[i - 1].end) {
      return fail("{} and {} overlap at offset {:#x}: the file is corrupt", extents[i - 1].owner, extents[i].owner,
                  extents[i].start);
    }
  }
  return {};
}

}  // namespace

Result<std::string> read_name(ByteView table, std::uint64_t offset, const std::string& what) {
  if (offset >= table.size()) {
    if (offset == 0) return std::string();
    return fail("{} is at offset {} of a string table of {} bytes", what, offset, table.size());
  }
  const ByteView rest = table.subspan(offset);
  const auto end = std::find(
      rest.begin(),
      rest.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(rest.size(), layout::longest_name + 1)), 0);
  const auto length = static_cast<std::uint64_t>(end - rest.begin());
  if (length > layout::longest_name) return fail("{} is longer than {} bytes", what, layout::longest_name);
  if (length == rest.size()) return fail("{} has no end: its string table is not terminated by a zero byte", what);
  return std::string(as_text(rest.first(length)));
}

const ElfSection* ElfFile::find(std::string_view name) const {
  const auto found =
      std::find_if(sections.begin(), sections.end(), [&](const ElfSection& section) { return section.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

Result<ElfFile> read_elf(ByteView bytes) {
  ElfFile elf;
  TRY(header, read_header(bytes));
  const ByteReader file(bytes, "ELF file", header.order);
  TRY_VOID(read_extended_counts(file, header));
  elf.header = header;
  for (std::uint32_t index = 0; index < header.section_count; ++index) {
    elf.sections.push_back(
        read_section_header(file, index, header.section_header_offset + index * layout::section_header_size));
  }
  TRY_VOID(read_names(file, header, elf.sections));
  TRY_VOID(read_contents(file, elf.sections));
  TRY_VOID(refuse_overlaps(header, elf.sections));
  TRY_VOID(read_symbols(elf));
  TRY_VOID(read_relocations(elf));
  return elf;
}

}  // namespace skep
