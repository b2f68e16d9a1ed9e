// Events to user space: the ring buffer (kernel/bpf/ringbuf.c) and perf event output (kernel/trace/bpf_trace.c;
// net/core/filter.c for the forms that append packet bytes).
#include <algorithm>
#include <cerrno>

#include "skep/helpers/arguments.hpp"
#include "skep/helpers/packet.hpp"
#include "skep/helpers/table.hpp"

namespace skep {
namespace {

constexpr std::uint64_t index_mask = 0xffff'ffff;                           ///< BPF_F_INDEX_MASK, and BPF_F_CURRENT_CPU
constexpr std::uint64_t packet_length_mask = std::uint64_t{0xfffff} << 32;  ///< BPF_F_CTXLEN_MASK

RingBufferMap* ring_buffer(const Machine& machine, std::uint64_t handle) {
  return static_cast<RingBufferMap*>(map_of_type(machine, handle, MapType::ringbuf));
}

/// Ends a reservation: the record is no longer the program's. Its ring buffer, or nullptr if it is no record.
RingBufferMap* give_back(Machine& machine, std::uint64_t record) {
  std::uint32_t ticket = 0;
  const Region* const region = machine.dynamic_region_at(record, &ticket);
  if (region == nullptr || region->kind != RegionKind::record) return nullptr;
  auto* const ring = static_cast<RingBufferMap*>(region->owner);
  machine.remove_region(ticket);
  return ring;
}

/// __bpf_perf_event_output() up to the event itself.
PerfBuffer* perf_buffer(Machine& machine, std::uint64_t handle, std::uint64_t flags, int& error) {
  auto* const map = static_cast<SlotMap*>(map_of_type(machine, handle, MapType::perf_event_array));
  error = -EINVAL;
  if (map == nullptr) return nullptr;
  const std::uint32_t cpu = cpu_of(machine);
  const auto wanted = static_cast<std::uint32_t>(flags & index_mask);
  const std::uint32_t index = wanted == index_mask ? cpu : wanted;
  error = -E2BIG;
  if (index >= map->attributes().max_entries) return nullptr;
  auto* const event = dynamic_cast<PerfBuffer*>(map->object(index));
  error = event == nullptr ? -ENOENT : event->cpu() != cpu ? -EOPNOTSUPP : 0;
  return error == 0 ? event : nullptr;
}

}  // namespace

void release_records(Machine& machine) {
  std::uint32_t ticket = 0;
  while (const Region* const region = machine.dynamic_region_of(RegionKind::record, ticket)) {
    constexpr std::uint64_t no_flags = 0;
    static_cast<RingBufferMap*>(region->owner)->discard(Machine::at(region->begin), no_flags);
    machine.remove_region(ticket);
  }
}

std::uint64_t helper_ringbuf_output(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                    std::uint64_t r4, std::uint64_t) {
  RingBufferMap* const ring = ring_buffer(machine, r1);
  return as_register(ring == nullptr ? -EINVAL : ring->output(memory_at(r2, r3), r4));
}

std::uint64_t helper_ringbuf_reserve(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                     std::uint64_t, std::uint64_t) {
  RingBufferMap* const ring = ring_buffer(machine, r1);
  std::uint8_t* const record = ring == nullptr || r3 != 0 ? nullptr : ring->reserve(r2);
  if (record == nullptr) return 0;
  Region region;
  region.begin = reinterpret_cast<std::uint64_t>(record);
  region.size = r2;
  region.kind = RegionKind::record;
  region.name = "the reserved record";
  region.owner = ring;
  machine.add_region(region);
  return region.begin;
}

std::uint64_t helper_ringbuf_submit(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t, std::uint64_t,
                                    std::uint64_t) {
  if (RingBufferMap* const ring = give_back(machine, r1); ring != nullptr) ring->submit(Machine::at(r1), r2);
  return 0;
}

std::uint64_t helper_ringbuf_discard(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t, std::uint64_t,
                                     std::uint64_t) {
  if (RingBufferMap* const ring = give_back(machine, r1); ring != nullptr) ring->discard(Machine::at(r1), r2);
  return 0;
}

std::uint64_t helper_ringbuf_query(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t, std::uint64_t,
                                   std::uint64_t) {
  const RingBufferMap* const ring = ring_buffer(machine, r1);
  return ring == nullptr ? 0 : ring->query(r2);
}

std::uint64_t helper_perf_event_output(Machine& machine, std::uint64_t, std::uint64_t r2, std::uint64_t r3,
                                       std::uint64_t r4, std::uint64_t r5) {
  PacketBuffer* const packet = machine.environment() == nullptr ? nullptr : environment_of(machine).packet();
  const std::uint64_t known_flags = packet == nullptr ? index_mask : index_mask | packet_length_mask;
  if ((r3 & ~known_flags) != 0) return as_register(-EINVAL);
  const std::uint64_t packet_bytes = (r3 & packet_length_mask) >> 32;
  if (packet != nullptr && packet_bytes > packet->length()) return as_register(-EFAULT);
  int error = 0;
  PerfBuffer* const event = perf_buffer(machine, r2, r3, error);
  if (event == nullptr) return as_register(error);
  const MutableBytes data = memory_at(r4, r5);
  if (packet == nullptr || packet_bytes == 0) return as_register(event->output(data));
  ByteVector sample(data.begin(), data.end());
  append_bytes(sample, packet->data().first(packet_bytes));
  return as_register(event->output(sample));
}

}  // namespace skep
