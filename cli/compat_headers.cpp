#include "cli/compat_headers.hpp"

namespace skep {

std::span<const CompatHeader> compat_headers() {
  static constexpr CompatHeader headers[] = {
      {"uapi/linux/bpf.h", "#include <linux/bpf.h>\n"},
      {"uapi/linux/ptrace.h", "#include <linux/ptrace.h>\n"},
      {"uapi/linux/if_ether.h", "#include <linux/if_ether.h>\n"},
      {"uapi/linux/if_packet.h", "#include <linux/if_packet.h>\n"},
      {"uapi/linux/ip.h", "#include <linux/ip.h>\n"},
      {"uapi/linux/in.h", "#include <linux/in.h>\n"},
      // Kernel samples got u64 and friends from kernel headers, and struct bpf_map_def from their own bpf_helpers.h.
      {"bpf_helpers.h",
       "#pragma once\n"
       "#include <linux/types.h>\n"
       "#include <linux/ptrace.h>\n"
       "typedef __u8 u8; typedef __u16 u16; typedef __u32 u32; typedef __u64 u64;\n"
       "typedef __s8 s8; typedef __s16 s16; typedef __s32 s32; typedef __s64 s64;\n"
       "#include <bpf/bpf_helpers.h>\n"
       "#include <bpf/bpf_tracing.h>\n"
       "struct bpf_map_def {\n"
       "  unsigned int type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node;\n"
       "};\n"},
      {"bpf_tracing.h", "#include <bpf/bpf_tracing.h>\n"},
      {"bpf_endian.h", "#include <bpf/bpf_endian.h>\n"},
  };
  return headers;
}

}  // namespace skep
