// Texts: printing to the trace pipe and to memory, comparing, and reading numbers (kernel/trace/bpf_trace.c,
// kernel/bpf/helpers.c).
#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

#include "skep/helpers/arguments.hpp"
#include "skep/helpers/format.hpp"
#include "skep/helpers/memory_reading.hpp"

namespace skep {
namespace {

constexpr std::size_t trace_bytes = 1024;               ///< MAX_BPRINTF_BUF, terminator included
constexpr std::uint64_t argument_bytes_limit = 12 * 8;  ///< MAX_BPRINTF_VARARGS
constexpr std::uint64_t base_mask = 0x1f;               ///< BPF_STRTOX_BASE_MASK
constexpr std::size_t digits_limit = 63;                ///< __bpf_strtoull() looks at no more

FormatMemory memory_of(Machine& machine) {
  FormatMemory memory;
  memory.text = [&machine](std::uint64_t address, TextSource source, MutableBytes to) {
    const AddressSpace space = source == TextSource::user     ? AddressSpace::user
                               : source == TextSource::kernel ? AddressSpace::kernel
                                                              : AddressSpace::any;
    return read_string(machine, space, address, to);
  };
  memory.bytes = [&machine](std::uint64_t address, MutableBytes to) {
    return read_memory(machine, AddressSpace::kernel, address, to);
  };
  return memory;
}

long trace(Machine& machine, std::string_view format, std::span<const std::uint64_t> arguments) {
  std::string text;
  const long length = bpf_format(format, arguments, memory_of(machine), text, trace_bytes - 1);
  // A %c may have printed a terminator, and there the pipe's text ends.
  if (length >= 0) environment_of(machine).trace(std::string_view(text).substr(0, text.find('\0')));
  return length;
}

/// Copies of up to 12 arguments; false: the size is not what the kernel takes.
bool copy_arguments(std::uint64_t address, std::uint64_t bytes, std::array<std::uint64_t, 12>& out) {
  if (bytes % 8 != 0 || bytes > argument_bytes_limit || (bytes != 0 && address == 0)) return false;
  if (bytes != 0) std::memcpy(out.data(), Machine::at(address), bytes);
  return true;
}

std::string_view text_at(std::uint64_t address, std::uint64_t size) {
  return as_text(memory_at(address, static_cast<std::uint32_t>(size)));
}

struct Number {
  long consumed = -EINVAL;  ///< characters, or -EINVAL, -ERANGE
  bool negative = false;
  std::uint64_t magnitude = 0;
};

/// isspace() of the kernel, which knows Latin-1's no-break space.
bool is_space(char c) { return (c >= '\t' && c <= '\r') || c == ' ' || c == '\xa0'; }

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

/// __bpf_strtoull().
Number read_number(std::string_view text, std::uint64_t flags) {
  Number number;
  std::uint64_t base = flags & base_mask;
  if (text.empty() || (flags & ~base_mask) != 0) return number;
  if (base != 0 && base != 8 && base != 10 && base != 16) return number;
  std::size_t at = 0;
  while (at < text.size() && is_space(text[at])) ++at;
  number.negative = at < text.size() && text[at] == '-';
  if (number.negative) ++at;
  std::string_view digits = text.substr(at, digits_limit);
  if (digits.empty()) return number;
  const auto has_hex_prefix = [&] { return digits.size() >= 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x'; };
  if (base == 0) {
    const bool hex = has_hex_prefix() && digits.size() >= 3 && digit_of(digits[2]) < 16;
    base = digits[0] != '0' ? 10 : hex ? 16 : 8;
  }
  if (base == 16 && has_hex_prefix()) {
    digits.remove_prefix(2);
    at += 2;
  }
  std::size_t length = 0;
  bool overflow = false;
  for (; length < digits.size() && static_cast<std::uint64_t>(digit_of(digits[length])) < base; ++length) {
    const auto digit = static_cast<std::uint64_t>(digit_of(digits[length]));
    overflow |= __builtin_mul_overflow(number.magnitude, base, &number.magnitude);
    overflow |= __builtin_add_overflow(number.magnitude, digit, &number.magnitude);
  }
  number.consumed = overflow ? -ERANGE : length == 0 ? -EINVAL : static_cast<long>(at + length);
  return number;
}

}  // namespace

std::uint64_t helper_trace_printk(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                  std::uint64_t r4, std::uint64_t r5) {
  const std::array<std::uint64_t, 3> arguments{r3, r4, r5};
  return as_register(trace(machine, text_at(r1, r2), arguments));
}

std::uint64_t helper_trace_vprintk(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                   std::uint64_t r4, std::uint64_t) {
  std::array<std::uint64_t, 12> arguments{};
  const std::uint64_t bytes = static_cast<std::uint32_t>(r4);
  if (!copy_arguments(r3, bytes, arguments)) return as_register(-EINVAL);
  return as_register(trace(machine, text_at(r1, r2), std::span(arguments).first(bytes / 8)));
}

std::uint64_t helper_snprintf(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3, std::uint64_t r4,
                              std::uint64_t r5) {
  std::array<std::uint64_t, 12> arguments{};
  const std::uint64_t bytes = static_cast<std::uint32_t>(r5);
  if (!copy_arguments(r4, bytes, arguments)) return as_register(-EINVAL);
  const char* const format = reinterpret_cast<const char*>(Machine::at(r3));
  const MutableBytes to = memory_at(r1, static_cast<std::uint32_t>(r2));
  std::string text;
  const std::string_view whole(format, std::strlen(format) + 1);
  const std::size_t room = to.empty() ? 0 : to.size() - 1;
  const long length = bpf_format(whole, std::span(arguments).first(bytes / 8), memory_of(machine), text, room);
  if (length < 0) return as_register(length);
  if (!to.empty()) {
    std::copy(text.begin(), text.end(), to.begin());
    to[text.size()] = 0;
  }
  return as_register(length + 1);
}

/// strncmp() of the kernel: -1, 0 or 1.
std::uint64_t helper_strncmp(Machine&, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3, std::uint64_t,
                             std::uint64_t) {
  const std::uint8_t* const a = Machine::at(r1);
  const std::uint8_t* const b = Machine::at(r3);
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(r2); ++i) {
    if (a[i] != b[i]) return as_register(a[i] < b[i] ? -1 : 1);
    if (a[i] == 0) break;
  }
  return 0;
}

std::uint64_t helper_strtol(Machine&, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3, std::uint64_t r4,
                            std::uint64_t) {
  const Number number = read_number(text_at(r1, r2), r3);
  store_unaligned(Machine::at(r4), std::uint64_t{0});
  if (number.consumed < 0) return as_register(number.consumed);
  const std::uint64_t value = number.negative ? 0 - number.magnitude : number.magnitude;
  const bool fits = number.negative ? static_cast<std::int64_t>(value) <= 0 : static_cast<std::int64_t>(value) >= 0;
  if (!fits) return as_register(-ERANGE);
  store_unaligned(Machine::at(r4), value);
  return as_register(number.consumed);
}

std::uint64_t helper_strtoul(Machine&, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3, std::uint64_t r4,
                             std::uint64_t) {
  const Number number = read_number(text_at(r1, r2), r3);
  store_unaligned(Machine::at(r4), std::uint64_t{0});
  if (number.consumed < 0) return as_register(number.consumed);
  if (number.negative) return as_register(-EINVAL);
  store_unaligned(Machine::at(r4), number.magnitude);
  return as_register(number.consumed);
}

}  // namespace skep
