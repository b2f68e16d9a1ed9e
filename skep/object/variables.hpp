// Global variables by name, and the license and version that an object states. Private to the module.
#pragma once

#include "skep/object/input.hpp"

namespace skep {

/// Fills object.variables. Precondition: the data maps are read.
void read_variables(ObjectInput& input);
/// Fills license and version.
void read_declarations(ObjectInput& input);
/// What the ELF knows about the DATASECs of the BTF: sizes and offsets that clang leaves to the linker.
[[nodiscard]] std::vector<DatasecFacts> datasec_facts(const ObjectInput& input);

}  // namespace skep
