// How keys are hashed and compared. The hash multiplies to 128 bits and folds; its seed differs from map to map, so
// that keys chosen by a stranger do not all meet in one place.
#pragma once

#include <cstdint>
#include <cstring>

#include "skep/base/base.hpp"

namespace skep {

[[nodiscard]] inline std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline constexpr std::uint64_t hash_factor = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio

/// `size` is what the map has; a compile-time `key_bytes` other than 0 is the same number, known to the compiler.
template <std::uint32_t key_bytes>
[[nodiscard]] inline std::uint64_t hash_key(const std::uint8_t* key, std::uint32_t size, std::uint64_t seed) {
  if constexpr (key_bytes == 4) return fold_multiply(load_unaligned<std::uint32_t>(key) ^ seed, hash_factor);
  if constexpr (key_bytes == 8) return fold_multiply(load_unaligned<std::uint64_t>(key) ^ seed, hash_factor);
  std::uint64_t hash = seed ^ size;
  for (; size >= 8; size -= 8, key += 8) hash = fold_multiply(hash ^ load_unaligned<std::uint64_t>(key), hash_factor);
  std::uint64_t tail = 0;
  std::memcpy(&tail, key, size);
  return fold_multiply(hash ^ tail, hash_factor);
}

template <std::uint32_t key_bytes>
[[nodiscard]] inline bool equal_keys(const std::uint8_t* a, const std::uint8_t* b, std::uint32_t size) {
  if constexpr (key_bytes == 4) return load_unaligned<std::uint32_t>(a) == load_unaligned<std::uint32_t>(b);
  if constexpr (key_bytes == 8) return load_unaligned<std::uint64_t>(a) == load_unaligned<std::uint64_t>(b);
  return std::memcmp(a, b, size) == 0;
}

}  // namespace skep
