#include "skep/user/attr.hpp"

#include <algorithm>
#include <cerrno>

namespace skep {
namespace {

constexpr std::uint32_t page_bytes = 4096;

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

long Attr::copy_in(UserMemory& memory, std::uint64_t address, std::uint32_t size) {
  memory_ = &memory;
  address_ = address;
  size_ = std::min(size, attr_bytes);
  if (size > page_bytes) return -E2BIG;
  ByteVector copy(size);
  if (const int error = memory.read(address, copy); error != 0) return error;
  if (!all_zero(ByteView(copy).subspan(size_))) return -E2BIG;
  std::copy_n(copy.begin(), size_, bytes_.begin());
  return 0;
}

bool Attr::zero_after(std::uint32_t end) const { return end >= attr_bytes || all_zero(ByteView(bytes_).subspan(end)); }

long Attr::read_string(std::uint64_t from, std::size_t limit, std::string& text, bool& too_long) const {
  bool terminated = false;
  const int error = memory_->read_text(from, limit, text, terminated);
  too_long = !terminated;
  return error;
}

}  // namespace skep
