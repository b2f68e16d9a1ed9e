// The probe_read family (kernel/trace/bpf_trace.c) and copy_from_user: what cannot be read becomes zeros and an errno.
#include <algorithm>
#include <cerrno>

#include "skep/helpers/arguments.hpp"
#include "skep/helpers/memory_reading.hpp"

namespace skep {
namespace {

std::uint64_t read_bytes(Machine& machine, AddressSpace space, std::uint64_t to, std::uint64_t size,
                         std::uint64_t address) {
  const MutableBytes buffer = memory_at(to, static_cast<std::uint32_t>(size));
  const int error = read_memory(machine, space, address, buffer);
  if (error != 0) std::fill(buffer.begin(), buffer.end(), std::uint8_t{0});
  return as_register(error);
}

std::uint64_t read_text(Machine& machine, AddressSpace space, std::uint64_t to, std::uint64_t size,
                        std::uint64_t address) {
  const MutableBytes buffer = memory_at(to, static_cast<std::uint32_t>(size));
  const long length = read_string(machine, space, address, buffer);
  if (length < 0) std::fill(buffer.begin(), buffer.end(), std::uint8_t{0});
  return as_register(length);
}

}  // namespace

#define SKEP_READ(name, how, space)                                                                          \
  std::uint64_t helper_##name(Machine& machine, std::uint64_t to, std::uint64_t size, std::uint64_t address, \
                              std::uint64_t, std::uint64_t) {                                                \
    return how(machine, AddressSpace::space, to, size, address);                                             \
  }
SKEP_READ(probe_read, read_bytes, any)
SKEP_READ(probe_read_user, read_bytes, user)
SKEP_READ(probe_read_kernel, read_bytes, kernel)
SKEP_READ(copy_from_user, read_bytes, user)
SKEP_READ(probe_read_str, read_text, any)
SKEP_READ(probe_read_user_str, read_text, user)
SKEP_READ(probe_read_kernel_str, read_text, kernel)
#undef SKEP_READ

}  // namespace skep
