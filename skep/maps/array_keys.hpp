// Keys of arrays: a u32 index (array_map_get_next_key() and its kin, kernel/bpf/arraymap.c).
#pragma once

#include <cerrno>

#include "skep/maps/kernel_map.hpp"

namespace skep {

[[nodiscard]] inline std::uint32_t array_index(const std::uint8_t* key) { return load_unaligned<std::uint32_t>(key); }

/// The index after `key`; 0 if there is no key or it is none of the array's; -ENOENT after the last.
[[nodiscard]] inline int next_array_index(ByteView key, std::uint32_t entries, MutableBytes next) {
  const std::uint32_t index = key.empty() ? entries : array_index(key.data());
  if (index == entries - 1) return -ENOENT;
  store_unaligned(next.data(), index < entries ? index + 1 : 0);
  return 0;
}

/// The flags an update of an element that always exists may carry.
[[nodiscard]] inline int check_array_update(std::uint32_t index, std::uint32_t entries, std::uint64_t flags) {
  if (flags > bpf_exist) return -EINVAL;
  if (index >= entries) return -E2BIG;
  return flags == bpf_noexist ? -EEXIST : 0;
}

}  // namespace skep
