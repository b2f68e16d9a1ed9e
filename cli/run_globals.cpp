// The global variables of a program as options of `skep run`: `--name value`, `--name=value`, `--name` alone for a
// bool, and `--global name=value` for a name that is an option of skep itself.
#include "cli/run_globals.hpp"

#include <algorithm>

#include "cli/terminal.hpp"
#include "skep/load/load.hpp"

namespace skep {
namespace {

const GlobalVariable* find(const std::vector<GlobalVariable>& variables, std::string_view name) {
  const auto found = std::find_if(variables.begin(), variables.end(), [&](const auto& v) { return v.name == name; });
  return found == variables.end() ? nullptr : &*found;
}

/// What a word that is neither an option nor a variable may have been meant to be.
tl::unexpected<Error> unknown_option(const Object& object, const std::vector<GlobalVariable>& variables,
                                     const std::vector<std::string>& own_options, std::string_view name) {
  std::vector<std::string> candidates = own_options;
  std::vector<std::string> names;
  for (const GlobalVariable& variable : variables) names.push_back(variable.name);
  candidates.insert(candidates.end(), names.begin(), names.end());
  const std::string guess = nearest(name, candidates);
  const std::string known = names.empty() ? fmt::format("{} has no global variables", object.name)
                                          : fmt::format("its global variables are: {}", fmt::join(names, ", "));
  return fail_with_help(guess.empty() ? known : fmt::format("did you mean --{}? {}", guess, known),
                        "--{} is neither an option nor a global variable of {}", name, object.name);
}

/// A word without dashes: most likely the command, written without `--`.
tl::unexpected<Error> stray_word(const std::vector<std::string>& extras, std::size_t at, const std::string& file) {
  std::string command;
  for (std::size_t i = at; i < extras.size(); ++i) command += " " + extras[i];
  return fail_with_help(fmt::format("the command to watch goes behind --: skep run {} --{}", file, command),
                        "skep does not know what to do with {}", extras[at]);
}

/// Is the variable's memory mentioned by any program? A constant that the compiler folded into the code is not.
bool is_read(const Object& object, std::string_view name) {
  for (const Variable& variable : object.variables) {
    if (variable.name != name) continue;
    for (const ProgramSpec& program : object.programs) {
      for (const Relocation& relocation : program.relocations) {
        const bool inside =
            relocation.offset >= variable.offset && relocation.offset - variable.offset < std::max(variable.size, 1U);
        if (relocation.kind == Relocation::Kind::map_value && relocation.index == variable.map && inside) return true;
      }
    }
  }
  return false;
}

}  // namespace

Result<GlobalSettings> global_settings(const Object& object, const std::vector<std::string>& extras,
                                       const std::vector<std::string>& assignments,
                                       const std::vector<std::string>& own_options, const std::string& file) {
  const auto variables = global_variables(object);
  GlobalSettings settings;
  for (std::size_t i = 0; i < extras.size(); ++i) {
    const std::string& word = extras[i];
    if (!word.starts_with("--") || word.size() < 3) return stray_word(extras, i, file);
    const auto equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    const GlobalVariable* variable = find(variables, name);
    if (variable == nullptr) return unknown_option(object, variables, own_options, name);
    const bool value_follows = i + 1 < extras.size() && !extras[i + 1].starts_with("--");
    if (equals != std::string::npos) {
      settings.emplace_back(name, word.substr(equals + 1));
    } else if (value_follows) {
      settings.emplace_back(name, extras[++i]);
    } else if (variable->type.ends_with("bool") || variable->type.ends_with("_Bool")) {
      settings.emplace_back(name, "true");
    } else {
      return fail_with_help(
          fmt::format("it is {}, by default {}: --{} VALUE", variable->type, variable->default_value, name),
          "{} needs a value", word);
    }
  }
  for (const std::string& assignment : assignments) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos)
      return fail_with_help("write --global NAME=VALUE", "--global {} has no value", assignment);
    if (find(variables, assignment.substr(0, equals)) == nullptr)
      return unknown_option(object, variables, {}, assignment.substr(0, equals));
    settings.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return settings;
}

Result<void> set_globals(Object& object, const GlobalSettings& settings) {
  for (const auto& [name, value] : settings) TRY_VOID(set_global(object, name, value));
  return {};
}

tl::expected<void, std::vector<Diagnostic>> unfold_constants(Input& input, const InputOptions& options,
                                                             const GlobalSettings& settings) {
  InputOptions again = options;
  for (const auto& [name, value] : settings) {
    if (!is_read(input.object, name)) again.volatile_constants.push_back(name);
  }
  if (again.volatile_constants.empty()) return {};
  if (input.spelling == Spelling::c_source) {
    if (auto compiled = compile_again(input, again); !compiled) return compiled;
    const auto set = set_globals(input.object, settings);
    CHECK(set);  // the same values were good for the same types before
  }
  for (const std::string& name : again.volatile_constants) {
    if (is_read(input.object, name)) continue;
    print_error(fmt::format(
        "skep: note: no instruction reads {}: setting it changes nothing (a constant is read only if it is volatile)\n",
        escape_for_terminal(name)));
  }
  return {};
}

std::string describe_globals(const Object& object, const std::vector<std::string>& own_options) {
  const auto variables = global_variables(object);
  if (variables.empty()) return "This program has no global variables.\n";
  std::string text = fmt::format("Options of {} (its global variables):\n", escape_for_terminal(object.name));
  for (const GlobalVariable& variable : variables) {
    const bool taken = std::find(own_options.begin(), own_options.end(), variable.name) != own_options.end();
    const std::string option = taken ? fmt::format("--global {}=…", variable.name) : "--" + variable.name;
    text +=
        fmt::format("  {:<26} {} in {}, default {}\n", escape_for_terminal(option), escape_for_terminal(variable.type),
                    escape_for_terminal(variable.section), escape_for_terminal(variable.default_value));
  }
  return text;
}

}  // namespace skep
