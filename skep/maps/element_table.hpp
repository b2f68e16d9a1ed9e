// ElementTable: the elements of a hash map, `stride` bytes each, at places that the hashes of their keys choose.
// An element never moves, since programs keep pointers into it; so the table has its full size from the start, as in
// Linux, and the operating system gives pages as they are touched.
//
// Fifteen places form a group. A group has sixteen bytes of its own beside the elements: a tag for each place (eight
// bits of the hash, 0 if free), and how many elements went past this group because it was full. A lookup compares
// fifteen tags at once and touches the one element it wants: a single access to memory that is not cached, and no
// branch that is hard to predict. As the counts go down again when elements leave, deleting needs no tombstones.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "skep/base/base.hpp"

namespace skep {

class ElementTable {
 public:
  /// `large_pages` save TLB misses and cost two megabytes where a single element is.
  /// Errors: ENOMEM. Precondition: stride is a multiple of 8, max_elements > 0.
  [[nodiscard]] static Result<ElementTable> allocate(std::uint32_t max_elements, std::uint64_t stride,
                                                     bool large_pages);

  [[nodiscard]] std::uint8_t* begin() const { return elements_.data(); }
  [[nodiscard]] std::uint64_t stride() const { return stride_; }
  [[nodiscard]] std::uint64_t places() const { return groups_ * group_places; }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] bool full() const { return count_ == max_elements_; }
  [[nodiscard]] std::uint8_t* at(std::uint64_t place) const { return elements_.data() + place * stride_; }
  [[nodiscard]] std::uint64_t place_of(const std::uint8_t* element) const {
    return static_cast<std::uint64_t>(element - begin()) / stride_;
  }
  /// Bytes beside the elements.
  [[nodiscard]] std::uint64_t overhead() const { return tags_.size(); }

  /// The element with this hash for which same(element) holds; nullptr if there is none.
  template <typename Same>
  [[nodiscard]] std::uint8_t* find(std::uint64_t hash, const Same& same) const {
    std::uint64_t group = home_of(hash);
    for (std::uint64_t probed = 0; probed < groups_; ++probed, group = after(group)) {
      const std::uint8_t* const tags = tags_of(group);
      for (std::uint32_t equal = places_with(tags, tag_of(hash)); equal != 0; equal &= equal - 1) {
        std::uint8_t* const element = at(group * group_places + static_cast<std::uint64_t>(std::countr_zero(equal)));
        if (same(element)) return element;
      }
      if (tags[group_places] == 0) break;
    }
    return nullptr;
  }

  /// A free place for an element with this hash, with whatever its last user left. Precondition: not full().
  [[nodiscard]] std::uint8_t* insert(std::uint64_t hash);
  /// Precondition: the element is in the table, with this hash.
  void erase(std::uint64_t hash, const std::uint8_t* element);

  [[nodiscard]] bool in_use(std::uint64_t place) const {
    return tags_of(place / group_places)[place % group_places] != 0;
  }
  /// The first place in use at or after `place`.
  [[nodiscard]] std::optional<std::uint64_t> next_used(std::uint64_t place);

 private:
  static constexpr std::uint64_t group_places = 15;
  static constexpr std::uint64_t group_bytes = group_places + 1;
  static constexpr std::uint64_t group_elements = 12;  ///< on average, when the table is full
  static constexpr std::uint8_t many = 0xff;           ///< a count that has come here stays

  [[nodiscard]] std::uint8_t* tags_of(std::uint64_t group) const { return tags_.data() + group * group_bytes; }
  [[nodiscard]] std::uint64_t after(std::uint64_t group) const { return group + 1 == groups_ ? 0 : group + 1; }
  [[nodiscard]] std::uint64_t home_of(std::uint64_t hash) const { return (hash >> 32) * groups_ >> 32; }
  [[nodiscard]] static std::uint8_t tag_of(std::uint64_t hash) {
    const auto tag = static_cast<std::uint8_t>(hash);
    return static_cast<std::uint8_t>(tag + (tag == 0));
  }

  /// A bit for each of the group's places whose tag is this one.
  [[nodiscard]] static std::uint32_t places_with(const std::uint8_t* tags, std::uint8_t tag) {
    constexpr std::uint32_t all = (1U << group_places) - 1;
#ifdef __SSE2__
    const __m128i equal =
        _mm_cmpeq_epi8(_mm_load_si128(reinterpret_cast<const __m128i*>(tags)), _mm_set1_epi8(static_cast<char>(tag)));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(equal)) & all;
#else
    std::uint32_t equal = 0;
    for (std::uint32_t place = 0; place < group_places; ++place) equal |= std::uint32_t{tags[place] == tag} << place;
    return equal & all;
#endif
  }

  MappedMemory elements_;
  MappedMemory tags_;
  std::uint64_t stride_ = 0;
  std::uint64_t groups_ = 0;
  std::uint64_t first_used_group_ = 0;  ///< none before it has an element: emptying a map from the front is linear
  std::uint32_t max_elements_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace skep
