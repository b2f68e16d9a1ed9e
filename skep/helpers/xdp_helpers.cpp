// Helpers of xdp programs: moving the borders of the frame, reading and writing it by offset. Rules of
// net/core/filter.c.
#include <cerrno>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/packet_call.hpp"

namespace skep {
namespace {

using Adjust = int (PacketBuffer::*)(std::int32_t delta);

std::uint64_t adjust(Machine& machine, std::uint64_t delta, Adjust move) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    const int result = (packet.*move)(static_cast<std::int32_t>(delta));
    if (result == 0) packet.refresh(machine);
    return as_result(result);
  });
}

/// bpf_xdp_pointer(): 0 or the errno of an access to [offset, offset + bytes).
int check_range(const PacketBuffer& packet, std::uint32_t offset, std::uint32_t bytes) {
  if (offset > packet_limit || bytes > packet_limit) return EFAULT;
  return contains(packet, offset, bytes) ? 0 : EINVAL;
}

}  // namespace

std::uint64_t helper_xdp_adjust_head(Machine& machine, std::uint64_t, std::uint64_t delta, std::uint64_t, std::uint64_t,
                                     std::uint64_t) {
  return adjust(machine, delta, &PacketBuffer::adjust_head);
}

std::uint64_t helper_xdp_adjust_meta(Machine& machine, std::uint64_t, std::uint64_t delta, std::uint64_t, std::uint64_t,
                                     std::uint64_t) {
  return adjust(machine, delta, &PacketBuffer::adjust_meta);
}

std::uint64_t helper_xdp_adjust_tail(Machine& machine, std::uint64_t, std::uint64_t delta, std::uint64_t, std::uint64_t,
                                     std::uint64_t) {
  return adjust(machine, delta, &PacketBuffer::adjust_tail);
}

std::uint64_t helper_xdp_get_buff_len(Machine& machine, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                                      std::uint64_t) {
  return with_packet(machine, [](const PacketBuffer& packet) { return std::uint64_t{packet.length()}; });
}

std::uint64_t helper_xdp_load_bytes(Machine& machine, std::uint64_t, std::uint64_t from, std::uint64_t to,
                                    std::uint64_t length, std::uint64_t) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    const auto offset = static_cast<std::uint32_t>(from), bytes = static_cast<std::uint32_t>(length);
    if (const int error = check_range(packet, offset, bytes); error != 0) return negative(error);
    std::memmove(Machine::at(to), packet.data().data() + offset, bytes);
    return std::uint64_t{0};
  });
}

std::uint64_t helper_xdp_store_bytes(Machine& machine, std::uint64_t, std::uint64_t to, std::uint64_t from,
                                     std::uint64_t length, std::uint64_t) {
  return with_packet(machine, [&](PacketBuffer& packet) {
    const auto offset = static_cast<std::uint32_t>(to), bytes = static_cast<std::uint32_t>(length);
    if (const int error = check_range(packet, offset, bytes); error != 0) return negative(error);
    std::memmove(packet.data().data() + offset, Machine::at(from), bytes);
    return std::uint64_t{0};
  });
}

}  // namespace skep
