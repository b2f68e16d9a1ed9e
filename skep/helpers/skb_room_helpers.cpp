// Helpers that change the length of an sk_buff: at its tail, at its head, between its link and network headers
// (net/core/filter.c).
#include <cerrno>
#include <cstdlib>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/packet_call.hpp"

namespace skep {
namespace {

constexpr int not_supported = 524;                   ///< ENOTSUPP, which user space's headers lack
constexpr std::uint32_t length_limit = 16384 - 320;  ///< BPF_SKB_MAX_LEN: four pages without skb_shared_info
constexpr std::uint32_t adjust_limit = 0xfff;
constexpr std::uint32_t ipv4_header = 20, ipv6_header = 40;
constexpr std::uint16_t protocol_ipv4 = 0x0800, protocol_ipv6 = 0x86dd;

// BPF_F_ADJ_ROOM_*
constexpr std::uint64_t fixed_gso = 1U << 0, encap_ipv4 = 1U << 1, encap_ipv6 = 1U << 2, encap_gre = 1U << 3,
                        encap_udp = 1U << 4, keep_checksum = 1U << 5, encap_ethernet = 1U << 6, decap_ipv4 = 1U << 7,
                        decap_ipv6 = 1U << 8;
constexpr std::uint64_t encap_l2_shift = 56;
constexpr std::uint64_t encap_l2_length = std::uint64_t{0xff} << encap_l2_shift;
constexpr std::uint64_t encap = encap_ipv4 | encap_ipv6 | encap_gre | encap_udp | encap_ethernet | encap_l2_length;
constexpr std::uint64_t decap = decap_ipv4 | decap_ipv6;

enum class RoomMode : std::uint32_t { net = 0, mac = 1 };  ///< enum bpf_adj_room_mode

std::uint16_t protocol_of(const PacketBuffer& packet) {
  return byte_swap(static_cast<std::uint16_t>(packet.metadata.protocol));
}
void set_protocol(PacketBuffer& packet, std::uint16_t protocol) { packet.metadata.protocol = byte_swap(protocol); }

/// bpf_skb_net_base_len(), for the two protocols that adjust_room knows.
std::uint32_t network_header_bytes(std::uint16_t protocol) {
  return protocol == protocol_ipv4 ? ipv4_header : ipv6_header;
}

/// The errno of the encapsulation flags of bpf_skb_net_grow(), or 0. They matter only beside an outer IP header.
int check_encapsulation(const PacketBuffer& packet, std::uint32_t bytes, std::uint64_t flags) {
  if ((flags & (encap_ipv4 | encap_ipv6)) == 0) return 0;
  if ((flags & encap_ipv4) != 0 && (flags & encap_ipv6) != 0) return EINVAL;
  if ((flags & encap_gre) != 0 && (flags & encap_udp) != 0) return EINVAL;
  const std::uint64_t inner_link_header = flags >> encap_l2_shift;
  if ((flags & encap_ethernet) != 0 && inner_link_header < ethernet_header_bytes) return EINVAL;
  if (packet.metadata.encapsulated) return EALREADY;
  return inner_link_header > bytes ? EINVAL : 0;
}

int grow(PacketBuffer& packet, std::uint32_t offset, std::uint32_t bytes, std::uint64_t flags) {
  if (const int error = check_encapsulation(packet, bytes, flags); error != 0) return -error;
  if (const int result = packet.open_gap(offset, static_cast<std::int32_t>(bytes)); result != 0) return result;
  if ((flags & (encap_ipv4 | encap_ipv6)) == 0) return 0;
  packet.metadata.encapsulated = true;
  // The packet is now what its new outer header says.
  set_protocol(packet, (flags & encap_ipv4) != 0 ? protocol_ipv4 : protocol_ipv6);
  return 0;
}

int shrink(PacketBuffer& packet, std::uint32_t offset, std::uint32_t bytes, std::uint64_t flags) {
  if ((flags & ~(fixed_gso | decap | keep_checksum)) != 0) return -EINVAL;
  if (std::uint64_t{offset} + bytes > packet.length()) return -ENOMEM;
  if (const int result = packet.open_gap(offset, -static_cast<std::int32_t>(bytes)); result != 0) return result;
  if ((flags & decap_ipv6) != 0) set_protocol(packet, protocol_ipv6);
  if ((flags & decap_ipv4) != 0) set_protocol(packet, protocol_ipv4);
  return 0;
}

/// bpf_skb_adjust_room(): its checks in its order.
int adjust_room(PacketBuffer& packet, std::int32_t difference, std::uint32_t mode, std::uint64_t flags) {
  if ((flags & ~(fixed_gso | encap | decap | keep_checksum)) != 0) return -EINVAL;
  const std::uint32_t bytes =
      difference < 0 ? 0U - static_cast<std::uint32_t>(difference) : static_cast<std::uint32_t>(difference);
  if (bytes > adjust_limit) return -EFAULT;
  const std::uint16_t protocol = protocol_of(packet);
  if (protocol != protocol_ipv4 && protocol != protocol_ipv6) return -not_supported;
  std::uint32_t smallest = network_header_bytes(protocol);
  std::uint32_t offset = packet.network_offset();
  if (mode == static_cast<std::uint32_t>(RoomMode::net)) {
    offset += smallest;
  } else if (mode != static_cast<std::uint32_t>(RoomMode::mac)) {
    return -not_supported;
  }
  if ((flags & decap) != 0) {
    if (difference >= 0 || (flags & decap) == decap) return -EINVAL;
    smallest = (flags & decap_ipv4) != 0 ? ipv4_header : ipv6_header;
  }
  const std::int64_t now = std::int64_t{packet.length()} - packet.network_offset();
  if (difference < 0)
    return bytes >= now || now - bytes < smallest ? -not_supported : shrink(packet, offset, bytes, flags);
  return packet.length() + bytes > length_limit ? -not_supported : grow(packet, offset, bytes, flags);
}

template <typename Change>
std::uint64_t change(Machine& machine, const Change& apply) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    const int result = apply(packet);
    if (result == 0) packet.refresh(machine);
    return as_result(result);
  });
}

}  // namespace

std::uint64_t helper_skb_change_tail(Machine& machine, std::uint64_t, std::uint64_t wanted, std::uint64_t flags,
                                     std::uint64_t, std::uint64_t) {
  return change(machine, [&](PacketBuffer& packet) {
    const auto length = static_cast<std::uint32_t>(wanted);
    if (flags != 0 || length > length_limit || length < packet.network_offset()) return -EINVAL;
    if (packet.metadata.encapsulated) return -not_supported;
    return packet.resize(length);
  });
}

std::uint64_t helper_skb_change_head(Machine& machine, std::uint64_t, std::uint64_t room, std::uint64_t flags,
                                     std::uint64_t, std::uint64_t) {
  return change(machine, [&](PacketBuffer& packet) {
    const auto bytes = static_cast<std::int32_t>(room);
    if (flags != 0 || bytes < 0 || std::uint64_t{packet.length()} + static_cast<std::uint32_t>(bytes) > length_limit)
      return -EINVAL;
    const int result = packet.open_gap(0, bytes);
    if (result == 0) packet.set_network_offset(packet.network_offset() + static_cast<std::uint32_t>(bytes));
    return result;
  });
}

std::uint64_t helper_skb_adjust_room(Machine& machine, std::uint64_t, std::uint64_t difference, std::uint64_t mode,
                                     std::uint64_t flags, std::uint64_t) {
  return change(machine, [&](PacketBuffer& packet) {
    return adjust_room(packet, static_cast<std::int32_t>(difference), static_cast<std::uint32_t>(mode), flags);
  });
}

}  // namespace skep
