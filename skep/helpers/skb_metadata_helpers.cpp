// Helpers about what is known of an sk_buff besides its bytes: its flow hash and its packet type (net/core/filter.c).
#include <cerrno>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/packet_call.hpp"

namespace skep {
namespace {

constexpr std::uint32_t packet_type_limit = 3;  ///< skb_pkt_type_ok(): up to PACKET_OTHERHOST

/// The bytes that tell flows apart: addresses, protocol and ports of IPv4 and IPv6 without options; the whole packet
/// otherwise.
void mix(std::uint32_t& hash, ByteView bytes) {
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 16777619U;  // FNV-1a
}

std::uint32_t flow_hash(const PacketBuffer& packet) {
  const ByteView network = packet.data().subspan(std::min<std::size_t>(packet.network_offset(), packet.length()));
  const std::uint8_t version = network.empty() ? 0 : network[0] >> 4;
  std::uint32_t hash = 2166136261U;
  if (version == 4 && network.size() >= 24) {
    mix(hash, network.subspan(9, 1));
    mix(hash, network.subspan(12, 12));
  } else if (version == 6 && network.size() >= 44) {
    mix(hash, network.subspan(6, 1));
    mix(hash, network.subspan(8, 36));
  } else {
    mix(hash, network);
  }
  return hash == 0 ? 1 : hash;  // 0 means "not computed"
}

}  // namespace

std::uint64_t helper_get_hash_recalc(Machine& machine, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                                     std::uint64_t) {
  return with_packet(machine, [](PacketBuffer& packet) {
    if (packet.metadata.hash == 0) packet.metadata.hash = flow_hash(packet);
    return std::uint64_t{packet.metadata.hash};
  });
}

std::uint64_t helper_set_hash_invalid(Machine& machine, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                                      std::uint64_t) {
  return with_packet(machine, [](PacketBuffer& packet) {
    packet.metadata.hash = 0;
    return std::uint64_t{0};
  });
}

std::uint64_t helper_set_hash(Machine& machine, std::uint64_t, std::uint64_t hash, std::uint64_t, std::uint64_t,
                              std::uint64_t) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    packet.metadata.hash = static_cast<std::uint32_t>(hash);
    return std::uint64_t{0};
  });
}

std::uint64_t helper_skb_change_type(Machine& machine, std::uint64_t, std::uint64_t type, std::uint64_t, std::uint64_t,
                                     std::uint64_t) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    const auto wanted = static_cast<std::uint32_t>(type);
    if (packet.metadata.pkt_type > packet_type_limit || wanted > packet_type_limit) return negative(EINVAL);
    packet.metadata.pkt_type = wanted;
    return std::uint64_t{0};
  });
}

}  // namespace skep
