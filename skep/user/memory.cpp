#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "skep/user/memory.hpp"

namespace skep {
namespace {

/// process_vm_readv(2) on ourselves turns a bad address into EFAULT. A seccomp profile may bar it: then a plain copy
/// has to do.
template <auto transfer>
int copy(std::uint64_t remote_address, void* local, std::size_t size, bool& barred) {
  iovec here{local, size};
  iovec there{reinterpret_cast<void*>(remote_address), size};
  const ssize_t done = transfer(getpid(), &here, 1, &there, 1, 0);
  if (done == static_cast<ssize_t>(size)) return 0;
  barred = done < 0 && (errno == EPERM || errno == ENOSYS);
  return -EFAULT;
}

}  // namespace

int OwnMemory::read(std::uint64_t address, MutableBytes to) {
  if (to.empty()) return 0;
  if (address == 0) return -EFAULT;
  bool barred = false;
  const int result = copy<process_vm_readv>(address, to.data(), to.size(), barred);
  if (barred) std::memcpy(to.data(), reinterpret_cast<const void*>(address), to.size());
  return barred ? 0 : result;
}

int OwnMemory::write(std::uint64_t address, ByteView from) {
  if (from.empty()) return 0;
  if (address == 0) return -EFAULT;
  bool barred = false;
  const int result = copy<process_vm_writev>(address, const_cast<std::uint8_t*>(from.data()), from.size(), barred);
  if (barred) std::memcpy(reinterpret_cast<void*>(address), from.data(), from.size());
  return barred ? 0 : result;
}

}  // namespace skep
