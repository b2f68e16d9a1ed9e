// The tables inside of sections: names, symbols, relocations. Private to the module.
#pragma once

#include "skep/elf/elf.hpp"

namespace skep {

/// The zero-terminated string at `offset` of a string table; offset 0 of an empty table is "". `what` begins the
/// error's sentence.
[[nodiscard]] Result<std::string> read_name(ByteView table, std::uint64_t offset, const std::string& what);

/// Fills elf.symbols from the SHT_SYMTAB section, if there is one. Precondition: the sections are read and do not
/// overlap.
[[nodiscard]] Result<void> read_symbols(ElfFile& elf);

/// Fills elf.relocations from the SHT_REL and SHT_RELA sections. Precondition: the symbols are read.
[[nodiscard]] Result<void> read_relocations(ElfFile& elf);

}  // namespace skep
