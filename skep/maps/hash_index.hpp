// HashIndex: from a key to the number of the element that holds it. Open addressing with linear probing over slots of
// eight bytes, {half of the hash, element + 1}, at most half full, so that a lookup touches one cache line here
// and one in the elements. Deleting shifts the followers back instead of leaving tombstones. The table doubles as the
// map fills: a map that could hold a million entries and holds ten is as fast as a small one.
//
// The hash multiplies to 128 bits and folds; its seed differs from map to map, so that keys chosen by a stranger do not
// all meet in one slot.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "skep/maps/element_store.hpp"
#include "skep/maps/kernel_map.hpp"

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

class HashIndex {
 public:
  HashIndex() = default;
  HashIndex(const HashIndex&) = delete;
  HashIndex& operator=(const HashIndex&) = delete;

  static constexpr std::uint32_t none = 0xffff'ffff;

  /// The element for which same(element) holds among those with this hash, or `none`.
  template <typename Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, const Same& same) const {
    const auto low = static_cast<std::uint32_t>(hash);
    for (std::uint32_t at = low & mask_;; at = (at + 1) & mask_) {
      const Slot slot = slots_[at];
      if (slot.element_plus_1 == 0) return none;
      if (slot.hash == low && same(slot.element_plus_1 - 1)) return slot.element_plus_1 - 1;
    }
  }

  /// Precondition: no element with this key is in the index. False: no memory to grow.
  [[nodiscard]] bool insert(std::uint64_t hash, std::uint32_t element) {
    if ((count_ + 1) * 2 > slot_count() && !grow()) return false;
    place({static_cast<std::uint32_t>(hash), element + 1});
    ++count_;
    return true;
  }

  /// Precondition: the element is in the index, with this hash.
  void erase(std::uint64_t hash, std::uint32_t element) {
    std::uint32_t hole = static_cast<std::uint32_t>(hash) & mask_;
    while (slots_[hole].element_plus_1 != element + 1) hole = (hole + 1) & mask_;
    for (std::uint32_t at = (hole + 1) & mask_; slots_[at].element_plus_1 != 0; at = (at + 1) & mask_) {
      // A follower moves into the hole unless its home lies behind the hole.
      if (((at - slots_[at].hash) & mask_) < ((at - hole) & mask_)) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
    --count_;
  }

  [[nodiscard]] std::uint64_t memory_usage() const { return memory_.size(); }

 private:
  struct Slot {
    std::uint32_t hash;            ///< its lower half: home is hash & mask_, and few others are compared in vain
    std::uint32_t element_plus_1;  ///< 0: free
  };
  static constexpr std::uint64_t first_slots = page_bytes / sizeof(Slot);

  [[nodiscard]] std::uint64_t slot_count() const { return memory_.size() / sizeof(Slot); }

  void place(Slot slot) {
    std::uint32_t at = slot.hash & mask_;
    while (slots_[at].element_plus_1 != 0) at = (at + 1) & mask_;
    slots_[at] = slot;
  }

  [[nodiscard]] bool grow() {
    auto larger = allocate_for_random_access(slot_count() == 0 ? first_slots * sizeof(Slot) : 2 * memory_.size());
    if (!larger) return false;
    const MappedMemory old = std::exchange(memory_, std::move(*larger));
    slots_ = reinterpret_cast<Slot*>(memory_.data());
    mask_ = static_cast<std::uint32_t>(slot_count() - 1);
    const std::span<const Slot> moved(reinterpret_cast<const Slot*>(old.data()), old.size() / sizeof(Slot));
    for (const Slot slot : moved) {
      if (slot.element_plus_1 != 0) place(slot);
    }
    return true;
  }

  Slot nothing_{};  ///< what an index without memory yet consists of
  MappedMemory memory_;
  Slot* slots_ = &nothing_;
  std::uint32_t mask_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace skep
