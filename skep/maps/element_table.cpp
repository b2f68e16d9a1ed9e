#include "skep/maps/element_table.hpp"

#include <sys/mman.h>

namespace skep {
namespace {

constexpr std::uint64_t large_bytes = 8 << 20;  // below, the TLB hardly misses

Result<MappedMemory> allocate_for_random_access(std::uint64_t bytes, bool large_pages) {
  TRY(memory, MappedMemory::allocate(bytes));
  if (large_pages && bytes >= large_bytes) (void)madvise(memory.data(), memory.size(), MADV_HUGEPAGE);
  return memory;
}

}  // namespace

Result<ElementTable> ElementTable::allocate(std::uint32_t max_elements, std::uint64_t stride, bool large_pages) {
  ElementTable table;
  table.max_elements_ = max_elements;
  table.stride_ = stride;
  table.groups_ = (std::uint64_t{max_elements} + group_elements - 1) / group_elements;
  const auto bytes = checked_multiply<std::uint64_t>(table.places(), stride);
  if (!bytes) return fail_errno(ENOMEM, "the map's elements do not fit into any memory");
  TRY(elements, allocate_for_random_access(*bytes, large_pages));
  TRY(tags, allocate_for_random_access(table.groups_ * group_bytes, large_pages));
  table.elements_ = std::move(elements);
  table.tags_ = std::move(tags);
  return table;
}

std::uint8_t* ElementTable::insert(std::uint64_t hash) {
  std::uint64_t group = home_of(hash);
  std::uint32_t free = places_with(tags_of(group), 0);
  for (; free == 0; free = places_with(tags_of(group), 0)) {
    std::uint8_t& passed = tags_of(group)[group_places];
    if (passed != many) ++passed;
    group = after(group);
  }
  const auto place = static_cast<std::uint64_t>(std::countr_zero(free));
  tags_of(group)[place] = tag_of(hash);
  first_used_group_ = count_ == 0 ? group : std::min(first_used_group_, group);
  ++count_;
  return at(group * group_places + place);
}

void ElementTable::erase(std::uint64_t hash, const std::uint8_t* element) {
  const std::uint64_t place = place_of(element);
  for (std::uint64_t group = home_of(hash); group != place / group_places; group = after(group)) {
    std::uint8_t& passed = tags_of(group)[group_places];
    if (passed != many) --passed;
  }
  tags_of(place / group_places)[place % group_places] = 0;
  --count_;
}

std::optional<std::uint64_t> ElementTable::next_used(std::uint64_t place) {
  const bool from_the_start = place <= first_used_group_ * group_places;
  place = std::max(place, first_used_group_ * group_places);
  std::uint32_t skip = (1U << place % group_places) - 1;
  for (std::uint64_t group = place / group_places; group < groups_ && count_ != 0; ++group, skip = 0) {
    const std::uint32_t used = ~(places_with(tags_of(group), 0) | skip) & ((1U << group_places) - 1);
    if (used == 0) continue;
    if (from_the_start) first_used_group_ = group;
    return group * group_places + static_cast<std::uint64_t>(std::countr_zero(used));
  }
  return std::nullopt;
}

}  // namespace skep
