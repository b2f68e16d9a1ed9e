// Checksum helpers: bpf_csum_diff, bpf_l3_csum_replace, bpf_l4_csum_replace, bpf_csum_update (net/core/filter.c). A
// packet here never has a checksum that hardware computed or shall compute (CHECKSUM_NONE), as in BPF_PROG_TEST_RUN.
#include <cerrno>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/checksum.hpp"
#include "skep/helpers/packet_call.hpp"

namespace skep {
namespace {

constexpr int not_supported = 524;              ///< ENOTSUPP, which user space's headers lack
constexpr std::uint64_t field_size_mask = 0xf;  ///< BPF_F_HDR_FIELD_MASK
constexpr std::uint64_t pseudo_header = 0x10;   ///< BPF_F_PSEUDO_HDR: matters to hardware checksums only
constexpr std::uint64_t mangled_zero =
    0x20;                                ///< BPF_F_MARK_MANGLED_0: UDP's "no checksum" stays, a sum of 0 becomes 0xffff
constexpr std::uint64_t enforce = 0x40;  ///< BPF_F_MARK_ENFORCE: update even "no checksum"
constexpr std::uint64_t ipv6 = 0x80;     ///< BPF_F_IPV6: matters to hardware checksums only
constexpr std::uint32_t offset_limit = 0xffff;

/// Where the 16-bit sum stands, or nullptr: bpf_try_make_writable() fails.
std::uint8_t* sum_at(PacketBuffer& packet, std::uint32_t offset) {
  const bool valid = offset <= offset_limit && offset % 2 == 0 && contains(packet, offset, 2);
  return valid ? packet.data().data() + offset : nullptr;
}

}  // namespace

std::uint64_t helper_l3_csum_replace(Machine& machine, std::uint64_t, std::uint64_t offset, std::uint64_t from,
                                     std::uint64_t to, std::uint64_t flags) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    if ((flags & ~field_size_mask) != 0) return negative(EINVAL);
    std::uint8_t* const place = sum_at(packet, static_cast<std::uint32_t>(offset));
    if (place == nullptr) return negative(EFAULT);
    const auto sum = load_unaligned<std::uint16_t>(place);
    const std::uint64_t size = flags & field_size_mask;
    if (size == 0 && from == 0) {
      store_unaligned(place, checksum_apply(sum, static_cast<std::uint32_t>(to)));
    } else if (size == 2) {
      store_unaligned(place,
                      checksum_replace_half(sum, static_cast<std::uint16_t>(from), static_cast<std::uint16_t>(to)));
    } else if (size == 4) {
      store_unaligned(place, checksum_replace(sum, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)));
    } else {
      return negative(EINVAL);
    }
    return std::uint64_t{0};
  });
}

std::uint64_t helper_l4_csum_replace(Machine& machine, std::uint64_t, std::uint64_t offset, std::uint64_t from,
                                     std::uint64_t to, std::uint64_t flags) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    if ((flags & ~(field_size_mask | pseudo_header | mangled_zero | enforce | ipv6)) != 0) return negative(EINVAL);
    std::uint8_t* const place = sum_at(packet, static_cast<std::uint32_t>(offset));
    if (place == nullptr) return negative(EFAULT);
    auto sum = load_unaligned<std::uint16_t>(place);
    if ((flags & mangled_zero) != 0 && (flags & enforce) == 0 && sum == 0) return std::uint64_t{0};
    const std::uint64_t size = flags & field_size_mask;
    if (size == 0 && from == 0) {
      sum = checksum_apply(sum, static_cast<std::uint32_t>(to));
    } else if (size == 2) {
      sum = checksum_replace(sum, static_cast<std::uint16_t>(from), static_cast<std::uint16_t>(to));
    } else if (size == 4) {
      sum = checksum_replace(sum, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to));
    } else {
      return negative(EINVAL);
    }
    if ((flags & mangled_zero) != 0 && sum == 0) sum = 0xffff;
    store_unaligned(place, sum);
    return std::uint64_t{0};
  });
}

std::uint64_t helper_csum_diff(Machine&, std::uint64_t from, std::uint64_t from_size, std::uint64_t to,
                               std::uint64_t to_size, std::uint64_t seed) {
  const auto old_bytes = static_cast<std::uint32_t>(from_size), new_bytes = static_cast<std::uint32_t>(to_size);
  // Before Linux 6.13 both sizes had to be multiples of 4.
  auto sum = static_cast<std::uint32_t>(seed);
  if (new_bytes != 0) sum = checksum_of({Machine::at(to), new_bytes}, sum);
  if (old_bytes != 0) {
    const ByteView old{Machine::at(from), old_bytes};
    // Linux takes a removal alone by inverting around the sum: the other zero may come out.
    sum = new_bytes != 0 ? checksum_subtract(sum, checksum_of(old, 0)) : ~checksum_of(old, ~sum);
  }
  return checksum_fold(sum);
}

std::uint64_t helper_csum_update(Machine& machine, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                                 std::uint64_t) {
  return with_packet(machine,
                     [](const PacketBuffer&) { return negative(not_supported); });  // no CHECKSUM_COMPLETE here
}

}  // namespace skep
