// Reading and writing whole files, with errors that name them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "cli/input.hpp"
#include "cli/terminal.hpp"

namespace skep {
namespace {

constexpr std::size_t file_limit = std::size_t{1} << 30;
constexpr std::size_t stream_limit = std::size_t{64} << 20;

Result<ByteVector> read_descriptor(int fd, const std::string& name) {
  struct stat status {};
  const bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const std::size_t limit = regular ? file_limit : stream_limit;
  const auto too_large = [&] { return fail("{} is larger than {} MiB, which no program is", name, limit >> 20); };
  if (regular && static_cast<std::uint64_t>(status.st_size) > limit) return too_large();
  ByteVector bytes;
  ByteVector piece(64 * 1024);
  while (true) {
    const ssize_t got = read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, fmt::format("cannot read {}", name));
    if (got == 0) return bytes;
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + got);
    if (bytes.size() > limit) return too_large();
  }
}

}  // namespace

Result<ByteVector> read_file(const std::string& path) {
  if (path == "-") return read_descriptor(STDIN_FILENO, "standard input");
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno(errno, fmt::format("cannot open {}", path));
  struct stat status {};
  if (fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode)) return fail("{} is a directory", path);
  return read_descriptor(fd.get(), path);
}

Result<void> write_file(const std::string& path, ByteView bytes) {
  if (path == "-") {
    print(as_text(bytes));
    return {};
  }
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) return fail_errno(errno, fmt::format("cannot write {}", path));
  while (!bytes.empty()) {
    const ssize_t written = write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(errno, fmt::format("cannot write {}", path));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace skep
