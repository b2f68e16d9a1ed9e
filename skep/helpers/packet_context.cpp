// Context fields of packet programs: a load or store at a UAPI offset becomes a read or write of PacketMetadata or of
// the buffer's borders, where Linux rewrites the instruction (bpf_convert_ctx_access, xdp_convert_ctx_access). The rows
// of abi/contexts.def say what a field is; here is what narrows them down by program type: sk_filter_is_valid_access(),
// lwt_is_valid_access(), tc_cls_act_is_valid_access() in net/core/filter.c.
#include <algorithm>

#include "skep/helpers/packet.hpp"

namespace skep {
namespace {

/// Fields that are a word of PacketMetadata; `mask` is the width of the sk_buff's own field.
struct MetadataField {
  ContextField field;
  std::uint32_t PacketMetadata::*member;
  std::uint32_t mask = 0xffffffff;
};
constexpr std::uint32_t half = 0xffff;
constexpr MetadataField metadata_fields[] = {
    {ContextField::xdp_md_ingress_ifindex, &PacketMetadata::ingress_ifindex},
    {ContextField::xdp_md_rx_queue_index, &PacketMetadata::rx_queue_index},
    {ContextField::xdp_md_egress_ifindex, &PacketMetadata::egress_ifindex},
    {ContextField::sk_buff_pkt_type, &PacketMetadata::pkt_type},
    {ContextField::sk_buff_mark, &PacketMetadata::mark},
    {ContextField::sk_buff_queue_mapping, &PacketMetadata::queue_mapping, half},
    {ContextField::sk_buff_protocol, &PacketMetadata::protocol, half},
    {ContextField::sk_buff_vlan_present, &PacketMetadata::vlan_present},
    {ContextField::sk_buff_vlan_tci, &PacketMetadata::vlan_tci, half},
    {ContextField::sk_buff_vlan_proto, &PacketMetadata::vlan_proto, half},
    {ContextField::sk_buff_priority, &PacketMetadata::priority},
    {ContextField::sk_buff_ingress_ifindex, &PacketMetadata::ingress_ifindex},
    {ContextField::sk_buff_ifindex, &PacketMetadata::ifindex},
    {ContextField::sk_buff_tc_index, &PacketMetadata::tc_index, half},
    {ContextField::sk_buff_hash, &PacketMetadata::hash},
    {ContextField::sk_buff_tc_classid, &PacketMetadata::tc_classid, half},
    {ContextField::sk_buff_gso_segs, &PacketMetadata::gso_segs, half},
    {ContextField::sk_buff_gso_size, &PacketMetadata::gso_size, half},
};

const MetadataField* find_metadata(ContextField field) {
  const auto found = std::find_if(std::begin(metadata_fields), std::end(metadata_fields),
                                  [field](const MetadataField& candidate) { return candidate.field == field; });
  return found == std::end(metadata_fields) ? nullptr : &*found;
}

template <std::size_t count>
bool is_one_of(ContextField field, const ContextField (&fields)[count]) {
  return std::find(std::begin(fields), std::end(fields), field) != std::end(fields);
}

bool is_traffic_control(ProgramType type) { return type == ProgramType::sched_cls || type == ProgramType::sched_act; }

bool may_load(ProgramType type, const ContextFieldInfo& info) {
  if (!info.readable) return false;
  if (info.context == ContextKind::xdp_md || is_traffic_control(type)) return true;
  constexpr ContextField traffic_control_only[] = {ContextField::sk_buff_tc_classid, ContextField::sk_buff_data_meta,
                                                   ContextField::sk_buff_tstamp, ContextField::sk_buff_wire_len,
                                                   ContextField::sk_buff_hwtstamp};
  if (is_one_of(info.field, traffic_control_only)) return false;
  return type != ProgramType::socket_filter ||
         (info.kind != FieldKind::packet_start && info.kind != FieldKind::packet_end);
}

bool may_store(ProgramType type, const ContextFieldInfo& info) {
  if (!info.writable) return false;
  if (is_traffic_control(type)) return true;
  if (type == ProgramType::socket_filter) return info.field == ContextField::sk_buff_cb;
  constexpr ContextField light_tunnels[] = {ContextField::sk_buff_mark, ContextField::sk_buff_priority,
                                            ContextField::sk_buff_cb};
  return is_one_of(info.field, light_tunnels);
}

/// The bytes [at, at + bytes) of a little-endian field.
std::uint64_t part_of(std::uint64_t field, std::uint32_t at, std::uint32_t bytes) {
  const std::uint64_t shifted = field >> 8 * at;
  return bytes >= 8 ? shifted : shifted & ((std::uint64_t{1} << 8 * bytes) - 1);
}

}  // namespace

bool PacketBuffer::load(std::uint32_t offset, std::uint32_t bytes, std::uint64_t& value) {
  const ContextFieldInfo* info = find_context_field(kind_, offset, bytes);
  if (info == nullptr || offset % bytes != 0 || !may_load(type_, *info)) return false;
  if (!info->narrow && bytes != info->size) return false;
  const std::uint32_t at = offset - info->offset;
  switch (info->kind) {
    case FieldKind::packet_start: return value = data_address(), true;
    case FieldKind::packet_end: return value = data_end_address(), true;
    case FieldKind::packet_meta: return value = meta_address(), true;
    case FieldKind::pointer: return value = 0, true;  // __sk_buff.sk: no packet here belongs to a socket
    case FieldKind::scalar: break;
  }
  if (info->field == ContextField::sk_buff_cb) {
    value = 0;
    std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(metadata.cb.data()) + at, bytes);
    return true;
  }
  std::uint64_t whole = 0;  // what is not named below is not known here: napi_id, tstamp_type
  if (const MetadataField* field = find_metadata(info->field)) whole = metadata.*field->member & field->mask;
  if (info->field == ContextField::sk_buff_len || info->field == ContextField::sk_buff_wire_len) whole = length();
  if (info->field == ContextField::sk_buff_tstamp) whole = metadata.tstamp;
  if (info->field == ContextField::sk_buff_hwtstamp) whole = metadata.hwtstamp;
  value = part_of(whole, at, bytes);
  return true;
}

bool PacketBuffer::store(std::uint32_t offset, std::uint32_t bytes, std::uint64_t value) {
  const ContextFieldInfo* info = find_context_field(kind_, offset, bytes);
  if (info == nullptr || offset % bytes != 0 || !may_store(type_, *info)) return false;
  if (!info->narrow_write && bytes != info->size) return false;
  if (info->field == ContextField::sk_buff_cb) {
    std::memcpy(reinterpret_cast<std::uint8_t*>(metadata.cb.data()) + (offset - info->offset), &value, bytes);
    return true;
  }
  if (info->field == ContextField::sk_buff_tstamp) return metadata.tstamp = value, true;
  const MetadataField* field = find_metadata(info->field);
  CHECK(field != nullptr);
  const auto word = static_cast<std::uint32_t>(value);
  constexpr std::uint32_t no_queue_mapping = 0xffff;  // a mapping that does not fit is not stored
  if (info->field == ContextField::sk_buff_queue_mapping && word >= no_queue_mapping) return true;
  metadata.*field->member = word & field->mask;
  return true;
}

}  // namespace skep
