// Global variables of .rodata/.data/.bss: listed with type and default, and set before loading (`--pid_filter 42`).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "skep/object/object.hpp"

namespace skep {

struct GlobalVariable {
  std::string name;
  std::string section;  ///< ".rodata"
  std::string type;     ///< as C spells it
  std::string default_value;
};
[[nodiscard]] std::vector<GlobalVariable> global_variables(const Object& object);

/// Sets a variable's initial value in the Object's data. Errors: no such variable (lists them), a value that is not of
/// its type.
[[nodiscard]] Result<void> set_global(Object& object, std::string_view name, std::string_view value);

}  // namespace skep
