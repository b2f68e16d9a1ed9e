// What the readers of an object's parts share: the file, its BTF, what each section is for, and the Object that they
// fill. Private to the module; read_object.cpp makes one and passes it down.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "skep/object/object_types.hpp"

namespace skep {

/// What a section is to an object, by its name (reference: libbpf's elf_collect) or its content.
/// arena_data: the variables of an arena map (`__arena` in the kernel's selftests); they have no map of their own.
enum class SectionRole : std::uint8_t { other, code, btf_maps, legacy_maps, data, arena_data, struct_ops };

/// A place in a section, in bytes.
struct Place {
  std::uint32_t section;
  std::uint64_t offset;
  friend constexpr auto operator<=>(const Place&, const Place&) = default;
};

struct ObjectInput {
  const ElfFile& elf;
  const Btf* btf;     ///< null: none
  const BtfExt* ext;  ///< null: none
  Object& object;
  std::vector<SectionRole> roles = {};                      ///< by section number
  std::vector<std::vector<const ElfSymbol*>> symbols = {};  ///< by section number
  /// Where each of object.maps begins in the file; the map reaches up to the next one or the section's end.
  std::map<Place, std::uint32_t> map_places = {};
  std::map<std::uint32_t, std::uint32_t> values_offsets =
      {};  ///< by map: where in its definition `values` begins, in bytes
  std::map<std::string, std::uint32_t, std::less<>> extern_index = {};
  std::map<std::string_view, std::uint32_t> datasecs = {};  ///< BTF DATASECs by name
  bool by_gnu_assembler = false;

  [[nodiscard]] const ElfSection& section(std::uint32_t number) const { return elf.sections[number]; }
  /// The DATASEC of a section, or null.
  [[nodiscard]] const BtfType* datasec(std::string_view name) const;
  void note(Severity severity, std::string what, std::string help = {}) const;
};

/// The ids of all DATASECs by name; empty without BTF.
[[nodiscard]] std::map<std::string_view, std::uint32_t> datasecs_by_name(const Btf* btf);

/// Symbols by the number of the section that they lie in.
[[nodiscard]] std::vector<std::vector<const ElfSymbol*>> symbols_by_section(const ElfFile& elf);

/// Roles of all sections, by number.
[[nodiscard]] std::vector<SectionRole> section_roles(const ElfFile& elf);

/// GNU as wrote it (gcc's eBPF backend): its REL relocations mean something else, see target.hpp. Told by the three
/// sections it always begins with.
[[nodiscard]] bool is_by_gnu_assembler(const ElfFile& elf);

/// A label that a compiler leaves among the code's symbols (LBB0_4, .Ltmp3), not a function.
[[nodiscard]] bool is_label(std::string_view symbol);

}  // namespace skep
