// What an assembly text declares besides instructions: enough for a loadable object.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "skep/isa/isa.hpp"

namespace skep {

/// `ref` is what an instruction of a section refers to by name: a map, a function of another section, or a kernel
/// function.
struct AsmReference {
  enum class Kind : std::uint8_t { map, function } kind;
  Slot slot;
  std::string symbol;
};

struct AsmFunction {
  std::string name;
  Slot start;
  bool global;
};

struct AsmSection {
  std::string name;  ///< "xdp", ".text"
  std::vector<RawInsn> code;
  std::vector<AsmFunction> functions;  ///< at least one for a section with code
  std::vector<AsmReference> references;
  std::vector<std::uint32_t> lines;  ///< source line of each slot (1-based)
};

/// `.map NAME type=hash key=4 value=8 entries=1024 [flags=…]`
struct AsmMap {
  std::string name;
  std::uint32_t type = 0;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;
};

struct AsmUnit {
  std::vector<AsmSection> sections;
  std::vector<AsmMap> maps;
  std::string license;
};

}  // namespace skep
