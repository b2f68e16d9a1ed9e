// Helpers that read and write an sk_buff's bytes by offset (net/core/filter.c).
#include <cerrno>
#include <climits>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/packet_call.hpp"

namespace skep {
namespace {

constexpr std::uint64_t recompute_checksum = 1, invalidate_hash = 2;   ///< BPF_F_RECOMPUTE_CSUM, BPF_F_INVALIDATE_HASH
constexpr std::uint32_t from_mac_header = 0, from_network_header = 1;  ///< enum bpf_hdr_start_off

/// Copies out, or zero-fills and fails as Linux does.
std::uint64_t load_bytes(ByteView bytes, std::uint64_t offset, std::uint64_t to, std::uint32_t length) {
  if (offset + length > bytes.size()) {
    std::memset(Machine::at(to), 0, length);
    return negative(EFAULT);
  }
  std::memmove(Machine::at(to), bytes.data() + offset, length);
  return 0;
}

}  // namespace

std::uint64_t helper_skb_store_bytes(Machine& machine, std::uint64_t, std::uint64_t to, std::uint64_t from,
                                     std::uint64_t length, std::uint64_t flags) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    const auto offset = static_cast<std::uint32_t>(to), bytes = static_cast<std::uint32_t>(length);
    if ((flags & ~(recompute_checksum | invalidate_hash)) != 0) return negative(EINVAL);
    if (offset > INT_MAX || !contains(packet, offset, bytes)) return negative(EFAULT);
    std::memmove(packet.data().data() + offset, Machine::at(from), bytes);
    if ((flags & invalidate_hash) != 0) packet.metadata.hash = 0;
    return std::uint64_t{0};
  });
}

std::uint64_t helper_skb_load_bytes(Machine& machine, std::uint64_t, std::uint64_t from, std::uint64_t to,
                                    std::uint64_t length, std::uint64_t) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    return load_bytes(packet.data(), static_cast<std::uint32_t>(from), to, static_cast<std::uint32_t>(length));
  });
}

std::uint64_t helper_skb_load_bytes_relative(Machine& machine, std::uint64_t, std::uint64_t from, std::uint64_t to,
                                             std::uint64_t length, std::uint64_t start) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    const auto offset = static_cast<std::uint32_t>(from), bytes = static_cast<std::uint32_t>(length);
    const auto header = static_cast<std::uint32_t>(start);
    const std::uint32_t hidden = static_cast<std::uint32_t>(packet.hidden_header().size());
    const ByteView all{packet.hidden_header().data(), hidden + packet.length()};
    const std::uint64_t origin = header == from_mac_header ? 0 : hidden + packet.network_offset();
    const bool valid = offset <= packet_limit && (header == from_mac_header || header == from_network_header);
    return load_bytes(all, valid ? origin + offset : all.size() + 1, to, bytes);
  });
}

std::uint64_t helper_skb_pull_data(Machine& machine, std::uint64_t, std::uint64_t length, std::uint64_t, std::uint64_t,
                                   std::uint64_t) {
  // Our packets are linear: everything there is, is pulled already.
  return with_packet(machine, [&](const PacketBuffer& packet) {
    return static_cast<std::uint32_t>(length) > packet.length() ? negative(ENOMEM) : 0;
  });
}

}  // namespace skep
