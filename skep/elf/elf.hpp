// elf: ELF64 relocatables, read and written. Knows sections, symbols and relocations, nothing about eBPF beyond
// e_machine. Hostile files are the normal case: every offset is checked, overlapping or truncated tables are clear
// errors, and nothing is allocated that the file's own size does not bound. Both byte orders. The module's face.
// Source: System V ABI (gABI) chapter 4, and LLVM's R_BPF_* numbers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skep/base/base.hpp"

namespace skep {

enum class SectionType : std::uint32_t {
  null = 0,
  progbits = 1,
  symtab = 2,
  strtab = 3,
  rela = 4,
  note = 7,
  nobits = 8,
  rel = 9,
  group = 17,
  symtab_shndx = 18  ///< section numbers that do not fit into their symbols
};

struct ElfSection {
  std::uint32_t index;
  std::string name;
  SectionType type;
  std::uint64_t flags;  ///< SHF_WRITE 1, SHF_ALLOC 2, SHF_EXECINSTR 4
  std::uint64_t address;
  std::uint64_t offset;
  std::uint64_t size;
  std::uint32_t link;
  std::uint32_t info;
  std::uint64_t alignment;
  std::uint64_t entry_size;
  ByteView content;  ///< a view into the file; empty for nobits
  [[nodiscard]] bool executable() const { return (flags & 4) != 0; }
};

enum class SymbolBinding : std::uint8_t { local = 0, global = 1, weak = 2 };
enum class SymbolType : std::uint8_t { none = 0, object = 1, function = 2, section = 3, file = 4 };

struct ElfSymbol {
  std::uint32_t index;
  std::string name;
  SymbolBinding binding;
  SymbolType type;
  std::uint8_t visibility;  ///< 0 default, 2 hidden
  std::uint32_t section;    ///< 0 undefined; no_section and above: reserved_section(SHN_*)
  std::uint64_t value;
  std::uint64_t size;
};

/// Section numbers from here on are none: what the file has as SHN_ABS (0xfff1), SHN_COMMON (0xfff2), … It has room for
/// more sections than that (SHN_XINDEX), so those are moved out of the way.
inline constexpr std::uint32_t no_section = 0xffffff00;
constexpr std::uint32_t reserved_section(std::uint16_t number) { return 0xffff0000U | number; }
inline constexpr std::uint32_t absolute_section = reserved_section(0xfff1);

inline constexpr std::uint32_t r_bpf_none = 0, r_bpf_64_64 = 1, r_bpf_64_abs64 = 2, r_bpf_64_abs32 = 3,
                               r_bpf_64_nodyld32 = 4, r_bpf_64_32 = 10;

struct ElfRelocation {
  std::uint64_t offset;                ///< in the target section
  std::uint32_t type;                  ///< r_bpf_*
  std::uint32_t symbol;                ///< index into symbols
  std::optional<std::int64_t> addend;  ///< RELA only
};

/// The header as readelf -h shows it.
struct ElfHeader {
  std::array<std::uint8_t, 16> ident;
  ByteOrder order;
  std::uint8_t os_abi;
  std::uint8_t abi_version;
  std::uint16_t type;     ///< 1: relocatable
  std::uint16_t machine;  ///< 247: EM_BPF, 0: EM_NONE (old clang)
  std::uint32_t version;
  std::uint64_t entry;
  std::uint64_t program_header_offset;
  std::uint64_t section_header_offset;
  std::uint32_t flags;
  std::uint16_t header_size;
  std::uint16_t program_header_entry_size;
  std::uint16_t program_header_count;
  std::uint16_t section_header_entry_size;
  std::uint64_t section_count;
  std::uint32_t string_section;
};

struct ElfFile {
  ElfHeader header;
  std::vector<ElfSection> sections;  ///< index = section number
  std::vector<ElfSymbol> symbols;
  /// Relocations that apply to a section, in file order; index = section number.
  std::vector<std::vector<ElfRelocation>> relocations;

  [[nodiscard]] const ElfSection* find(std::string_view name) const;  ///< first of that name, or nullptr
};

/// Reads an ELF64 file; the views in the result borrow `bytes`, which must outlive it. Errors: not ELF, 32-bit,
/// truncated or inconsistent tables. e_machine is not judged here.
[[nodiscard]] Result<ElfFile> read_elf(ByteView bytes);

/// BPF objects embedded in a native executable or library (libbpf skeletons keep theirs in .rodata/.data): offset and
/// length of each.
struct EmbeddedObject {
  std::uint64_t offset;
  std::uint64_t size;
};
[[nodiscard]] std::vector<EmbeddedObject> find_embedded_objects(ByteView bytes);

/// Builds a relocatable: sections, then symbols, then relocations; write() lays it out. For `skep asm` and tests.
class ElfBuilder {
 public:
  explicit ElfBuilder(std::uint16_t machine = 247) : machine_(machine) {}
  /// The section's number, for symbols.
  std::uint16_t add_section(std::string name, SectionType type, std::uint64_t flags, ByteVector content,
                            std::uint64_t alignment = 8);
  /// The symbol's index, for relocations. Local symbols must come first.
  std::uint32_t add_symbol(std::string name, SymbolBinding binding, SymbolType type, std::uint16_t section,
                           std::uint64_t value, std::uint64_t size);
  /// With an addend the section's relocations are written as RELA (as clang before 3.9 did for eBPF); all of one
  /// section have one or none has.
  void add_relocation(std::uint16_t section, std::uint64_t offset, std::uint32_t type, std::uint32_t symbol,
                      std::optional<std::int64_t> addend = {});
  [[nodiscard]] ByteVector write() const;

 private:
  struct PendingSection {
    std::string name;
    SectionType type;
    std::uint64_t flags;
    ByteVector content;
    std::uint64_t alignment;
  };
  struct PendingSymbol {
    std::string name;
    SymbolBinding binding;
    SymbolType type;
    std::uint16_t section;
    std::uint64_t value;
    std::uint64_t size;
  };
  struct PendingRelocation {
    std::uint16_t section;
    std::uint64_t offset;
    std::uint32_t type;
    std::uint32_t symbol;
    std::optional<std::int64_t> addend;
  };
  std::uint16_t machine_;
  std::vector<PendingSection> sections_;
  std::vector<PendingSymbol> symbols_;
  std::vector<PendingRelocation> relocations_;
};

}  // namespace skep
