// What the bodies of packet helpers share: getting at the run's packet.
#pragma once

#include "skep/helpers/environment.hpp"
#include "skep/helpers/packet.hpp"

namespace skep {

/// A negative errno as a helper returns it.
[[nodiscard]] constexpr std::uint64_t negative(int error) {
  return static_cast<std::uint64_t>(-static_cast<std::int64_t>(error));
}
/// 0 or a negative errno, sign-extended.
[[nodiscard]] constexpr std::uint64_t as_result(int result) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(result));
}

/// body(packet) for the packet of this run; a fault where there is none (a bare program, another program type).
template <typename Body>
std::uint64_t with_packet(Machine& machine, const Body& body) {
  PacketBuffer* packet = machine.environment() == nullptr ? nullptr : environment_of(machine).packet();
  if (packet != nullptr) return body(*packet);
  machine.fault(FaultKind::bad_helper, "the helper works on a packet, and this run has none");
  return 0;
}

/// [offset, offset + bytes) lies inside the packet.
[[nodiscard]] inline bool contains(const PacketBuffer& packet, std::uint32_t offset, std::uint32_t bytes) {
  return std::uint64_t{offset} + bytes <= packet.length();
}

}  // namespace skep
