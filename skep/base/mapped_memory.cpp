#include "skep/base/mapped_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <utility>

namespace skep {

Result<MappedMemory> MappedMemory::allocate(std::size_t size, bool guard) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (size > std::numeric_limits<std::size_t>::max() - 4 * page) return fail_errno(ENOMEM, "cannot map memory");
  const std::size_t usable = round_up(size == 0 ? 1 : size, page);
  const std::size_t margin = guard ? page : 0;
  void* base = mmap(nullptr, usable + 2 * margin, guard ? PROT_NONE : PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return fail_errno(errno, fmt::format("cannot map {} bytes", usable));
  MappedMemory memory;
  memory.data_ = static_cast<std::uint8_t*>(base) + margin;
  memory.size_ = usable;
  memory.guard_ = margin;
  if (guard && mprotect(memory.data_, usable, PROT_READ | PROT_WRITE) != 0) {
    return fail_errno(errno, "cannot make memory writable");
  }
  return memory;
}

Result<void> MappedMemory::make_executable() {
  if (mprotect(data_, size_, PROT_READ | PROT_EXEC) != 0) return fail_errno(errno, "cannot make memory executable");
  return {};
}

MappedMemory::~MappedMemory() {
  if (data_ != nullptr) munmap(data_ - guard_, size_ + 2 * guard_);
}

void MappedMemory::swap(MappedMemory& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(guard_, other.guard_);
}

}  // namespace skep
