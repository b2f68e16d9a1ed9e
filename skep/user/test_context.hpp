// The context structs that PROG_TEST_RUN takes and gives: which fields of struct xdp_md and struct __sk_buff a caller
// may set, and how they come to lie in the packet's metadata (xdp_convert_md_to_buff, convert___skb_to_skb in
// net/bpf/test_run.c).
#pragma once

#include "skep/helpers/helpers.hpp"

namespace skep {

inline constexpr std::size_t xdp_md_bytes = 24;
inline constexpr std::size_t sk_buff_bytes = 192;

/// data, data_meta and data_end must describe data_in: `meta` bytes of metadata, then the packet. 0 or -EINVAL.
[[nodiscard]] long check_xdp_context(ByteView context, std::uint32_t data_size, std::uint32_t& meta);
[[nodiscard]] long apply_xdp_context(ByteView context, PacketBuffer& packet);
/// `frame` begins with the Ethernet header; it gives protocol and packet type. 0 or -EINVAL if a field is set that may
/// not be.
[[nodiscard]] long apply_skb_context(ByteView context, ByteView frame, bool given, PacketBuffer& packet);
void store_xdp_context(const PacketBuffer& packet, MutableBytes context);
void store_skb_context(PacketBuffer& packet, MutableBytes context);

}  // namespace skep
