// The ELF64 file layout as byte offsets (gABI chapter 4), shared by the reader, the scanner for embedded objects and
// the builder. Private to the module.
#pragma once

#include <cstdint>

namespace skep::elf_layout {

inline constexpr std::uint64_t header_size = 64;
inline constexpr std::uint64_t section_header_size = 64;
inline constexpr std::uint64_t symbol_size = 24;
inline constexpr std::uint64_t rel_size = 16;
inline constexpr std::uint64_t rela_size = 24;

inline constexpr std::uint8_t class_64 = 2;
inline constexpr std::uint8_t data_little = 1;
inline constexpr std::uint8_t data_big = 2;

inline constexpr std::uint16_t type_relocatable = 1;
inline constexpr std::uint16_t machine_none = 0;
inline constexpr std::uint16_t machine_bpf = 247;

// Section numbers that are no section.
inline constexpr std::uint16_t undefined = 0;
inline constexpr std::uint16_t reserved_from = 0xff00;
inline constexpr std::uint16_t extended_index = 0xffff;

/// Names longer than this are refused: many symbols may share one long string, and each gets a copy.
inline constexpr std::uint64_t longest_name = 4096;

}  // namespace skep::elf_layout
