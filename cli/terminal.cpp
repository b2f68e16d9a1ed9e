#include "cli/terminal.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace skep {
namespace {

bool colour_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) _exit(141);  // 128 + SIGPIPE
    if (written < 0) {
      if (fd == STDOUT_FILENO) print_error(fmt::format("skep: cannot write the output: {}\n", errno_text(errno)));
      _exit(1);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }
bool stdout_colour() { return stdout_is_terminal() && colour_wanted(); }
bool stderr_colour() { return stderr_is_terminal() && colour_wanted(); }

void print(std::string_view text) { write_all(STDOUT_FILENO, text); }
void print_error(std::string_view text) { write_all(STDERR_FILENO, text); }

int report(const Error& error) {
  print_error("skep: " + render(error, stderr_colour()));
  return 1;
}

int report_usage(const Error& error) {
  report(error);
  return 2;
}

int report(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) print_error(render(diagnostic, stderr_colour()));
  return 1;
}

std::string bold(std::string_view text, bool colour) {
  return colour ? fmt::format("\033[1m{}\033[0m", text) : std::string(text);
}
std::string dim(std::string_view text, bool colour) {
  return colour ? fmt::format("\033[2m{}\033[0m", text) : std::string(text);
}

}  // namespace skep
