// Bare instructions → Object, for raw bytes, hex text, C arrays and assembly without sections.
#pragma once

#include "skep/object/object_types.hpp"

namespace skep {

struct CodeOptions {
  std::string name = "program";
  ProgramType type = ProgramType::unspec;
  std::string attach_target = {};
  std::string license = "GPL";
};
[[nodiscard]] Object object_from_code(std::vector<RawInsn> code, const CodeOptions& options);

}  // namespace skep
