// The bytes of a packet and their moves. For xdp the frame is fixed: moves stay inside it by the rules of
// bpf_xdp_adjust_head, _meta and _tail (net/core/filter.c). An skb grows where it must, as skb_cow() and
// pskb_expand_head() let it.
#include "skep/helpers/packet.hpp"

#include <algorithm>
#include <cerrno>

namespace skep {
namespace {

constexpr std::uint32_t frame_bytes_in_headroom =
    40;  ///< sizeof(struct xdp_frame), which Linux keeps at the start of the headroom
constexpr std::uint32_t meta_limit =
    252;  ///< xdp_metalen_invalid(): a multiple of 4 that fits skb_shared_info::meta_len
constexpr std::uint32_t growth_reserve =
    128;  ///< spare room when a buffer is made anew, so that the next push finds some

}  // namespace

PacketBuffer::PacketBuffer(ContextKind kind, ProgramType type, ByteView bytes, std::uint32_t headroom,
                           std::uint32_t tailroom)
    : kind_(kind),
      type_(type),
      meta_(headroom),
      start_(headroom),
      end_(headroom + static_cast<std::uint32_t>(bytes.size())),
      network_offset_(type == ProgramType::sched_cls || type == ProgramType::sched_act ? ethernet_header_bytes : 0) {
  buffer_.reserve(static_cast<std::size_t>(end_) + tailroom);
  buffer_.resize(headroom);
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  buffer_.resize(static_cast<std::size_t>(end_) + tailroom);
}

std::vector<Region> PacketBuffer::regions() const {
  std::vector<Region> regions;
  regions.push_back({.begin = data_address(), .size = length(), .kind = RegionKind::packet, .name = "the packet"});
  if (meta_ != start_) {
    regions.push_back({.begin = meta_address(),
                       .size = start_ - meta_,
                       .kind = RegionKind::packet_meta,
                       .name = "the packet's metadata"});
  }
  return regions;
}

void PacketBuffer::refresh(Machine& machine) const {
  machine.remove_regions_of_kind(RegionKind::packet);
  machine.remove_regions_of_kind(RegionKind::packet_meta);
  for (const Region& region : regions()) machine.add_region(region);
}

int PacketBuffer::adjust_head(std::int32_t delta) {
  const std::uint32_t meta_length = start_ - meta_;
  const std::int64_t data = std::int64_t{start_} + delta;
  if (data < std::int64_t{frame_bytes_in_headroom} + meta_length || data > std::int64_t{end_} - ethernet_header_bytes)
    return -EINVAL;
  const auto moved = static_cast<std::uint32_t>(data);
  std::memmove(buffer_.data() + moved - meta_length, buffer_.data() + meta_, meta_length);
  meta_ = moved - meta_length;
  start_ = moved;
  return 0;
}

int PacketBuffer::adjust_meta(std::int32_t delta) {
  const std::int64_t meta = std::int64_t{meta_} + delta;
  if (meta < frame_bytes_in_headroom || meta > start_) return -EINVAL;
  const std::int64_t length = start_ - meta;
  if (length % 4 != 0 || length > meta_limit) return -EACCES;
  meta_ = static_cast<std::uint32_t>(meta);
  return 0;
}

int PacketBuffer::adjust_tail(std::int32_t delta) {
  const std::int64_t end = std::int64_t{end_} + delta;
  if (end > static_cast<std::int64_t>(buffer_.size()) || end < std::int64_t{start_} + ethernet_header_bytes)
    return -EINVAL;
  if (delta > 0) std::fill_n(buffer_.begin() + end_, delta, std::uint8_t{0});
  end_ = static_cast<std::uint32_t>(end);
  return 0;
}

int PacketBuffer::resize(std::uint32_t new_length) {
  if (new_length > packet_limit) return -EINVAL;
  const std::uint32_t end = start_ + new_length;
  if (end > buffer_.size()) buffer_.resize(end);
  if (end > end_) std::fill(buffer_.begin() + end_, buffer_.begin() + end, std::uint8_t{0});
  end_ = end;
  return 0;
}

int PacketBuffer::open_gap(std::uint32_t offset, std::int32_t bytes) {
  const std::int64_t new_length = std::int64_t{length()} + bytes;
  if (offset > length() || new_length < offset || new_length > packet_limit) return -EINVAL;
  if (bytes > 0) make_headroom(static_cast<std::uint32_t>(bytes));
  const auto moved = static_cast<std::uint32_t>(std::int64_t{start_} - bytes);
  std::memmove(buffer_.data() + moved, buffer_.data() + start_, offset);
  if (bytes > 0) std::fill_n(buffer_.begin() + moved + offset, bytes, std::uint8_t{0});
  start_ = meta_ = moved;
  return 0;
}

void PacketBuffer::set_hidden_header(ByteView header) {
  make_headroom(static_cast<std::uint32_t>(header.size()));
  hidden_bytes_ = static_cast<std::uint32_t>(header.size());
  std::copy(header.begin(), header.end(), buffer_.begin() + start_ - hidden_bytes_);
}

ByteView PacketBuffer::bytes_from_link_header() {
  return {buffer_.data() + start_ - hidden_bytes_, hidden_bytes_ + length()};
}

ByteView PacketBuffer::bytes_from_network_header() {
  return ByteView(data()).subspan(std::min(network_offset_, length()));
}

void PacketBuffer::make_headroom(std::uint32_t bytes) {
  if (meta_ >= bytes) return;
  const std::uint32_t more = bytes - meta_ + growth_reserve;
  buffer_.insert(buffer_.begin(), more, std::uint8_t{0});
  meta_ += more;
  start_ += more;
  end_ += more;
}

}  // namespace skep
