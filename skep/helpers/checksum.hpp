// Internet checksum arithmetic (RFC 1071, RFC 1624) on Linux's types: a 16-bit sum as it stands in a header, a 32-bit
// partial sum. Words are taken as the machine loads them: one's complement addition does not mind the byte order. Which
// of the two zeros comes out follows include/net/checksum.h.
#pragma once

#include <cstdint>

#include "skep/base/base.hpp"

namespace skep {

/// csum_add(): addition with end-around carry.
[[nodiscard]] constexpr std::uint32_t checksum_add(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t sum = a + b;
  return sum + (sum < b ? 1 : 0);
}
/// csum_sub()
[[nodiscard]] constexpr std::uint32_t checksum_subtract(std::uint32_t a, std::uint32_t b) {
  return checksum_add(a, ~b);
}
/// csum_from32to16(): folded, not inverted.
[[nodiscard]] constexpr std::uint16_t checksum_fold(std::uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
}
/// csum_partial(): bytes that do not fill the last word count as if zeros followed.
[[nodiscard]] inline std::uint32_t checksum_of(ByteView bytes, std::uint32_t sum) {
  for (; bytes.size() >= 4; bytes = bytes.subspan(4))
    sum = checksum_add(sum, load_unaligned<std::uint32_t>(bytes.data()));
  std::uint32_t last = 0;
  std::memcpy(&last, bytes.data(), bytes.size());
  return checksum_add(sum, last);
}
/// csum_replace_by_diff(): the header's sum after `difference` was added to what it covers.
[[nodiscard]] constexpr std::uint16_t checksum_apply(std::uint16_t header, std::uint32_t difference) {
  const auto inverted = static_cast<std::uint16_t>(~header);
  return static_cast<std::uint16_t>(~checksum_fold(checksum_add(difference, inverted)));
}
/// csum_replace4()
[[nodiscard]] constexpr std::uint16_t checksum_replace(std::uint16_t header, std::uint32_t from, std::uint32_t to) {
  const auto inverted = static_cast<std::uint16_t>(~header);
  return static_cast<std::uint16_t>(~checksum_fold(checksum_add(checksum_subtract(inverted, from), to)));
}
/// csum_replace2(): in 16 bits throughout.
[[nodiscard]] constexpr std::uint16_t checksum_replace_half(std::uint16_t header, std::uint16_t from,
                                                            std::uint16_t to) {
  const auto add = [](std::uint16_t a, std::uint16_t b) {
    const auto sum = static_cast<std::uint16_t>(a + b);
    return static_cast<std::uint16_t>(sum + (sum < b ? 1 : 0));
  };
  const auto without = add(static_cast<std::uint16_t>(~header), static_cast<std::uint16_t>(~from));
  return static_cast<std::uint16_t>(~add(without, to));
}

}  // namespace skep
