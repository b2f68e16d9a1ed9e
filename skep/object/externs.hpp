// What an object expects from outside: undefined symbols, sorted by what their BTF says. Private to the module.
#pragma once

#include "skep/object/input.hpp"

namespace skep {

/// Fills object.externs and extern_index from the file's undefined symbols.
void read_externs(ObjectInput& input);

}  // namespace skep
