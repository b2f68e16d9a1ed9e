// Files that are no spelling of a program but come close: archives of objects, a compiler's half-finished work, packed
// files. Named, with the step that is missing.
#pragma once

#include <optional>
#include <string>

#include "skep/base/base.hpp"

namespace skep {

/// What is wrong with giving a file of this content to skep, or nothing if it is none of these.
[[nodiscard]] std::optional<Error> foreign_file(ByteView bytes, const std::string& display_name);

/// A Unix archive (`ar`); its members lie in it as they are.
[[nodiscard]] bool is_archive(ByteView bytes);

}  // namespace skep
