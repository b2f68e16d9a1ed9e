#include "skep/user/test_context.hpp"

#include <algorithm>
#include <cerrno>

namespace skep {
namespace {

// Offsets in struct __sk_buff (include/uapi/linux/bpf.h).
constexpr std::size_t mark = 8, queue_mapping = 12, priority = 32, ingress_ifindex = 36, ifindex = 40, cb = 48,
                      tstamp = 152, wire_len = 160, gso_segs = 164, gso_size = 176, hwtstamp = 184;

std::uint32_t word(ByteView context, std::size_t offset) {
  return load_unaligned<std::uint32_t>(context.data() + offset);
}

/// Bytes [from, to) all zero?
bool zero(ByteView context, std::size_t from, std::size_t to) {
  return std::all_of(context.begin() + static_cast<std::ptrdiff_t>(from),
                     context.begin() + static_cast<std::ptrdiff_t>(to), [](std::uint8_t b) { return b == 0; });
}

}  // namespace

long check_xdp_context(ByteView context, std::uint32_t data_size, std::uint32_t& meta) {
  const std::uint32_t data = word(context, 0);
  const std::uint32_t data_end = word(context, 4);
  const std::uint32_t data_meta = word(context, 8);
  // "data" may be set to say how much metadata data_in starts with; everything must add up.
  if (data_meta != 0 || data_end != data_size || data > data_end) return -EINVAL;
  if (word(context, 20) != 0) return -EINVAL;  // egress_ifindex
  meta = data;
  return meta % 4 != 0 || meta > 252 ? -EINVAL : 0;
}

long apply_xdp_context(ByteView context, PacketBuffer& packet) {
  const std::uint32_t index = word(context, 12);
  const std::uint32_t queue = word(context, 16);
  if (index == 0 && queue != 0) return -EINVAL;
  packet.metadata.ingress_ifindex = index == 0 ? 1 : index;
  packet.metadata.rx_queue_index = queue;
  return 0;
}

long apply_skb_context(ByteView context, ByteView frame, bool given, PacketBuffer& packet) {
  PacketMetadata& meta = packet.metadata;
  // eth_type_trans(): the protocol in network byte order; group addresses make PACKET_BROADCAST (1) or PACKET_MULTICAST
  // (2), others PACKET_OTHERHOST (3).
  meta.protocol = load_unaligned<std::uint16_t>(frame.data() + 12);
  const bool broadcast = std::all_of(frame.begin(), frame.begin() + 6, [](std::uint8_t byte) { return byte == 0xff; });
  const bool own_address = zero(frame, 0, 6);  // the loopback device's address
  meta.pkt_type = broadcast ? 1 : (frame[0] & 1) != 0 ? 2 : own_address ? 0 : 3;
  if (!given) return 0;
  const bool allowed = zero(context, 0, mark) && zero(context, mark + 4, priority) && zero(context, ifindex + 4, cb) &&
                       zero(context, cb + 20, tstamp) && zero(context, gso_segs + 4, gso_size) &&
                       zero(context, gso_size + 4, hwtstamp);
  if (!allowed) return -EINVAL;
  if (word(context, ifindex) > 1 || word(context, ingress_ifindex) > 1)
    return -EINVAL;  // only the loopback device exists here
  meta.mark = word(context, mark);
  meta.priority = word(context, priority);
  meta.ingress_ifindex = word(context, ingress_ifindex);
  for (std::size_t i = 0; i < meta.cb.size(); ++i) meta.cb[i] = word(context, cb + 4 * i);
  meta.tstamp = load_unaligned<std::uint64_t>(context.data() + tstamp);
  meta.gso_segs = word(context, gso_segs);
  meta.gso_size = word(context, gso_size);
  meta.hwtstamp = load_unaligned<std::uint64_t>(context.data() + hwtstamp);
  const std::uint32_t wire = word(context, wire_len);
  return wire != 0 && wire < packet.length() ? -EINVAL : 0;
}

void store_xdp_context(const PacketBuffer& packet, MutableBytes context) {
  const auto meta = static_cast<std::uint32_t>(packet.data_address() - packet.meta_address());
  store_unaligned(context.data(), meta);
  store_unaligned(context.data() + 4, meta + packet.length());
  store_unaligned(context.data() + 8, std::uint32_t{0});
}

void store_skb_context(PacketBuffer& packet, MutableBytes context) {
  const PacketMetadata& meta = packet.metadata;
  store_unaligned(context.data() + mark, meta.mark);
  store_unaligned(context.data() + queue_mapping, meta.queue_mapping);
  store_unaligned(context.data() + priority, meta.priority);
  store_unaligned(context.data() + ingress_ifindex, meta.ingress_ifindex);
  store_unaligned(context.data() + ifindex, meta.ifindex);
  for (std::size_t i = 0; i < meta.cb.size(); ++i) store_unaligned(context.data() + cb + 4 * i, meta.cb[i]);
  store_unaligned(context.data() + tstamp, meta.tstamp);
  store_unaligned(context.data() + wire_len, packet.length());
  store_unaligned(context.data() + gso_segs, meta.gso_segs);
  store_unaligned(context.data() + hwtstamp, meta.hwtstamp);
}

}  // namespace skep
