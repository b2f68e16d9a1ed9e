// ElfBuilder: lays a relocatable out as LLVM does — null section, the caller's sections, their .rel sections, .symtab,
// and one .strtab for the names of symbols and sections. Little-endian, as eBPF on x86-64 is.
#include <algorithm>
#include <array>
#include <map>

#include "skep/elf/elf.hpp"
#include "skep/elf/header.hpp"

namespace skep {

namespace layout = elf_layout;

namespace {

class StringTable {
 public:
  std::uint32_t intern(const std::string& text) {
    if (text.empty()) return 0;
    const auto [entry, inserted] = offsets_.try_emplace(text, static_cast<std::uint32_t>(bytes_.size()));
    if (inserted) {
      append_bytes(bytes_, as_bytes(text));
      bytes_.push_back(0);
    }
    return entry->second;
  }
  [[nodiscard]] const ByteVector& bytes() const { return bytes_; }

 private:
  ByteVector bytes_ = {0};
  std::map<std::string, std::uint32_t> offsets_;
};

struct SectionHeader {
  std::uint32_t name = 0;
  SectionType type = SectionType::null;
  std::uint64_t flags = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::uint64_t alignment = 0;
  std::uint64_t entry_size = 0;
};

struct RelocationTable {
  bool has_addends = false;
  ByteVector bytes;
};

/// The file as it grows: contents behind the header, the section headers kept for the end.
class Image {
 public:
  Image() : bytes_(layout::header_size, 0), headers_(1) {}

  void add(SectionHeader header, const ByteVector& content) {
    const std::uint64_t alignment = std::max<std::uint64_t>(header.alignment, 1);
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment, 0);
    header.offset = bytes_.size();
    header.size = content.size();
    if (header.type != SectionType::nobits) append_bytes(bytes_, content);
    headers_.push_back(header);
  }

  [[nodiscard]] ByteVector finish(std::uint16_t machine) {
    bytes_.resize(round_up<std::size_t>(bytes_.size(), 8), 0);
    write_file_header(machine);
    for (const SectionHeader& header : headers_) {
      append(bytes_, header.name);
      append(bytes_, header.type);
      append(bytes_, header.flags);
      append(bytes_, std::uint64_t{0});
      append(bytes_, header.offset);
      append(bytes_, header.size);
      append(bytes_, header.link);
      append(bytes_, header.info);
      append(bytes_, header.alignment);
      append(bytes_, header.entry_size);
    }
    return std::move(bytes_);
  }

 private:
  void write_file_header(std::uint16_t machine) {
    ByteVector header = {0x7f, 'E', 'L', 'F', layout::class_64, layout::data_little, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    append(header, layout::type_relocatable);
    append(header, machine);
    append(header, std::uint32_t{1});
    append(header, std::uint64_t{0});
    append(header, std::uint64_t{0});
    append(header, std::uint64_t{bytes_.size()});
    append(header, std::uint32_t{0});
    append(header, static_cast<std::uint16_t>(layout::header_size));
    append(header, std::uint16_t{0});
    append(header, std::uint16_t{0});
    append(header, static_cast<std::uint16_t>(layout::section_header_size));
    append(header, static_cast<std::uint16_t>(headers_.size()));
    append(header, static_cast<std::uint16_t>(headers_.size() - 1));
    std::copy(header.begin(), header.end(), bytes_.begin());
  }

  ByteVector bytes_;
  std::vector<SectionHeader> headers_;
};

}  // namespace

std::uint16_t ElfBuilder::add_section(std::string name, SectionType type, std::uint64_t flags, ByteVector content,
                                      std::uint64_t alignment) {
  sections_.push_back({std::move(name), type, flags, std::move(content), alignment});
  return static_cast<std::uint16_t>(sections_.size());
}

std::uint32_t ElfBuilder::add_symbol(std::string name, SymbolBinding binding, SymbolType type, std::uint16_t section,
                                     std::uint64_t value, std::uint64_t size) {
  // gABI: all local symbols precede the others; sh_info counts them.
  CHECK(binding != SymbolBinding::local || symbols_.empty() || symbols_.back().binding == SymbolBinding::local);
  symbols_.push_back({std::move(name), binding, type, section, value, size});
  return static_cast<std::uint32_t>(symbols_.size());
}

void ElfBuilder::add_relocation(std::uint16_t section, std::uint64_t offset, std::uint32_t type, std::uint32_t symbol,
                                std::optional<std::int64_t> addend) {
  relocations_.push_back({section, offset, type, symbol, addend});
}

ByteVector ElfBuilder::write() const {
  StringTable strings;
  Image image;
  for (const PendingSection& section : sections_) {
    image.add({.name = strings.intern(section.name),
               .type = section.type,
               .flags = section.flags,
               .alignment = section.alignment},
              section.content);
  }

  // One .rel section behind the others for each section that has relocations; .symtab and .strtab follow them.
  std::map<std::uint16_t, RelocationTable> tables;
  for (const PendingRelocation& relocation : relocations_) {
    CHECK(relocation.section >= 1 && relocation.section <= sections_.size());
    RelocationTable& table = tables[relocation.section];
    CHECK(table.bytes.empty() || table.has_addends == relocation.addend.has_value());
    table.has_addends = relocation.addend.has_value();
    append(table.bytes, relocation.offset);
    append(table.bytes, relocation.type | static_cast<std::uint64_t>(relocation.symbol) << 32);
    if (relocation.addend) append(table.bytes, *relocation.addend);
  }
  const auto symbol_table = static_cast<std::uint32_t>(sections_.size() + tables.size() + 1);
  for (const auto& [section, table] : tables) {
    constexpr std::uint64_t info_link = 0x40;  // SHF_INFO_LINK
    image.add({.name = strings.intern((table.has_addends ? ".rela" : ".rel") + sections_[section - 1U].name),
               .type = table.has_addends ? SectionType::rela : SectionType::rel,
               .flags = info_link,
               .link = symbol_table,
               .info = section,
               .alignment = 8,
               .entry_size = table.has_addends ? layout::rela_size : layout::rel_size},
              table.bytes);
  }

  ByteVector symbols(layout::symbol_size, 0);
  std::uint32_t first_global = 1;
  for (const PendingSymbol& symbol : symbols_) {
    append(symbols, strings.intern(symbol.name));
    symbols.push_back(
        static_cast<std::uint8_t>(static_cast<unsigned>(symbol.binding) << 4 | static_cast<unsigned>(symbol.type)));
    symbols.push_back(0);
    append(symbols, symbol.section);
    append(symbols, symbol.value);
    append(symbols, symbol.size);
    if (symbol.binding == SymbolBinding::local) ++first_global;
  }
  image.add({.name = strings.intern(".symtab"),
             .type = SectionType::symtab,
             .link = symbol_table + 1,
             .info = first_global,
             .alignment = 8,
             .entry_size = layout::symbol_size},
            symbols);
  const std::uint32_t name = strings.intern(".strtab");
  image.add({.name = name, .type = SectionType::strtab, .alignment = 1}, strings.bytes());
  return image.finish(machine_);
}

}  // namespace skep
