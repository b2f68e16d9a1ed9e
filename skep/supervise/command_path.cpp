#include "skep/supervise/command_path.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

namespace skep {
namespace {

/// 0 if `path` is a file that we may execute, else an errno.
int check_executable(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

std::vector<std::string> directories(std::string_view search_path) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin <= search_path.size();) {
    const std::size_t end = std::min(search_path.find(':', begin), search_path.size());
    result.emplace_back(end == begin ? "." : search_path.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

std::vector<std::string> commands_in(const std::vector<std::string>& places) {
  std::vector<std::string> names;
  for (const std::string& place : places) {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(place.c_str()), closedir);
    if (directory == nullptr) continue;
    while (const dirent* entry = readdir(directory.get())) {
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
  }
  return names;
}

tl::unexpected<Error> refused(int code, const std::string& path) {
  if (code == EISDIR) return fail_errno(EACCES, fmt::format("cannot run {}: it is a directory", path));
  if (code != EACCES) return fail_errno(code, fmt::format("cannot run {}", path));
  return fail_errno(EACCES, fmt::format("cannot run {}", path),
                    fmt::format("if it is a program, make it executable: chmod +x {}", path));
}

}  // namespace

Result<std::string> find_command(const std::string& name, const char* search_path) {
  if (name.empty()) return fail_errno(ENOENT, "the command's name is empty");
  if (name.find('/') != std::string::npos) {
    const int code = check_executable(name);
    if (code != 0) return refused(code, name);
    return name;
  }
  const auto places = directories(search_path != nullptr ? search_path : "/bin:/usr/bin");
  std::string not_executable;
  for (const std::string& place : places) {
    std::string path = place + "/" + name;
    const int code = check_executable(path);
    if (code == 0) return path;
    // A directory that is closed to us says EACCES too, of every name.
    const bool exists = access(path.c_str(), F_OK) == 0;
    if (code == EACCES && exists && not_executable.empty()) not_executable = path;
  }
  if (!not_executable.empty()) return refused(EACCES, not_executable);
  const std::string near = nearest(name, commands_in(places));
  return fail_errno(
      ENOENT, fmt::format("no command {} in PATH", name),
      near.empty() ? "a program outside PATH needs its path: ./NAME" : fmt::format("did you mean {}?", near));
}

}  // namespace skep
