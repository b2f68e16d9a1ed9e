// VLAN tags of an sk_buff. As in Linux the outermost tag lives beside the packet (vlan_present, vlan_tci, vlan_proto),
// further ones in its bytes: pushing writes the tag that was beside into the bytes, popping takes the next one out of
// them. Rules: skb_vlan_push(), skb_vlan_pop(), net/core/skbuff.c.
#include <cerrno>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/packet_call.hpp"

namespace skep {
namespace {

constexpr std::uint32_t tag_offset = 12;  ///< behind the two Ethernet addresses
constexpr std::uint32_t tag_bytes = 4;    ///< protocol, tag control information
constexpr std::uint16_t protocol_8021q = 0x8100, protocol_8021ad = 0x88a8;
constexpr std::uint16_t protocol_8023_min = 0x0600, protocol_8023 = 0x0001, protocol_8022 = 0x0004;

bool is_vlan(std::uint32_t network_order) {
  const std::uint16_t protocol = byte_swap(static_cast<std::uint16_t>(network_order));
  return protocol == protocol_8021q || protocol == protocol_8021ad;
}

std::uint16_t word_at(PacketBuffer& packet, std::uint32_t offset) {
  return byte_swap(load_unaligned<std::uint16_t>(packet.data().data() + offset));
}

/// vlan_set_encap_proto(): what the packet carries now that its tag is gone.
void set_inner_protocol(PacketBuffer& packet) {
  std::uint16_t protocol = word_at(packet, tag_offset);
  if (protocol < protocol_8023_min) {
    const bool raw = contains(packet, tag_offset + 2, 2) && word_at(packet, tag_offset + 2) == 0xffff;
    protocol = raw ? protocol_8023 : protocol_8022;
  }
  packet.metadata.protocol = byte_swap(protocol);
}

/// __skb_vlan_pop(): takes the first tag out of the bytes.
int take_tag(PacketBuffer& packet, std::uint16_t& control) {
  if (!contains(packet, 0, tag_offset + tag_bytes + 2)) return -ENOMEM;
  control = word_at(packet, tag_offset + 2);
  if (const int result = packet.open_gap(tag_offset, -static_cast<std::int32_t>(tag_bytes)); result != 0) return result;
  set_inner_protocol(packet);
  return 0;
}

void put_beside(PacketBuffer& packet, std::uint32_t protocol, std::uint16_t control) {
  packet.metadata.vlan_present = 1;
  packet.metadata.vlan_proto = protocol & 0xffff;
  packet.metadata.vlan_tci = control;
}

void clear_beside(PacketBuffer& packet) {
  packet.metadata.vlan_present = packet.metadata.vlan_proto = packet.metadata.vlan_tci = 0;
}

int push(PacketBuffer& packet, std::uint16_t protocol, std::uint16_t control) {
  PacketMetadata& metadata = packet.metadata;
  if (metadata.vlan_present != 0) {
    if (const int result = packet.open_gap(tag_offset, static_cast<std::int32_t>(tag_bytes)); result != 0)
      return result;
    store_unaligned(packet.data().data() + tag_offset, static_cast<std::uint16_t>(metadata.vlan_proto));
    store_unaligned(packet.data().data() + tag_offset + 2, byte_swap(static_cast<std::uint16_t>(metadata.vlan_tci)));
    metadata.protocol = metadata.vlan_proto;
  }
  put_beside(packet, protocol, control);
  return 0;
}

int pop(PacketBuffer& packet) {
  std::uint16_t control = 0;
  if (packet.metadata.vlan_present != 0) {
    clear_beside(packet);
  } else {
    if (!is_vlan(packet.metadata.protocol)) return 0;
    if (const int result = take_tag(packet, control); result != 0) return result;
  }
  if (!is_vlan(packet.metadata.protocol)) return 0;
  const std::uint32_t protocol = packet.metadata.protocol;
  if (const int result = take_tag(packet, control); result != 0) return result;
  put_beside(packet, protocol, control);
  return 0;
}

}  // namespace

std::uint64_t helper_skb_vlan_push(Machine& machine, std::uint64_t, std::uint64_t protocol, std::uint64_t control,
                                   std::uint64_t, std::uint64_t) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    auto wanted = static_cast<std::uint16_t>(protocol);  // network byte order
    if (!is_vlan(wanted)) wanted = byte_swap(protocol_8021q);
    const int result = push(packet, wanted, static_cast<std::uint16_t>(control));
    packet.refresh(machine);
    return as_result(result);
  });
}

std::uint64_t helper_skb_vlan_pop(Machine& machine, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                                  std::uint64_t) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    const int result = pop(packet);
    packet.refresh(machine);
    return as_result(result);
  });
}

}  // namespace skep
