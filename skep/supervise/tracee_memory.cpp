#include "skep/supervise/tracee_memory.hpp"

#include <sys/uio.h>

#include <cerrno>

namespace skep {

int TraceeMemory::read(std::uint64_t address, MutableBytes to) {
  const iovec here{to.data(), to.size()};
  const iovec there{reinterpret_cast<void*>(address), to.size()};
  return process_vm_readv(tid_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(to.size()) ? 0 : -EFAULT;
}

int TraceeMemory::write(std::uint64_t address, ByteView from) {
  const iovec here{const_cast<std::uint8_t*>(from.data()), from.size()};
  const iovec there{reinterpret_cast<void*>(address), from.size()};
  return process_vm_writev(tid_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(from.size()) ? 0 : -EFAULT;
}

}  // namespace skep
