#include "skep/user/memory.hpp"

#include <cerrno>
#include <cstring>

namespace skep {
namespace {

/// No process has anything below mmap_min_addr: what points there is a null pointer, with or without an offset.
constexpr std::uint64_t lowest_address = 4096;

bool is_null(std::uint64_t address) { return address < lowest_address; }

}  // namespace

int OwnMemory::read(std::uint64_t address, MutableBytes to) {
  if (to.empty()) return 0;
  if (is_null(address)) return -EFAULT;
  std::memcpy(to.data(), reinterpret_cast<const void*>(address), to.size());
  return 0;
}

int OwnMemory::write(std::uint64_t address, ByteView from) {
  if (from.empty()) return 0;
  if (is_null(address)) return -EFAULT;
  std::memcpy(reinterpret_cast<void*>(address), from.data(), from.size());
  return 0;
}

}  // namespace skep
