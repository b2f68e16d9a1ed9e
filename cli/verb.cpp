#include "cli/verb.hpp"

namespace skep {

std::span<const VerbInfo> verbs() {
  static constexpr VerbInfo rows[] = {
#define VERB(name, function, summary) {#name, function, summary},
#include "cli/verbs.def"
#undef VERB
  };
  return rows;
}

std::unique_ptr<CLI::App> verb_app(std::string_view name, std::string_view description, std::string_view examples) {
  auto app = std::make_unique<CLI::App>(std::string(description), "skep " + std::string(name));
  app->footer("Examples:\n" + std::string(examples));
  app->get_formatter()->column_width(34);
  return app;
}

std::optional<int> parse(CLI::App& app, const CommandLine& line) {
  try {
    std::vector<std::string> reversed(line.arguments.rbegin(),
                                      line.arguments.rend());  // CLI11 takes them from the back
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return static_cast<int>(ExitCode::success);
  } catch (const CLI::ParseError& error) {
    print_error(fmt::format("skep: {}\nhelp: see `{} --help`\n", escape_for_terminal(error.what()), app.get_name()));
    return static_cast<int>(ExitCode::usage);
  }
  return std::nullopt;
}

}  // namespace skep
