// Which type of program is it? Private to the module.
#pragma once

#include "skep/object/object_types.hpp"

namespace skep {

/// Fills type, attach type, method, flags, target, autoload and type_reason of a linked program from its section name:
/// by the table of SEC() names, else by the words that names in the wild begin with, else by the helpers it calls. The
/// last two are guesses: type_known stays false.
void find_program_type(ProgramSpec& program);

}  // namespace skep
