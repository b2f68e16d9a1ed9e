// The rows of helpers.def as a table, and the words that the rows are written with: short names of flags, sets of
// program types. Linux decides who may call a helper in the get_func_proto() of each program type; rows name the union
// over a type's attach points.
#include "skep/abi/helpers.hpp"

#include <algorithm>
#include <cerrno>

namespace skep {
namespace {

constexpr HelperFlag plain = HelperFlag::none;
constexpr HelperFlag gpl = HelperFlag::gpl_only;
constexpr HelperFlag packet = HelperFlag::packet_access;
constexpr HelperFlag moves = HelperFlag::invalidates_packet;
constexpr HelperFlag acquires = HelperFlag::acquires;
constexpr HelperFlag releases = HelperFlag::releases;
constexpr HelperFlag sleeps = HelperFlag::may_sleep;

// One set per program type, under the type's own name.
#define PROGRAM_TYPE(id, name, ...) [[maybe_unused]] constexpr ProgramTypeSet name = ProgramTypeSet{1} << (id);
#include "skep/abi/program_types.def"
#undef PROGRAM_TYPE

constexpr ProgramTypeSet tc = sched_cls | sched_act;
constexpr ProgramTypeSet lwt = lwt_in | lwt_out | lwt_xmit | lwt_seg6local;
/// bpf_tracing_func_proto() and those who fall back to it.
constexpr ProgramTypeSet tracers =
    kprobe | tracepoint | perf_event | raw_tracepoint | raw_tracepoint_writable | tracing | lsm;
/// All types that fall back to bpf_base_func_proto(). Not ext: it may call what the program it replaces a function of
/// may call.
constexpr ProgramTypeSet base = tracers | tc | lwt | socket_filter | xdp | cgroup_skb | cgroup_sock | sock_ops |
                                sk_skb | cgroup_device | sk_msg | cgroup_sock_addr | sk_reuseport | flow_dissector |
                                cgroup_sysctl | cgroup_sockopt | struct_ops | sk_lookup | syscall | netfilter;
constexpr ProgramTypeSet everyone = base | lirc_mode2;
constexpr ProgramTypeSet outputs =
    base & ~(struct_ops | sk_reuseport | flow_dissector | netfilter);  // perf_event_output
constexpr ProgramTypeSet coarse_clocks = base & ~(tracers | cgroup_device | cgroup_sockopt | syscall | netfilter);
constexpr ProgramTypeSet socket_casters = tc | lwt | socket_filter | xdp | cgroup_skb | sock_ops | sk_skb | sk_msg |
                                          cgroup_sock_addr | flow_dissector | sk_lookup | tracing | lsm | syscall;

template <typename... Args>
constexpr std::array<ArgType, 5> prototype(Args... args) {
  return {args...};  // the rest is ArgType::none
}

using enum ArgType;

constexpr HelperInfo helper_rows[] = {
#define HELPER(id, name, returns, arguments, flags, types, since, ...) \
  {HelperId::name, #name, ReturnType::returns, prototype arguments, flags, types, since, __VA_ARGS__},
#include "skep/abi/helpers.def"
#undef HELPER
};

}  // namespace

std::span<const HelperInfo> helpers() { return helper_rows; }

const HelperInfo* find_helper(std::uint32_t id) {
  return id >= 1 && id <= std::size(helper_rows) ? &helper_rows[id - 1] : nullptr;
}

const HelperInfo* find_helper(std::string_view name) {
  if (name.starts_with("bpf_")) name.remove_prefix(4);
  const auto row = std::find_if(std::begin(helper_rows), std::end(helper_rows),
                                [name](const HelperInfo& info) { return info.name == name; });
  return row == std::end(helper_rows) ? nullptr : &*row;
}

bool license_is_gpl_compatible(std::string_view license) {
  constexpr std::string_view compatible[] = {"GPL",          "GPL v2",       "GPL and additional rights",
                                             "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
  return std::find(std::begin(compatible), std::end(compatible), license) != std::end(compatible);
}

}  // namespace skep
