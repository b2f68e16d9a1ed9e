// What the tests of this module build objects from: a builder that speaks in instructions, and the few instructions
// they need. Tests only.
#pragma once

#include <gtest/gtest.h>

#include "skep/object/object.hpp"

namespace skep::test {

inline constexpr std::uint64_t code_flags = 6;  // SHF_ALLOC | SHF_EXECINSTR
inline constexpr std::uint64_t data_flags = 3;  // SHF_WRITE | SHF_ALLOC

// Encodings from RFC 9669.
inline RawInsn mov(std::uint8_t dst, std::int32_t imm) { return {0xb7, dst, 0, 0, imm}; }
inline RawInsn exit() { return {0x95, 0, 0, 0, 0}; }
inline RawInsn call_helper(std::int32_t id) { return {0x85, 0, 0, 0, id}; }
inline RawInsn call_function(std::int32_t relative) { return {0x85, 0, 1, 0, relative}; }
inline RawInsn load_low(std::uint8_t dst, std::int32_t imm = 0) { return {0x18, dst, 0, 0, imm}; }
inline RawInsn load_high() { return {0, 0, 0, 0, 0}; }

/// A function that returns a number.
inline std::vector<RawInsn> returns(std::int32_t value) { return {mov(0, value), exit()}; }

template <typename... Parts>
std::vector<RawInsn> join(const Parts&... parts) {
  std::vector<RawInsn> all;
  (all.insert(all.end(), parts.begin(), parts.end()), ...);
  return all;
}

/// ElfBuilder with the calls that objects need.
struct ObjectBuilder : ElfBuilder {
  using ElfBuilder::ElfBuilder;

  std::uint16_t code(std::string name, const std::vector<RawInsn>& insns) {
    return add_section(std::move(name), SectionType::progbits, code_flags, bytes_from_slots(insns));
  }
  std::uint16_t data(std::string name, ByteVector content) {
    return add_section(std::move(name), SectionType::progbits, data_flags, std::move(content));
  }
  std::uint32_t section_symbol(std::uint16_t section) {
    return add_symbol("", SymbolBinding::local, SymbolType::section, section, 0, 0);
  }
  std::uint32_t function(std::string name, std::uint16_t section, std::uint32_t slot, std::uint32_t slots) {
    return add_symbol(std::move(name), SymbolBinding::global, SymbolType::function, section, slot * 8, slots * 8);
  }
  std::uint32_t static_function(std::string name, std::uint16_t section, std::uint32_t slot, std::uint32_t slots) {
    return add_symbol(std::move(name), SymbolBinding::local, SymbolType::function, section, slot * 8, slots * 8);
  }
  std::uint32_t object(std::string name, std::uint16_t section, std::uint64_t offset, std::uint64_t size) {
    return add_symbol(std::move(name), SymbolBinding::global, SymbolType::object, section, offset, size);
  }
  std::uint32_t undefined(std::string name) {
    return add_symbol(std::move(name), SymbolBinding::global, SymbolType::none, 0, 0, 0);
  }
  void relocate_call(std::uint16_t section, std::uint32_t slot, std::uint32_t symbol) {
    add_relocation(section, slot * 8, r_bpf_64_32, symbol);
  }
  void relocate_load(std::uint16_t section, std::uint32_t slot, std::uint32_t symbol) {
    add_relocation(section, slot * 8, r_bpf_64_64, symbol);
  }
};

/// The object in `bytes`, which must open.
inline Object open(const ByteVector& bytes, const std::string& name = "hello") {
  auto object = read_object(bytes, {.name = name});
  EXPECT_TRUE(object) << object.error().what;
  return object ? std::move(*object) : Object{};
}

/// The programs' names in order, blank-separated.
inline std::string names_of(const std::vector<ProgramSpec>& programs) {
  std::string names;
  for (const ProgramSpec& program : programs) names += (names.empty() ? "" : " ") + program.name;
  return names;
}

/// "entry@0 helper@3": a program's functions and where they begin.
inline std::string layout_of(const ProgramSpec& program) {
  std::string text;
  for (const FunctionSpan& function : program.functions)
    text += fmt::format("{}{}@{}", text.empty() ? "" : " ", function.name, function.start.value);
  return text;
}

inline bool has_note(const Object& object, std::string_view part) {
  for (const Diagnostic& note : object.notes) {
    if (note.what.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace skep::test
