#include "skep/base/bytes.hpp"

namespace skep {

Result<ByteView> ByteReader::slice(std::uint64_t offset, std::uint64_t length) const {
  if (!contains(offset, length)) return out_of_bounds(offset, length);
  return bytes_.subspan(offset, length);
}

Result<std::string_view> ByteReader::string(std::uint64_t offset) const {
  if (!contains(offset, 1)) return out_of_bounds(offset, 1);
  const auto rest = as_text(bytes_.subspan(offset));
  const auto end = rest.find('\0');
  if (end == std::string_view::npos) return fail("{}: the string at offset {:#x} has no end", name_, offset);
  return rest.substr(0, end);
}

tl::unexpected<Error> ByteReader::out_of_bounds(std::uint64_t offset, std::uint64_t length) const {
  return fail("{}: {} bytes at offset {:#x} lie outside of its {} bytes", name_, length, offset, bytes_.size());
}

}  // namespace skep
