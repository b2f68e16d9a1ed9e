#include "skep/user/memory.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace skep {
namespace {

/// No process has anything below mmap_min_addr: what points there is a null pointer, with or without an offset.
constexpr std::uint64_t lowest_address = 4096;

bool is_null(std::uint64_t address) { return address < lowest_address; }

constexpr std::size_t page_size = 4096;

}  // namespace

int UserMemory::read_text(std::uint64_t address, std::size_t limit, std::string& text, bool& terminated) {
  text.clear();
  terminated = false;
  while (text.size() < limit && !terminated) {
    const std::uint64_t at = address + text.size();
    ByteVector piece(std::min<std::size_t>(page_size - at % page_size, limit - text.size()));
    if (read(at, piece) != 0) return -EFAULT;
    const auto end = std::find(piece.begin(), piece.end(), std::uint8_t{0});
    text.append(piece.begin(), end);
    terminated = end != piece.end();
  }
  return 0;
}

int OwnMemory::read_text(std::uint64_t address, std::size_t limit, std::string& text, bool& terminated) {
  text.clear();
  terminated = false;
  if (is_null(address)) return -EFAULT;
  const auto* from = reinterpret_cast<const char*>(address);
  const std::size_t length = strnlen(from, limit);
  text.assign(from, length);
  terminated = length < limit;
  return 0;
}

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

int ProbedMemory::read(std::uint64_t address, MutableBytes to) {
  const iovec here{to.data(), to.size()};
  const iovec there{reinterpret_cast<void*>(address), to.size()};
  return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == static_cast<ssize_t>(to.size()) ? 0 : -EFAULT;
}

int ProbedMemory::write(std::uint64_t address, ByteView from) {
  const iovec here{const_cast<std::uint8_t*>(from.data()), from.size()};
  const iovec there{reinterpret_cast<void*>(address), from.size()};
  return process_vm_writev(getpid(), &here, 1, &there, 1, 0) == static_cast<ssize_t>(from.size()) ? 0 : -EFAULT;
}

}  // namespace skep
