// The rows of syscalls.def as a table, and the few names under which tracefs has a system call that its table calls
// otherwise: tracepoints are named after the C function (SYSCALL_DEFINE2(newfstat, …)).
#include "skep/abi/syscalls.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace skep {
namespace {

struct SyscallRow {
  std::uint32_t number;
  std::string_view name;
  const char* arguments;
};

constexpr SyscallRow syscall_rows[] = {
#define SYSCALL(number, name, arguments) {number, #name, arguments},
#include "skep/abi/syscalls.def"
#undef SYSCALL
};

constexpr std::pair<std::string_view, std::string_view> tracefs_names[] = {
    {"newstat", "stat"},   {"newfstat", "fstat"},      {"newlstat", "lstat"},
    {"newuname", "uname"}, {"sendfile64", "sendfile"}, {"umount", "umount2"},
};

const SyscallRow* find_row(std::uint32_t number) {
  const auto row = std::lower_bound(std::begin(syscall_rows), std::end(syscall_rows), number,
                                    [](const SyscallRow& left, std::uint32_t right) { return left.number < right; });
  return row == std::end(syscall_rows) || row->number != number ? nullptr : &*row;
}

}  // namespace

std::string_view syscall_name(std::uint32_t number) {
  const SyscallRow* row = find_row(number);
  return row == nullptr ? std::string_view{} : row->name;
}

std::optional<std::string_view> syscall_arguments(std::uint32_t number) {
  const SyscallRow* row = find_row(number);
  if (row == nullptr || row->arguments == nullptr) return std::nullopt;
  return row->arguments;
}

std::optional<std::uint32_t> syscall_number(std::string_view name) {
  for (const auto& [traced, listed] : tracefs_names) {
    if (name == traced) name = listed;
  }
  const auto row = std::find_if(std::begin(syscall_rows), std::end(syscall_rows),
                                [name](const SyscallRow& candidate) { return candidate.name == name; });
  if (row == std::end(syscall_rows)) return std::nullopt;
  return row->number;
}

}  // namespace skep
