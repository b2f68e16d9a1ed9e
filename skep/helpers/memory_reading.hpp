// Reading memory that may not be there, for the probe_read family and for %s: whose address space is meant, strings up
// to their terminator, and the errno of addresses that cannot be (mm/maccess.c).
#pragma once

#include "skep/helpers/environment.hpp"

namespace skep {

enum class AddressSpace : std::uint8_t {
  kernel,
  user,
  any,  ///< the kernel's if it is there, else the user's: helpers from before the two were told apart
};

/// 0; -EFAULT, or -ERANGE for a kernel read of an address that is no kernel's (copy_from_kernel_nofault_allowed()).
[[nodiscard]] int read_memory(Machine& machine, AddressSpace space, std::uint64_t address, MutableBytes to);

/// The string with its terminator, cut to fit (the terminator always fits): bytes written, or as read_memory(). Nothing
/// is written behind the terminator.
[[nodiscard]] long read_string(Machine& machine, AddressSpace space, std::uint64_t address, MutableBytes to);

}  // namespace skep
