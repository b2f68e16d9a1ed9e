// PacketBuffer: one packet with room around it, as xdp_buff and sk_buff see it; the packet helpers work on it and the
// context accessors read it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "skep/abi/abi.hpp"
#include "skep/base/base.hpp"
#include "skep/vm/vm.hpp"

namespace skep {

inline constexpr std::uint32_t xdp_headroom = 256;  ///< XDP_PACKET_HEADROOM
inline constexpr std::uint32_t packet_limit = 65535;
inline constexpr std::uint32_t ethernet_header_bytes = 14;

/// What a program may know or set besides bytes (the fields of struct __sk_buff and struct xdp_md with UAPI meaning).
struct PacketMetadata {
  std::uint32_t ifindex = 1;
  std::uint32_t ingress_ifindex = 0;
  std::uint32_t rx_queue_index = 0;
  std::uint32_t egress_ifindex = 0;
  std::uint32_t mark = 0;
  std::uint32_t priority = 0;
  std::uint32_t queue_mapping = 0;
  std::uint32_t protocol = 0;  ///< network byte order, from the Ethernet header
  std::uint32_t pkt_type = 0;
  std::uint32_t vlan_present = 0;
  std::uint32_t vlan_tci = 0;
  std::uint32_t vlan_proto = 0;
  std::uint32_t tc_index = 0;
  std::uint32_t hash = 0;
  std::uint32_t tc_classid = 0;
  std::uint32_t gso_segs = 0;
  std::uint32_t gso_size = 0;
  std::uint64_t tstamp = 0;
  std::uint64_t hwtstamp = 0;
  std::array<std::uint32_t, 5> cb{};
  bool encapsulated = false;  ///< skb->encapsulation: adjust_room has put an outer header in front
};

/// The bytes [data, data_end) inside a buffer with headroom and tailroom; meta ≤ data is xdp's metadata area.
class PacketBuffer final : public ContextAccess {
 public:
  /// kind: xdp_md or sk_buff: which fields load() and store() serve.
  PacketBuffer(ContextKind kind, ProgramType type, ByteView bytes, std::uint32_t headroom, std::uint32_t tailroom);

  PacketMetadata metadata;

  [[nodiscard]] ContextKind kind() const { return kind_; }
  [[nodiscard]] ProgramType type() const { return type_; }
  [[nodiscard]] std::uint32_t length() const { return end_ - start_; }
  [[nodiscard]] MutableBytes data() { return {buffer_.data() + start_, end_ - start_}; }
  [[nodiscard]] ByteView data() const { return {buffer_.data() + start_, end_ - start_}; }
  [[nodiscard]] MutableBytes meta() { return {buffer_.data() + meta_, start_ - meta_}; }
  [[nodiscard]] std::uint64_t data_address() const { return reinterpret_cast<std::uint64_t>(buffer_.data()) + start_; }
  [[nodiscard]] std::uint64_t data_end_address() const { return data_address() + (end_ - start_); }
  [[nodiscard]] std::uint64_t meta_address() const { return reinterpret_cast<std::uint64_t>(buffer_.data()) + meta_; }
  /// The packet (and meta) as regions a program may touch now; whoever moves the packet refreshes the machine's.
  [[nodiscard]] std::vector<Region> regions() const;
  /// Replaces the machine's packet regions by regions().
  void refresh(Machine& machine) const;

  // ---- xdp: the buffer is as large as it is. Moves with the kernel's rules: 0 or a negative errno ----

  [[nodiscard]] int adjust_head(std::int32_t delta);  ///< bpf_xdp_adjust_head
  [[nodiscard]] int adjust_meta(std::int32_t delta);  ///< bpf_xdp_adjust_meta
  [[nodiscard]] int adjust_tail(std::int32_t delta);  ///< bpf_xdp_adjust_tail

  // ---- skb: the buffer grows as needed ----

  /// A new length; bytes that come are zero. 0, or -EINVAL beyond packet_limit.
  [[nodiscard]] int resize(std::uint32_t new_length);
  /// Opens (bytes > 0, zeroed) or closes (bytes < 0) a gap at an offset: what is before it moves, the rest stays. 0, or
  /// -EINVAL if the packet would end before the gap or become longer than packet_limit.
  [[nodiscard]] int open_gap(std::uint32_t offset, std::int32_t bytes);

  /// Where the network header begins, from the start of the buffer's data: 14 for programs that see the Ethernet
  /// header, else 0. It moves with the bytes it stands before.
  [[nodiscard]] std::uint32_t network_offset() const { return network_offset_; }
  void set_network_offset(std::uint32_t offset) { network_offset_ = offset; }
  /// The Ethernet header that programs see that do not get it with data(): for bpf_skb_load_bytes_relative. Copied in
  /// front of the data.
  void set_hidden_header(ByteView header);
  [[nodiscard]] ByteView hidden_header() const { return {buffer_.data() + start_ - hidden_bytes_, hidden_bytes_}; }

  bool load(std::uint32_t offset, std::uint32_t bytes, std::uint64_t& value) override;
  bool store(std::uint32_t offset, std::uint32_t bytes, std::uint64_t value) override;
  /// Classic packet loads start where data() starts.
  [[nodiscard]] ByteView packet_bytes() override { return data(); }
  [[nodiscard]] ByteView bytes_from_network_header() override;
  [[nodiscard]] ByteView bytes_from_link_header() override;

 private:
  void make_headroom(std::uint32_t bytes);

  ContextKind kind_;
  ProgramType type_;
  ByteVector buffer_;
  std::uint32_t meta_;
  std::uint32_t start_;
  std::uint32_t end_;
  std::uint32_t network_offset_;
  std::uint32_t hidden_bytes_ = 0;
};

}  // namespace skep
