// ElementStore: the memory of a map's elements, `stride` bytes each, with the elements in use marked. Addresses never
// move: the room for all elements is reserved at once and the operating system gives pages as they are touched, so a
// map of a million entries costs what is in it. Freed elements are handed out again, the last one first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "skep/base/base.hpp"

namespace skep {

/// Zeroed memory, in large pages where it is large enough to miss the TLB at random accesses. Errors: ENOMEM.
[[nodiscard]] Result<MappedMemory> allocate_for_random_access(std::uint64_t bytes);

class ElementStore {
 public:
  /// Errors: ENOMEM.
  [[nodiscard]] static Result<ElementStore> allocate(std::uint32_t capacity, std::uint64_t stride);

  [[nodiscard]] std::uint8_t* at(std::uint32_t index) const { return memory_.data() + index * stride_; }
  [[nodiscard]] std::uint8_t* begin() const { return memory_.data(); }
  [[nodiscard]] std::uint64_t stride() const { return stride_; }
  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// Elements [0, touched()) have been in use at some time.
  [[nodiscard]] std::uint32_t touched() const { return touched_; }

  /// An element nobody uses, with whatever its last user left; nothing if all are in use.
  [[nodiscard]] std::optional<std::uint32_t> take();
  void release(std::uint32_t index);
  /// The first element in use at or after `index`.
  [[nodiscard]] std::optional<std::uint32_t> next_used(std::uint32_t index) const;

 private:
  [[nodiscard]] std::uint64_t* used_words() const { return reinterpret_cast<std::uint64_t*>(used_.data()); }
  [[nodiscard]] std::uint32_t* free_list() const { return reinterpret_cast<std::uint32_t*>(free_.data()); }

  MappedMemory memory_;
  MappedMemory used_;  ///< one bit an element
  MappedMemory free_;  ///< indices of released elements, a stack
  std::uint64_t stride_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t touched_ = 0;
  std::uint32_t free_count_ = 0;
  std::uint32_t first_used_ =
      0;  ///< no element before it is in use, so that emptying a map from the front stays linear
};

}  // namespace skep
