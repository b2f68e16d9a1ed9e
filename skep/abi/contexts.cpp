// The rows of contexts.def as a table, and which program type sees which context (ctx in the kernel's struct
// bpf_verifier_ops of the type).
#include "skep/abi/contexts.hpp"

#include <array>
#include <iterator>

namespace skep {
namespace {

/// The access column of a row.
struct Access {
  bool readable, narrow, writable, narrow_write;
};
constexpr Access hidden{false, false, false, false};
constexpr Access read{true, false, false, false};
constexpr Access narrow{true, true, false, false};
constexpr Access write{true, false, true, false};
constexpr Access assignable{true, true, true, false};
constexpr Access bytes{true, true, true, true};

constexpr ContextFieldInfo row(ContextField field, ContextKind context, std::string_view name, std::uint32_t offset,
                               std::uint32_t size, Access access, FieldKind kind) {
  return {field,           context,         name,          offset, size,
          access.readable, access.writable, access.narrow, kind,   access.narrow_write};
}

constexpr ContextFieldInfo field_rows[] = {
#define CONTEXT_FIELD(context, name, offset, size, access, kind) \
  row(ContextField::context##_##name, ContextKind::context, #name, offset, size, access, FieldKind::kind),
#include "skep/abi/contexts.def"
#undef CONTEXT_FIELD
};

// Programs read their context for every packet, so a field is found by where it starts: no field starts inside
// another's 4-byte slot.
constexpr std::size_t slot_bytes = 4;
constexpr std::size_t slots = 48;  // up to the end of struct __sk_buff
constexpr std::size_t contexts = static_cast<std::size_t>(ContextKind::record);
constexpr std::uint8_t no_field = 0xff;
static_assert(std::size(field_rows) < no_field);
using FieldBySlot = std::array<std::array<std::uint8_t, slots>, contexts>;

constexpr FieldBySlot index_fields() {
  FieldBySlot index{};
  for (auto& fields : index) fields.fill(no_field);
  for (std::size_t row_number = 0; row_number < std::size(field_rows); ++row_number) {
    const ContextFieldInfo& info = field_rows[row_number];
    auto& fields = index[static_cast<std::size_t>(info.context)];
    for (std::size_t at = info.offset / slot_bytes; at * slot_bytes < info.offset + info.size; ++at)
      fields[at] = static_cast<std::uint8_t>(row_number);
  }
  return index;
}
constexpr FieldBySlot field_by_slot = index_fields();

}  // namespace

std::span<const ContextFieldInfo> context_fields() { return field_rows; }

const ContextFieldInfo* find_context_field(ContextKind context, std::uint32_t offset, std::uint32_t size) {
  const auto kind = static_cast<std::size_t>(context);
  const std::size_t slot = offset / slot_bytes;
  if (kind >= contexts || slot >= slots || field_by_slot[kind][slot] == no_field) return nullptr;
  const ContextFieldInfo& field = field_rows[field_by_slot[kind][slot]];
  const std::uint64_t end = std::uint64_t{offset} + size;
  return field.offset <= offset && end <= std::uint64_t{field.offset} + field.size ? &field : nullptr;
}

ContextKind context_of(ProgramType type) {
  switch (type) {
    case ProgramType::xdp: return ContextKind::xdp_md;
    case ProgramType::socket_filter:
    case ProgramType::sched_cls:
    case ProgramType::sched_act:
    case ProgramType::cgroup_skb:
    case ProgramType::lwt_in:
    case ProgramType::lwt_out:
    case ProgramType::lwt_xmit:
    case ProgramType::lwt_seg6local:
    case ProgramType::sk_skb:
    case ProgramType::flow_dissector: return ContextKind::sk_buff;
    case ProgramType::kprobe: return ContextKind::pt_regs;
    case ProgramType::tracepoint:
    case ProgramType::raw_tracepoint:
    case ProgramType::raw_tracepoint_writable: return ContextKind::record;
    case ProgramType::unspec:
    case ProgramType::perf_event:  // struct bpf_perf_event_data: not described yet
    case ProgramType::cgroup_sock:
    case ProgramType::sock_ops:
    case ProgramType::cgroup_device:
    case ProgramType::sk_msg:
    case ProgramType::cgroup_sock_addr:
    case ProgramType::lirc_mode2:
    case ProgramType::sk_reuseport:
    case ProgramType::cgroup_sysctl:
    case ProgramType::cgroup_sockopt:
    case ProgramType::tracing:
    case ProgramType::struct_ops:
    case ProgramType::ext:
    case ProgramType::lsm:
    case ProgramType::sk_lookup:
    case ProgramType::syscall:
    case ProgramType::netfilter: return ContextKind::none;
  }
  return ContextKind::none;
}

}  // namespace skep
