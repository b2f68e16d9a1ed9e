// Where output goes: standard output for results, standard error for what is said about them; colours only on a
// terminal (and never with NO_COLOR).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "skep/base/base.hpp"

namespace skep {

[[nodiscard]] bool stdout_is_terminal();
[[nodiscard]] bool stderr_is_terminal();
/// Colours allowed there? Terminal, and NO_COLOR not set (no-color.org).
[[nodiscard]] bool stdout_colour();
[[nodiscard]] bool stderr_colour();

/// Writes all of it or, if nobody reads any more (EPIPE), ends the program quietly as other tools do.
void print(std::string_view text);
void print_error(std::string_view text);

/// Renders to standard error and gives the exit status for it.
int report(const Error& error);
/// An Error in the command line itself: the same on standard error, and exit status 2.
int report_usage(const Error& error);
int report(const std::vector<Diagnostic>& diagnostics);

/// `text` in bold, or as it is without colours.
[[nodiscard]] std::string bold(std::string_view text, bool colour);
[[nodiscard]] std::string dim(std::string_view text, bool colour);

}  // namespace skep
