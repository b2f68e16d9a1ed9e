// What all maps share: freezing, the checks of mmap(2), and the answers of types that do not have an operation.
// Kernel functions: map_freeze(), bpf_map_mmap(), kernel/bpf/syscall.c.
#include <cerrno>

#include "skep/maps/kernel_map.hpp"

namespace skep {

int KernelMap::freeze() {
  // A frozen map has lost the permission that freezing asks for.
  if (frozen_ || (attributes_.flags & bpf_f_rdonly) != 0) return -EPERM;
  if (mapped_writable_) return -EBUSY;
  frozen_ = true;
  return 0;
}

long KernelMap::for_each(std::uint32_t, const std::function<bool(std::uint8_t*, std::uint8_t*)>&) { return -EINVAL; }

int KernelMap::user_lookup_and_erase(ByteView, MutableBytes, std::uint64_t) { return -enotsupp; }

MutableBytes KernelMap::map_memory(std::uint64_t, std::uint64_t, bool, int& error) {
  error = -enotsupp;
  return {};
}

int KernelMap::check_mapping(std::uint64_t offset, std::uint64_t length, bool writable) const {
  if (length == 0 || offset % page_bytes != 0) return -EINVAL;
  if (!writable) return 0;
  if (frozen_) return -EPERM;
  if ((attributes_.flags & (bpf_f_rdonly_prog | bpf_f_rdonly)) != 0) return -EACCES;
  return 0;
}

}  // namespace skep
