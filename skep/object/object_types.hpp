// Object and its parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skep/abi/abi.hpp"
#include "skep/base/base.hpp"
#include "skep/btf/btf.hpp"
#include "skep/elf/elf.hpp"
#include "skep/isa/isa.hpp"

namespace skep {

/// How a map was declared.
enum class MapOrigin : std::uint8_t { btf, legacy, data_section, assembly, struct_ops };

/// One initialiser of a map of maps or a program array: slot `index` holds map or program `name`. Of a struct_ops map:
/// member `index` of its value's struct is program `name`.
struct MapInitialiser {
  std::uint32_t index;
  std::string name;
};

struct MapSpec {
  std::string name;  ///< as declared; a data section: ".bss"
  MapOrigin origin = MapOrigin::btf;
  std::uint32_t type = 0;  ///< a MapType, or a number no row has
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;
  std::uint32_t numa_node = 0;
  std::uint32_t pinning = 0;  ///< 1: by name; other values are recorded as they are
  std::uint64_t map_extra = 0;
  std::uint32_t key_type = 0;  ///< BTF ids, 0: none
  std::uint32_t value_type = 0;
  std::shared_ptr<MapSpec> inner = {};  ///< map in map
  std::vector<MapInitialiser> initialisers = {};
  ByteVector data = {};  ///< data sections: the initial content (value_size bytes); arenas: that of their variables
  bool frozen = false;   ///< .rodata
  std::uint32_t section = 0;     ///< ELF section number
  ByteVector legacy_extra = {};  ///< legacy: the words behind the five known ones, if not zero
};

/// What an instruction's immediate is to become.
struct Relocation {
  enum class Kind : std::uint8_t { map, map_value, extern_variable, extern_function, unresolved } kind;
  Slot slot;
  std::uint32_t index = 0;   ///< map, map_value: into Object::maps; extern_*: into Object::externs
  std::uint32_t offset = 0;  ///< map_value: offset in the value
  std::string symbol = {};   ///< for display; unresolved: what the file asks for
};

/// A function inside a program: entry at slot 0, then the subprograms it reaches.
struct FunctionSpan {
  std::string name;
  Slot start;
  std::uint32_t slots;
  std::uint32_t btf_type = 0;  ///< FUNC id or 0
  bool global = false;
};

struct SourceLine {
  Slot slot;
  std::string_view file;  ///< borrows the Object's BTF
  std::string_view text;
  std::uint32_t line;
  std::uint32_t column;
  std::uint32_t file_offset;
  std::uint32_t text_offset;
};

struct CoreRelocation {
  Slot slot;
  std::uint32_t type;
  std::string_view access;
  CoreKind kind;
};

struct ProgramSpec {
  std::string name;
  std::string section;
  ProgramType type = ProgramType::unspec;
  AttachType attach_type{};  ///< expected_attach_type
  bool has_attach_type = false;
  AttachMethod method = AttachMethod::none;
  SectionFlag section_flags = SectionFlag::none;
  std::string attach_target;  ///< the extras: "syscalls/sys_enter_write"
  bool type_known =
      false;  ///< false: the section name says nothing; `type` may be a guess, `type_reason` says from what
  std::string type_reason;
  bool autoload = true;
  bool is_static = false;
  std::vector<RawInsn> code;  ///< linked: subprograms appended, calls and function addresses relative
  std::vector<Relocation> relocations;
  std::vector<FunctionSpan> functions;  ///< [0] is the program itself
  std::vector<SourceLine> lines;        ///< by slot, ascending
  std::vector<CoreRelocation> core;
  std::vector<Diagnostic>
      problems;  ///< why it cannot be loaded as it stands (undefined symbols, encodings); the object still opens
};

/// A global variable of .rodata/.data/.bss (BTF VAR, or an ELF symbol where there is no BTF).
struct Variable {
  std::string name;
  std::uint32_t map;  ///< index into maps
  std::uint32_t offset;
  std::uint32_t size;
  std::uint32_t btf_type = 0;
  bool is_static = false;
};

struct Extern {
  enum class Kind : std::uint8_t { kconfig, ksym_variable, ksym_function, unknown } kind;
  std::string name;
  std::uint32_t btf_type = 0;
  bool weak = false;
};

struct Object {
  std::string name;  ///< "hello" of hello.bpf.o: prefix of data map names
  ByteOrder order = ByteOrder::little;
  std::vector<ProgramSpec> programs;
  std::vector<MapSpec> maps;
  std::vector<Variable> variables;
  std::vector<Extern> externs;
  std::string license;
  bool has_license = false;
  std::optional<std::uint32_t> version;
  std::shared_ptr<const Btf> btf;  ///< as in the file; null: none
  ByteVector btf_for_load;         ///< with DATASECs fixed up; empty: none
  std::vector<Diagnostic> notes;   ///< guesses made, things skipped: each says so
  /// The map name Linux gets: "hello.bss" for ".bss" (15 characters at most, libbpf's internal_map_name), the declared
  /// name (cut) otherwise.
  [[nodiscard]] std::string kernel_map_name(const MapSpec& map) const;
  [[nodiscard]] const ProgramSpec* find_program(std::string_view program_name) const;
  [[nodiscard]] std::optional<std::uint32_t> find_map(std::string_view map_name) const;
};

}  // namespace skep
