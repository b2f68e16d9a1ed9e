// Sources in order of trust: libbpf's table of SEC() names; section names that only begin like one of the table; words
// that section names in the wild begin with; the helpers that the code calls, each of which only some types may call. A
// wrong guess costs a clear refusal at load time, so each is stated with its reason.
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
    NamePrefix{"cls", ProgramType::sched_cls},
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
    NamePrefix{"cgroup/connect", ProgramType::cgroup_sock_addr},
    // bpftrace --emit-elf: s_PROBE_NUMBER. BEGIN and END are probes of bpftrace's own functions.
    NamePrefix{"s_kprobe:", ProgramType::kprobe},
    NamePrefix{"s_kretprobe:", ProgramType::kprobe},
    NamePrefix{"s_uprobe:", ProgramType::kprobe},
    NamePrefix{"s_uretprobe:", ProgramType::kprobe},
    NamePrefix{"s_usdt:", ProgramType::kprobe},
    NamePrefix{"s_BEGIN_", ProgramType::kprobe},
    NamePrefix{"s_END_", ProgramType::kprobe},
    NamePrefix{"s_tracepoint:", ProgramType::tracepoint},
    NamePrefix{"s_rawtracepoint:", ProgramType::raw_tracepoint},
    NamePrefix{"s_profile:", ProgramType::perf_event},
    NamePrefix{"s_interval:", ProgramType::perf_event},
    NamePrefix{"s_hardware:", ProgramType::perf_event},
    NamePrefix{"s_software:", ProgramType::perf_event},
    NamePrefix{"s_kfunc:", ProgramType::tracing},
    NamePrefix{"s_kretfunc:", ProgramType::tracing},
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

bool is_lower_case(char c) { return c >= 'a' && c <= 'z'; }

struct Guess {
  ProgramType type;
  std::string reason;
  const SectionInfo* row = nullptr;  ///< whose expected attach type goes with it
};

/// The longest name of libbpf's table that the section begins with: before 1.0 libbpf itself took no more for a match
/// ("lirc_mode2/raw", "sk_skb1", "cgroup/getsockopt/three").
const SectionInfo* longest_beginning(std::string_view section) {
  const SectionInfo* longest = nullptr;
  for (const SectionInfo& row : section_names()) {
    if (!begins_with(section, row.name)) continue;
    // "tc" and "tp" begin many a word: "tcp_monitor", "tproxy".
    const bool within_a_word = row.name.size() == 2 && section.size() > 2 && is_lower_case(section[2]);
    if (!within_a_word && (longest == nullptr || row.name.size() > longest->name.size())) longest = &row;
  }
  return longest;
}

std::optional<Guess> guess_by_name(std::string_view section) {
  if (is_map_and_slot(section)) {
    return Guess{ProgramType::sched_cls,
                 fmt::format("section '{}' has the form MAP/SLOT of iproute2's tail calls", section)};
  }
  if (const SectionInfo* row = longest_beginning(section))
    return Guess{row->type, fmt::format("section '{}' begins with '{}'", section, row->name), row};
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
  if (guess->row == nullptr || !guess->row->has_attach_type) return;
  program.attach_type = guess->row->attach_type;
  program.has_attach_type = true;
}

}  // namespace skep
