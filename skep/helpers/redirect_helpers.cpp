// Redirects: there are no devices here, so a redirect is a verdict that the environment notes. Return values of
// bpf_xdp_redirect(), bpf_redirect() and bpf_clone_redirect() in net/core/filter.c.
#include <cerrno>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/packet_call.hpp"

namespace skep {
namespace {

constexpr std::uint64_t to_ingress = 1;  ///< BPF_F_INGRESS
constexpr std::uint64_t xdp_aborted = 0, xdp_redirect = 4;
constexpr std::uint64_t tc_act_shot = 2, tc_act_redirect = 7;

}  // namespace

std::uint64_t helper_redirect(Machine& machine, std::uint64_t ifindex, std::uint64_t flags, std::uint64_t,
                              std::uint64_t, std::uint64_t) {
  return with_packet(machine, [&](const PacketBuffer& packet) {
    const bool xdp = packet.kind() == ContextKind::xdp_md;
    const std::uint64_t allowed = xdp ? 0 : to_ingress;
    if ((flags & ~allowed) != 0) return xdp ? xdp_aborted : tc_act_shot;
    environment_of(machine).redirect(static_cast<std::uint32_t>(ifindex), flags);
    return xdp ? xdp_redirect : tc_act_redirect;
  });
}

std::uint64_t helper_clone_redirect(Machine& machine, std::uint64_t, std::uint64_t ifindex, std::uint64_t flags,
                                    std::uint64_t, std::uint64_t) {
  return with_packet(machine, [&](const PacketBuffer&) {
    if ((flags & ~to_ingress) != 0) return negative(EINVAL);
    environment_of(machine).redirect(static_cast<std::uint32_t>(ifindex), flags);
    return std::uint64_t{0};
  });
}

}  // namespace skep
