// Linux's bpf_printf formats (bpf_bprintf_prepare, kernel/bpf/helpers.c): which conversions trace_printk, trace_vprintk, snprintf and seq_printf
// accept, with which errno they refuse the rest, and what they print.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "skep/base/base.hpp"

namespace skep {

/// How %s and %ps read their argument: fills `to` from a kernel or user address, returns 0 or -EFAULT.
using ReadMemory = std::function<int(std::uint64_t address, bool user, MutableBytes to)>;

/// Checks and prints. Returns the number of bytes the text would have (as snprintf) or -EINVAL for a format the kernel refuses; `out` gets the text.
[[nodiscard]] long bpf_format(std::string_view format, std::span<const std::uint64_t> arguments, const ReadMemory& read, std::string& out);

}  // namespace skep
