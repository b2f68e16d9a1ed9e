// The global variables of a program as options of `skep run`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/input.hpp"

namespace skep {

/// Names and values as typed, in the order they were given.
using GlobalSettings = std::vector<std::pair<std::string, std::string>>;

/// What the words mean that are no options of skep (`extras`) and the values of --global (`assignments`). Errors: a
/// name that is no variable of the object (with a guess among its variables and `own_options`, which are names without
/// dashes), a word that is no option at all, a value that is missing. Values are not looked at.
[[nodiscard]] Result<GlobalSettings> global_settings(const Object& object, const std::vector<std::string>& extras,
                                                     const std::vector<std::string>& assignments,
                                                     const std::vector<std::string>& own_options,
                                                     const std::string& file);

/// Sets them in the object's data. Errors: a value that does not fit its variable's type.
[[nodiscard]] Result<void> set_globals(Object& object, const GlobalSettings& settings);

/// Sees to it that what was set is read: a constant that no instruction reads was folded into the code, so C source is
/// compiled again with those constants volatile; where that does not help a note says so. Errors: the compiler's.
[[nodiscard]] tl::expected<void, std::vector<Diagnostic>> unfold_constants(Input& input, const InputOptions& options,
                                                                           const GlobalSettings& settings);

/// One line a variable: how to set it, type, section, default.
[[nodiscard]] std::string describe_globals(const Object& object, const std::vector<std::string>& own_options);

}  // namespace skep
