// Object parts → ELF relocatable that libbpf, bpftool and skep load: code sections with function symbols, `.maps` with
// BTF, license.
#pragma once

#include "skep/object/object_types.hpp"

namespace skep {

/// What to write; references name maps or functions by symbol.
struct ObjectDraft {
  struct Reference {
    Slot slot;
    std::string symbol;
  };
  struct Function {
    std::string name;
    Slot start;
    bool global;
  };
  struct Section {
    std::string name;
    std::vector<RawInsn> code;
    std::vector<Function> functions;
    std::vector<Reference> references;
  };
  struct Map {
    std::string name;
    std::uint32_t type, key_size, value_size, max_entries, flags;
  };
  std::vector<Section> sections;
  std::vector<Map> maps;
  std::string license;
};
/// Errors: a reference to nothing, two symbols of one name, a function start outside of its section.
[[nodiscard]] Result<ByteVector> write_object(const ObjectDraft& draft);

}  // namespace skep
