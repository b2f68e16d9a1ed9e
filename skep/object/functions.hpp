// Which functions does the code have? Private to the module.
#pragma once

#include "skep/object/code.hpp"

namespace skep {

/// Fills code.functions and code.function_index from symbols, and from the targets of calls where there is no symbol;
/// decides which are entries.
void find_functions(const ObjectInput& input, ObjectCode& code);

}  // namespace skep
