// Which file a command's name means: execvp(3)'s search of PATH, done beforehand so that a wrong name is a sentence
// instead of a child's errno.
#pragma once

#include <string>

#include "skep/base/base.hpp"

namespace skep {

/// The file to execute for `name`. Errors: ENOENT (hint: the nearest name in PATH) or EACCES. `search_path`: PATH's
/// value, nullptr if it is unset.
[[nodiscard]] Result<std::string> find_command(const std::string& name, const char* search_path);

}  // namespace skep
