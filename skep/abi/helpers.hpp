// Helper functions: id, prototype, who may call them, what calling does. One row each in helpers.def (211 of them,
// whether or not the user kernel runs them yet): the checked interpreter and later the verifier take their argument
// checks from these columns, the disassembler its names, `skep features` its table. Source: include/uapi/linux/bpf.h
// and each helper's bpf_func_proto.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "skep/abi/support.hpp"
#include "skep/abi/types.hpp"

namespace skep {

enum class HelperId : std::uint32_t {
  unspec = 0,
#define HELPER(id, name, ...) name = id,
#include "skep/abi/helpers.def"
#undef HELPER
};

/// enum bpf_arg_type, flattened: `_or_null` where PTR_MAYBE_NULL, `uninit_` where the helper writes all of it.
enum class ArgType : std::uint8_t {
  none,
  anything,
  const_map_ptr,
  map_key,           ///< readable, the map's key_size
  map_value,         ///< readable, the map's value_size
  uninit_map_value,  ///< written, the map's value_size
  map_value_or_null,
  mem,  ///< readable; the next argument is its size
  mem_or_null,
  uninit_mem,  ///< written; the next argument is its size
  uninit_mem_or_null,
  const_size,  ///< size of the memory before it, > 0
  const_size_or_zero,
  const_alloc_size_or_zero,  ///< how much memory the helper shall return
  ctx,
  ctx_or_null,
  spin_lock,
  timer,
  sock_common,
  socket,
  socket_or_null,
  btf_id,  ///< a kernel object by BTF
  btf_id_or_null,
  kptr,         ///< address of a kptr slot in a map value
  ringbuf_mem,  ///< what ringbuf_reserve returned
  dynptr,
  uninit_dynptr,
  function,       ///< a callback of this program
  stack_or_null,  ///< callback context
  const_string,   ///< zero-terminated, in a read-only map
  int_pointer,    ///< aligned 4 bytes, written
  long_pointer,   ///< aligned 8 bytes, written
  percpu_btf_id,
  ipv4_header,  ///< readable, 20 bytes
  ipv6_header,  ///< readable, 40 bytes
  tcp_header,   ///< readable, 20 bytes
};

enum class ReturnType : std::uint8_t {
  integer,
  nothing,
  map_value_or_null,
  map_value,
  socket_or_null,
  tcp_sock_or_null,
  sock_common_or_null,
  mem_or_null,  ///< ringbuf_reserve: const_alloc_size bytes
  ringbuf_mem_or_null,
  dynptr_mem_or_null,
  btf_id,
  btf_id_or_null,
  mem_or_btf_id,
  mem_or_btf_id_or_null,
};

/// What calling does and needs.
enum class HelperFlag : std::uint32_t {
  none = 0,
  gpl_only = 1U << 0,
  acquires = 1U << 1,            ///< returns a reference that must be released
  releases = 1U << 2,            ///< its first pointer argument's reference ends here
  invalidates_packet = 1U << 3,  ///< bpf_helper_changes_pkt_data: packet pointers die
  may_sleep = 1U << 4,
  packet_access = 1U << 5,  ///< packet pointers allowed as memory arguments
};
[[nodiscard]] constexpr HelperFlag operator|(HelperFlag a, HelperFlag b) {
  return static_cast<HelperFlag>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

/// Program types as a set of bits (1 << ProgramType).
using ProgramTypeSet = std::uint64_t;

struct HelperInfo {
  HelperId id;
  std::string_view name;  ///< "map_lookup_elem", without bpf_
  ReturnType returns;
  std::array<ArgType, 5> args;
  HelperFlag flags;
  ProgramTypeSet
      types;  ///< who may call it on Linux 6.18, whatever the attach type; an ext program asks for the type it extends
  std::string_view since;  ///< "3.19"
  Support support;         ///< by our user kernel
  [[nodiscard]] constexpr bool has(HelperFlag flag) const {
    return (static_cast<std::uint32_t>(flags) & static_cast<std::uint32_t>(flag)) != 0;
  }
  [[nodiscard]] constexpr bool allowed_for(ProgramType type) const {
    return (types >> static_cast<std::uint32_t>(type) & 1) != 0;
  }
};

/// All rows, ordered by id, starting with id 1.
[[nodiscard]] std::span<const HelperInfo> helpers();
/// nullptr if there is no such helper.
[[nodiscard]] const HelperInfo* find_helper(std::uint32_t id);
/// By name, with or without "bpf_".
[[nodiscard]] const HelperInfo* find_helper(std::string_view name);

/// A license that is compatible with the GPL, as Linux decides (license_is_gpl_compatible, include/linux/license.h).
[[nodiscard]] bool license_is_gpl_compatible(std::string_view license);

}  // namespace skep
