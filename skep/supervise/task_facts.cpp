#include "skep/supervise/task_facts.hpp"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace skep {
namespace {

constexpr std::size_t path_limit = 4096;  ///< PATH_MAX

/// A file of /proc/TID/, whole; empty if the task is gone.
std::string read_proc(pid_t tid, const char* name) {
  const UniqueFd file(open(fmt::format("/proc/{}/{}", tid, name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return {};
  std::string text;
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t got = read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? std::string{} : text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

template <typename T>
T number(std::string_view text, int base = 10) {
  T value{};
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return value;
  (void)std::from_chars(text.data() + first, text.data() + text.size(), value, base);
  return value;
}

/// The value of a line "Key:\tvalue" of /proc/TID/status.
std::string_view field(std::string_view status, std::string_view key) {
  const std::size_t at = status.find(fmt::format("\n{}:", key));
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + key.size() + 2;
  return status.substr(begin, status.find('\n', begin) - begin);
}

/// /proc/TID/stat behind the name, which may hold anything, parentheses and blanks included: fields 3 and on.
class Stat {
 public:
  explicit Stat(pid_t tid) : text_(read_proc(tid, "stat")) {
    open_ = text_.find('(');
    close_ = text_.rfind(')');
  }
  [[nodiscard]] bool valid() const {
    return open_ != std::string::npos && close_ != std::string::npos && open_ < close_;
  }
  [[nodiscard]] std::string name() const { return text_.substr(open_ + 1, close_ - open_ - 1); }
  /// Field `index` as proc(5) counts them, from 3 on.
  [[nodiscard]] std::string_view operator[](int index) const {
    std::string_view rest = std::string_view(text_).substr(close_ + 1);
    for (int i = 3;; ++i) {
      rest.remove_prefix(std::min(rest.size(), std::size_t{1}));
      const std::string_view value = rest.substr(0, rest.find(' '));
      if (i == index || rest.empty()) return value;
      rest.remove_prefix(value.size());
    }
  }

 private:
  std::string text_;
  std::size_t open_ = 0;
  std::size_t close_ = 0;
};

std::string executable_path(pid_t tid) {
  std::array<char, path_limit> path;
  const ssize_t size = readlink(fmt::format("/proc/{}/exe", tid).c_str(), path.data(), path.size());
  return size < 0 ? std::string{} : std::string(path.data(), static_cast<std::size_t>(size));
}

/// A string in the task's memory. Reads are all or nothing, so none may reach into a page that the string does not.
std::optional<std::string> read_string(UserMemory& memory, std::uint64_t address) {
  constexpr std::uint64_t page = 4096;
  std::string text;
  while (text.size() < path_limit) {
    std::array<std::uint8_t, 256> chunk;
    const std::size_t size = std::min<std::uint64_t>(chunk.size(), page - address % page);
    if (memory.read(address, MutableBytes(chunk).first(size)) != 0) return std::nullopt;
    const auto end = std::find(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(size), std::uint8_t{0});
    text.append(chunk.begin(), end);
    if (end != chunk.begin() + static_cast<std::ptrdiff_t>(size)) return text;
    address += size;
  }
  return text;
}

bool has(std::uint64_t mask, int signal) { return (mask >> (signal - 1) & 1U) != 0; }

}  // namespace

std::optional<Task> read_task(pid_t tid) {
  const Stat stat(tid);
  const std::string status = read_proc(tid, "status");
  if (!stat.valid() || status.empty()) return std::nullopt;
  Task task;
  task.pid = static_cast<std::uint32_t>(tid);
  task.tgid = number<std::uint32_t>(field(status, "Tgid"));
  task.uid =
      number<std::uint32_t>(field(status, "Uid"));  // the first of four: the real one, as bpf_get_current_uid_gid
  task.gid = number<std::uint32_t>(field(status, "Gid"));
  task.parent_tgid = number<std::uint32_t>(stat[4]);
  const auto ticks_per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  task.start_time_ns = number<std::uint64_t>(stat[22]) * (1'000'000'000 / ticks_per_second);
  task.comm = stat.name().substr(0, 15);
  return task;
}

std::int32_t read_priority(pid_t tid) {
  constexpr std::int32_t real_time_priorities = 100;  // MAX_RT_PRIO
  const Stat stat(tid);
  return stat.valid() ? number<std::int32_t>(stat[18]) + real_time_priorities : 120;
}

std::string read_exec_path(pid_t tid, UserMemory& memory) {
  const std::string auxiliary = read_proc(tid, "auxv");
  for (std::size_t at = 0; at + sizeof(Elf64_auxv_t) <= auxiliary.size(); at += sizeof(Elf64_auxv_t)) {
    const auto entry = load_unaligned<Elf64_auxv_t>(auxiliary.data() + at);
    if (entry.a_type != AT_EXECFN) continue;
    if (auto path = read_string(memory, entry.a_un.a_val)) return *path;
  }
  return executable_path(tid);
}

bool SignalMasks::is_ignored(int signal) const {
  if (has(ignored, signal)) return true;
  const bool by_default = signal == SIGCHLD || signal == SIGCONT || signal == SIGWINCH || signal == SIGURG;
  return by_default && !has(caught, signal);
}

bool SignalMasks::only_ignored_pending() const {
  const std::uint64_t deliverable = pending & ~blocked;
  if (deliverable == 0) return false;
  for (int signal = 1; signal <= 64; ++signal) {
    if (has(deliverable, signal) && !is_ignored(signal)) return false;
  }
  return true;
}

std::optional<SignalMasks> read_signal_masks(pid_t tid) {
  const std::string status = read_proc(tid, "status");
  if (status.empty()) return std::nullopt;
  const auto mask = [&](const char* key) { return number<std::uint64_t>(field(status, key), 16); };
  return SignalMasks{mask("SigPnd") | mask("ShdPnd"), mask("SigBlk"), mask("SigIgn"), mask("SigCgt")};
}

}  // namespace skep
