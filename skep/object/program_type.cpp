// Three sources, in order of trust: libbpf's table of SEC() names; words that section names in the wild begin with; the
// helpers that the code calls, each of which only some types may call. A wrong guess costs a clear refusal at load
// time, so each is stated with its reason.
#include "skep/object/program_type.hpp"

#include <algorithm>
#include <array>

#include "skep/object/code.hpp"

namespace skep {

namespace {

/// Beginnings of section names outside of libbpf's table, as loaders of their own read them: Cilium and iproute2 (tc),
/// Open vSwitch, Suricata, the kernel's samples. The first that fits counts.
struct NamePrefix {
  std::string_view prefix;
  ProgramType type;
};
constexpr std::array name_prefixes = {
    NamePrefix{"xdp", ProgramType::xdp},
    NamePrefix{"classifier", ProgramType::sched_cls},
    NamePrefix{"cls", ProgramType::sched_cls},
    NamePrefix{"tc", ProgramType::sched_cls},
    NamePrefix{"from-", ProgramType::sched_cls},
    NamePrefix{"to-", ProgramType::sched_cls},
    NamePrefix{"tail-", ProgramType::sched_cls},
    NamePrefix{"ingress", ProgramType::sched_cls},
    NamePrefix{"egress", ProgramType::sched_cls},
    NamePrefix{"downcall", ProgramType::sched_cls},
    NamePrefix{"act", ProgramType::sched_act},
    NamePrefix{"socket", ProgramType::socket_filter},
    NamePrefix{"filter", ProgramType::socket_filter},
    NamePrefix{"loadbalancer", ProgramType::socket_filter},
    NamePrefix{"kprobe", ProgramType::kprobe},
    NamePrefix{"kretprobe", ProgramType::kprobe},
    NamePrefix{"uprobe", ProgramType::kprobe},
    NamePrefix{"uretprobe", ProgramType::kprobe},
    NamePrefix{"raw_tracepoint", ProgramType::raw_tracepoint},
    NamePrefix{"tracepoint", ProgramType::tracepoint},
    NamePrefix{"perf_event", ProgramType::perf_event},
    NamePrefix{"sockops", ProgramType::sock_ops},
    NamePrefix{"sk_msg", ProgramType::sk_msg},
    NamePrefix{"sk_skb", ProgramType::sk_skb},
    NamePrefix{"cgroup/skb", ProgramType::cgroup_skb},
    NamePrefix{"cgroup/connect", ProgramType::cgroup_sock_addr},
    NamePrefix{"cgroup/sock", ProgramType::cgroup_sock},
    NamePrefix{"lwt_xmit", ProgramType::lwt_xmit},
    NamePrefix{"lwt_out", ProgramType::lwt_out},
    NamePrefix{"lwt_in", ProgramType::lwt_in},
    NamePrefix{"freplace", ProgramType::ext},
    NamePrefix{"syscall", ProgramType::syscall},
    NamePrefix{"fentry", ProgramType::tracing},
    NamePrefix{"fexit", ProgramType::tracing},
    NamePrefix{"iter", ProgramType::tracing},
    NamePrefix{"lsm", ProgramType::lsm},
    NamePrefix{"struct_ops", ProgramType::struct_ops},
};

/// Types that helper use may point to, the likeliest first: of those that may call all helpers of a program, the first
/// is the guess.
constexpr std::array likely_types = {ProgramType::xdp, ProgramType::sched_cls, ProgramType::kprobe,
                                     ProgramType::socket_filter, ProgramType::sock_ops};

bool begins_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

/// "2/7": iproute2's tail calls, map id and slot.
bool is_map_and_slot(std::string_view name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size()) return false;
  return std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(slash), is_digit) &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(slash) + 1, name.end(), is_digit);
}

struct Guess {
  ProgramType type;
  std::string reason;
};

std::optional<Guess> guess_by_name(std::string_view section) {
  if (is_map_and_slot(section)) {
    return Guess{ProgramType::sched_cls,
                 fmt::format("section '{}' has the form MAP/SLOT of iproute2's tail calls", section)};
  }
  for (const NamePrefix& row : name_prefixes) {
    if (begins_with(section, row.prefix))
      return Guess{row.type, fmt::format("section '{}' begins with '{}'", section, row.prefix)};
  }
  return std::nullopt;
}

/// The types that may call every helper of the program, and one helper that narrowed them down.
struct HelperUse {
  ProgramTypeSet types = ~ProgramTypeSet{0};
  std::string_view narrowest;
};

HelperUse helper_use(const ProgramSpec& program) {
  HelperUse use;
  int fewest = 64;
  for_each_insn(program.code, [&](Slot, const RawInsn& insn) {
    if (!is_call(insn) || insn.src != static_cast<std::uint8_t>(CallKind::helper)) return;
    const HelperInfo* helper = find_helper(static_cast<std::uint32_t>(insn.imm));
    if (helper == nullptr) return;
    use.types &= helper->types;
    const int count = std::popcount(helper->types);
    if (count >= fewest) return;
    fewest = count;
    use.narrowest = helper->name;
  });
  return use;
}

std::optional<Guess> guess_by_helpers(const ProgramSpec& program) {
  const HelperUse use = helper_use(program);
  // Helpers that nearly everybody may call say nothing.
  constexpr int few = 12;
  if (use.types == 0 || std::popcount(use.types) > few) return std::nullopt;
  for (const ProgramType type : likely_types) {
    if ((use.types >> static_cast<std::uint32_t>(type) & 1) != 0)
      return Guess{type, fmt::format("it calls bpf_{}", use.narrowest)};
  }
  const auto only = static_cast<ProgramType>(std::countr_zero(use.types));
  if (std::popcount(use.types) == 1) return Guess{only, fmt::format("it calls bpf_{}", use.narrowest)};
  return std::nullopt;
}

}  // namespace

void find_program_type(ProgramSpec& program) {
  const SectionMatch match = match_section(program.section);
  program.autoload = match.autoload;
  if (match.info != nullptr) {
    program.type = match.info->type;
    program.attach_type = match.info->attach_type;
    program.has_attach_type = match.info->has_attach_type;
    program.method = match.info->method;
    program.section_flags = match.info->flags;
    program.attach_target = match.extras;
    program.type_known = true;
    program.type_reason = fmt::format("section '{}'", program.section);
    return;
  }
  std::string_view section = program.section;
  if (!section.empty() && section.front() == '?') section.remove_prefix(1);
  auto guess = guess_by_name(section);
  if (!guess) guess = guess_by_helpers(program);
  program.type_reason = fmt::format("section '{}' names no program type", section);
  if (!guess) return;
  program.type = guess->type;
  program.type_reason = "guessed: " + guess->reason;
}

}  // namespace skep
