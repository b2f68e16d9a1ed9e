// Linux's bpf_printf formats (bpf_bprintf_prepare, kernel/bpf/helpers.c): which conversions trace_printk,
// trace_vprintk, snprintf and seq_printf accept, with which errno they refuse the rest, and what they print.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "skep/base/base.hpp"

namespace skep {

/// Whose memory a conversion reads its string from: %pks, %pus, %s.
enum class TextSource : std::uint8_t { kernel, user, any };

/// How conversions that print what their argument points to read it.
struct FormatMemory {
  /// A string with its terminator, cut to fit: bytes written, or a negative errno.
  std::function<long(std::uint64_t address, TextSource source, MutableBytes to)> text;
  /// Plain bytes (%pI4 and its kin): 0 or a negative errno.
  std::function<int(std::uint64_t address, MutableBytes to)> bytes;
};

inline constexpr std::size_t format_unlimited = static_cast<std::size_t>(-1);

/// Checks and prints. `format` must hold its terminator. Returns the number of bytes the text would have (as snprintf),
/// or -EINVAL for a format the kernel refuses, -ENOSPC if the arguments take more than its 512 bytes; `out` gets at
/// most `limit` bytes of the text.
[[nodiscard]] long bpf_format(std::string_view format, std::span<const std::uint64_t> arguments,
                              const FormatMemory& memory, std::string& out, std::size_t limit = format_unlimited);

}  // namespace skep
