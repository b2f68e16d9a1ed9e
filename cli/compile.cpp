#include "cli/compile.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "cli/compat_headers.hpp"
#include "cli/terminal.hpp"

extern char** environ;

namespace skep {
namespace {

namespace fs = std::filesystem;

/// A directory of ours under $TMPDIR that goes away with everything in it.
class TemporaryDirectory {
 public:
  [[nodiscard]] static Result<TemporaryDirectory> create() {
    const char* base = std::getenv("TMPDIR");
    std::string pattern = std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/skep-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr)
      return fail_errno(errno, fmt::format("cannot make a directory for clang's output, {}", pattern),
                        "name a place for it: TMPDIR=/some/directory");
    TemporaryDirectory directory;
    directory.path_ = pattern;
    return directory;
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  TemporaryDirectory() = default;
  std::string path_;
};

std::vector<std::string> search_path() {
  const char* path = std::getenv("PATH");
  std::vector<std::string> directories;
  std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = std::min(rest.find(':'), rest.size());
    if (colon != 0) directories.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return directories;
}

bool is_executable(const fs::path& path) { return access(path.c_str(), X_OK) == 0 && !fs::is_directory(path); }

/// The number of "clang-19", or nothing.
std::optional<int> clang_version(const std::string& name) {
  constexpr std::string_view prefix = "clang-";
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::string digits = name.substr(prefix.size());
  if (digits.empty() || digits.size() > 3 ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return std::stoi(digits);
}

/// Runs a program with its standard error caught: exit status and text.
struct Finished {
  int status;
  std::string messages;
};
Result<Finished> run_and_catch(const std::vector<std::string>& command) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
  UniqueFd reader(pipe_ends[0]);
  UniqueFd writer(pipe_ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), STDERR_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail_errno(error, fmt::format("cannot run {}", command[0]));
  writer.reset();
  Finished finished{};
  std::array<char, 4096> piece{};
  while (true) {
    const ssize_t got = read(reader.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (finished.messages.size() < 1024 * 1024) finished.messages.append(piece.data(), static_cast<std::size_t>(got));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

/// clang's messages without the dump that a crash of its back end prints: from "PLEASE submit" or "Stack dump" on
/// nothing is for the user.
std::string without_crash_dump(const std::string& messages) {
  std::string kept;
  for (std::size_t start = 0; start < messages.size();) {
    const std::size_t end = std::min(messages.find('\n', start), messages.size());
    const std::string line = messages.substr(start, end - start);
    start = end + 1;
    if (line.starts_with("PLEASE submit") || line.starts_with("Stack dump")) break;
    kept += line + '\n';
  }
  return kept;
}

std::string hint_for(const std::string& messages, const std::string& clang) {
  const auto contains = [&](std::string_view text) { return messages.find(text) != std::string::npos; };
  if (contains("signed division") || contains("nsupport signed div") ||
      (contains("Cannot select") && contains("sdiv"))) {
    return fmt::format(
        "eBPF divides signed numbers only since ISA v4: use --mcpu v4 with clang 18 or newer (this is {}), or divide "
        "unsigned numbers",
        clang);
  }
  if (contains("bpf/bpf_helpers.h") || contains("bpf/bpf_tracing.h") || contains("bpf/bpf_helper_defs.h"))
    return "install the eBPF helper headers: apt-get install libbpf-dev";
  if (contains("asm/types.h") || contains("linux/bpf.h"))
    return "install the kernel's headers: apt-get install linux-libc-dev";
  if (contains("unknown target CPU"))
    return fmt::format("{} is too old for that --mcpu; try a newer clang with CLANG=clang-19", clang);
  if (contains("vmlinux.h"))
    return "programs that include vmlinux.h are not supported yet; include <linux/bpf.h> and declare what you use";
  return "";
}

std::vector<std::string> command_line(const std::string& clang, const InputOptions& options, const std::string& include,
                                      const std::string& source, const std::string& output) {
#if defined(__x86_64__)
  const std::string architecture = "-D__TARGET_ARCH_x86";
  const std::string multiarch = "/usr/include/x86_64-linux-gnu";
#elif defined(__aarch64__)
  const std::string architecture = "-D__TARGET_ARCH_arm64";
  const std::string multiarch = "/usr/include/aarch64-linux-gnu";
#else
  const std::string architecture = "-D__TARGET_ARCH_unknown";
  const std::string multiarch = "/usr/include";
#endif
  std::vector<std::string> command{
      clang, "-O2", "-g", "-target", "bpf", architecture, "-fno-color-diagnostics", "-Wno-unknown-attributes"};
  if (!options.mcpu.empty()) command.push_back("-mcpu=" + options.mcpu);
  command.insert(command.end(), options.compiler_flags.begin(), options.compiler_flags.end());
  // A rewritten copy of the source finds its neighbours where the original does.
  if (source != options.path)
    command.insert(command.end(), {"-iquote", fs::absolute(options.path).parent_path().string()});
  command.insert(command.end(),
                 {"-idirafter", multiarch, "-idirafter", include, "-x", "c", "-c", source, "-o", output});
  return command;
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// The next whole word `word` at or after `from`.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  for (std::size_t at = text.find(word, from); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_word(text[at + word.size()]);
    if (starts && ends) return at;
  }
  return std::string_view::npos;
}

std::vector<Diagnostic> single(const Error& error) {
  Diagnostic diagnostic;
  diagnostic.what = error.what;
  diagnostic.help = error.help;
  return {diagnostic};
}

}  // namespace

std::string with_volatile(std::string source, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (std::size_t at = find_word(source, name, 0); at != std::string::npos; at = find_word(source, name, at + 1)) {
      const std::size_t before = source.find_last_of(";{}", at);
      const std::size_t start = before == std::string::npos ? 0 : before + 1;
      const std::string_view declaration = std::string_view(source).substr(start, at - start);
      const std::size_t behind = source.find_first_not_of(" \t\n", at + name.size());
      const bool declares =
          behind != std::string::npos && std::string_view("=;[,").find(source[behind]) != std::string_view::npos;
      const std::size_t word = find_word(declaration, "const", 0);
      const bool plain = word != std::string_view::npos && declaration.find('(') == std::string_view::npos &&
                         find_word(declaration, "volatile", 0) == std::string_view::npos;
      if (!declares || !plain) continue;
      source.insert(start + word + 5, " volatile");
      break;
    }
  }
  return source;
}

Result<std::string> find_clang() {
  const std::string install = "install one (apt-get install clang), or name one: CLANG=/path/to/clang";
  if (const char* chosen = std::getenv("CLANG"); chosen != nullptr && *chosen != '\0') {
    const std::string name = chosen;
    if (name.find('/') != std::string::npos) {
      if (is_executable(name)) return name;
      return fail_with_help(install, "$CLANG is {}, which cannot be run", name);
    }
    for (const std::string& directory : search_path()) {
      if (is_executable(fs::path(directory) / name)) return (fs::path(directory) / name).string();
    }
    return fail_with_help(install, "$CLANG is {}, which is not in PATH", name);
  }
  std::string best;
  int best_version = -1;
  for (const std::string& directory : search_path()) {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored)) {
      const std::string name = entry.path().filename().string();
      const int version = name == "clang" ? 0 : clang_version(name).value_or(-1);
      if (version > best_version && is_executable(entry.path())) {
        best = entry.path().string();
        best_version = version;
      }
    }
  }
  if (best.empty()) return fail_with_help(install, "compiling C needs clang, and none is in PATH");
  return best;
}

tl::expected<ByteVector, std::vector<Diagnostic>> compile(const InputOptions& options, ByteView source_text) {
  auto clang = find_clang();
  if (!clang) return tl::unexpected(single(clang.error()));
  auto directory = TemporaryDirectory::create();
  if (!directory) return tl::unexpected(single(directory.error()));
  for (const CompatHeader& header : compat_headers()) {
    const fs::path path = fs::path(directory->path()) / header.path;
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    if (auto written = write_file(path.string(), as_bytes(header.text)); !written)
      return tl::unexpected(single(written.error()));
  }
  std::string source = options.path;
  std::error_code ignored;
  if (!options.volatile_constants.empty() || !fs::is_regular_file(options.path, ignored)) {
    source = directory->path() + "/source.c";
    const std::string copy =
        fmt::format("#line 1 {}\n{}", c_string(options.path == "-" ? "standard input" : options.path),
                    with_volatile(std::string(as_text(source_text)), options.volatile_constants));
    if (auto written = write_file(source, as_bytes(copy)); !written) return tl::unexpected(single(written.error()));
  }
  const std::string output = directory->path() + "/output.o";
  auto finished = run_and_catch(command_line(*clang, options, directory->path(), source, output));
  if (!finished) return tl::unexpected(single(finished.error()));
  const std::string compiler = fs::path(*clang).filename().string();
  print_error(escape_lines_for_terminal(without_crash_dump(finished->messages)));  // warnings too
  if (finished->status != 0) {
    return tl::unexpected(
        single({fmt::format("{} does not compile {}", compiler, options.path == "-" ? "standard input" : options.path),
                hint_for(finished->messages, compiler)}));
  }
  auto bytes = read_file(output);
  if (!bytes) {
    return tl::unexpected(single({fmt::format("{} has run and written no object", compiler),
                                  "is it a clang? Name one that is: CLANG=/path/to/clang"}));
  }
  return std::move(*bytes);
}

}  // namespace skep
