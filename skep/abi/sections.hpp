// Section names → program type, expected attach type, what the extras mean: libbpf's SEC() table, one row each in
// section_names.def.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "skep/abi/types.hpp"

namespace skep {

enum class AttachMethod : std::uint8_t {
  none,  ///< no automatic attachment
  kprobe,
  uprobe,
  kprobe_multi,
  kprobe_session,
  uprobe_multi,
  ksyscall,
  usdt,
  tracepoint,
  raw_tracepoint,
  trace,
  tracing_multi,
  lsm,
  iter,
};

enum class SectionFlag : std::uint32_t {
  none = 0,
  attachable = 1,
  attachable_optional = 2,
  sleepable = 4,
  attach_btf = 8,
  xdp_frags = 16,
  usdt = 32
};
[[nodiscard]] constexpr SectionFlag operator|(SectionFlag a, SectionFlag b) {
  return static_cast<SectionFlag>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr bool has(SectionFlag set, SectionFlag flag) {
  return (static_cast<std::uint32_t>(set) & static_cast<std::uint32_t>(flag)) != 0;
}

struct SectionInfo {
  std::string_view name;  ///< without the `+` and without extras
  bool takes_extras;      ///< `name` or `name/extras`
  ProgramType type;
  AttachType attach_type;  ///< expected_attach_type; 0 (cgroup_inet_ingress) where the table says —
  bool has_attach_type;
  SectionFlag flags;
  AttachMethod method;
};

[[nodiscard]] std::span<const SectionInfo> section_names();

struct SectionMatch {
  const SectionInfo* info;
  std::string_view extras;  ///< "syscalls/sys_enter_write"; empty if none
  bool autoload;            ///< false if the name began with '?'
};
/// The row for an ELF section name (libbpf's find_sec_def: exact, or prefix + '/' where extras are allowed; a leading
/// '?' is dropped), or info = nullptr.
[[nodiscard]] SectionMatch match_section(std::string_view name);

}  // namespace skep
