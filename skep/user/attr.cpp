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
  text.clear();
  too_long = false;
  // Page by page: the string may end just before memory that cannot be read.
  while (text.size() < limit) {
    const std::uint64_t at = from + text.size();
    const std::size_t in_page = page_bytes - at % page_bytes;
    ByteVector piece(std::min(in_page, limit - text.size()));
    if (memory_->read(at, piece) != 0) return -EFAULT;
    const auto end = std::find(piece.begin(), piece.end(), std::uint8_t{0});
    text.append(piece.begin(), end);
    if (end != piece.end()) return 0;
  }
  too_long = true;
  return 0;
}

}  // namespace skep
