// A verb: its row in verbs.def, its function, and the options every verb shares.
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"

namespace skep {

/// Exit statuses of skep itself (a supervised command's own status passes through).
enum class ExitCode : int { success = 0, failure = 1, usage = 2, not_executable = 126, not_found = 127 };

/// What a verb is called with: its arguments (without the verb) up to `--`, and those behind it.
struct CommandLine {
  std::vector<std::string> arguments;
  std::vector<std::string> command;
  bool has_command = false;  ///< `--` was there
};

struct VerbInfo {
  std::string_view name;
  int (*function)(const CommandLine& line);
  std::string_view summary;
};
[[nodiscard]] std::span<const VerbInfo> verbs();

#define VERB(name, function, summary) int function(const CommandLine& line);
#include "cli/verbs.def"
#undef VERB

/// Parses a verb's arguments: on a mistake or --help prints and gives the exit status. Usage: `if (auto code =
/// parse(app, line)) return *code;`
[[nodiscard]] std::optional<int> parse(CLI::App& app, const CommandLine& line);

/// An App for a verb: its name, what it does, and examples shown below the options.
[[nodiscard]] std::unique_ptr<CLI::App> verb_app(std::string_view name, std::string_view description,
                                                 std::string_view examples);

}  // namespace skep
