// x86-64 system calls by number and name (arch/x86/entry/syscalls/syscall_64.tbl), for tracepoints and strace-like
// output.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace skep {

/// "write" for 1; "" for a number without a name.
[[nodiscard]] std::string_view syscall_name(std::uint32_t number);
/// The arguments as tracefs shows them: "unsigned int fd, const char * buf, size_t count" for 1, "" for none; nothing
/// where we do not know them.
[[nodiscard]] std::optional<std::string_view> syscall_arguments(std::uint32_t number);
/// 1 for "write"; names as tracefs has them ("newfstat" for fstat) are accepted too.
[[nodiscard]] std::optional<std::uint32_t> syscall_number(std::string_view name);

}  // namespace skep
