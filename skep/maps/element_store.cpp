#include "skep/maps/element_store.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>

namespace skep {
namespace {

constexpr std::uint64_t bits = 64;
constexpr std::uint64_t large_bytes = 8 << 20;

}  // namespace

Result<MappedMemory> allocate_for_random_access(std::uint64_t bytes) {
  TRY(memory, MappedMemory::allocate(bytes));
  if (bytes >= large_bytes) (void)madvise(memory.data(), memory.size(), MADV_HUGEPAGE);
  return memory;
}

Result<ElementStore> ElementStore::allocate(std::uint32_t capacity, std::uint64_t stride) {
  const auto bytes = checked_multiply<std::uint64_t>(capacity, stride);
  if (!bytes) return fail_errno(ENOMEM, "the map's elements do not fit into any memory");
  TRY(memory, allocate_for_random_access(*bytes));
  TRY(used, MappedMemory::allocate((capacity / bits + 1) * sizeof(std::uint64_t)));
  TRY(free, MappedMemory::allocate(std::uint64_t{capacity} * sizeof(std::uint32_t)));
  ElementStore store;
  store.memory_ = std::move(memory);
  store.used_ = std::move(used);
  store.free_ = std::move(free);
  store.stride_ = stride;
  store.capacity_ = capacity;
  return store;
}

std::optional<std::uint32_t> ElementStore::take() {
  if (count_ == capacity_) return std::nullopt;
  const std::uint32_t index = free_count_ != 0 ? free_list()[--free_count_] : touched_++;
  used_words()[index / bits] |= std::uint64_t{1} << index % bits;
  first_used_ = count_ == 0 ? index : std::min(first_used_, index);
  ++count_;
  return index;
}

void ElementStore::release(std::uint32_t index) {
  used_words()[index / bits] &= ~(std::uint64_t{1} << index % bits);
  free_list()[free_count_++] = index;
  --count_;
  if (index == first_used_) first_used_ = next_used(index).value_or(capacity_);
}

std::optional<std::uint32_t> ElementStore::next_used(std::uint32_t index) const {
  index = std::max(index, first_used_);
  if (index >= touched_) return std::nullopt;
  std::uint64_t word = index / bits;
  std::uint64_t rest = used_words()[word] & ~std::uint64_t{0} << index % bits;
  while (rest == 0) {
    if (++word * bits >= touched_) return std::nullopt;
    rest = used_words()[word];
  }
  return static_cast<std::uint32_t>(word * bits + static_cast<std::uint64_t>(std::countr_zero(rest)));
}

}  // namespace skep
