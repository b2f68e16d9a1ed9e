// The index alone, with hashes chosen so that runs of slots grow long, wrap around and are emptied in every order.
#include "skep/maps/hash_index.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace skep {
namespace {

/// Elements are their own keys; hashes fall onto `homes` neighbouring slots, the last ones of the table included.
void compare_with_model(std::uint64_t homes, std::uint32_t elements, std::uint64_t seed) {
  HashIndex index;
  std::map<std::uint32_t, std::uint64_t> model;
  std::mt19937_64 random(seed);
  const auto hash_of = [&](std::uint32_t element) {
    const std::uint64_t spread = element * hash_factor >> 20;
    return (spread << 12 | ((element % homes) - homes / 2)) & 0xffff'ffff;  // from -homes/2 on, modulo the table
  };
  for (int step = 0; step < 30000; ++step) {
    const auto element = static_cast<std::uint32_t>(random() % elements);
    const std::uint64_t hash = hash_of(element);
    const std::uint32_t found = index.find(hash, [&](std::uint32_t other) { return other == element; });
    ASSERT_EQ(found, model.contains(element) ? element : HashIndex::none) << "step " << step;
    if (found == HashIndex::none) {
      ASSERT_TRUE(index.insert(hash, element));
      model[element] = hash;
    } else {
      index.erase(hash, element);
      model.erase(element);
    }
  }
  for (const auto& entry : model)
    EXPECT_EQ(index.find(entry.second, [&](std::uint32_t other) { return other == entry.first; }), entry.first);
}

TEST(HashIndex, OneSlotForAll) { compare_with_model(1, 200, 1); }
TEST(HashIndex, AFewSlots) { compare_with_model(3, 200, 2); }
TEST(HashIndex, ManySlots) { compare_with_model(64, 250, 3); }
TEST(HashIndex, MoreThanOnePage) { compare_with_model(4096, 20000, 4); }

TEST(HashIndex, FindsAmongEqualHashes) {
  HashIndex index;
  for (std::uint32_t element = 0; element < 50; ++element) ASSERT_TRUE(index.insert(0, element));
  for (std::uint32_t element = 0; element < 50; ++element)
    EXPECT_EQ(index.find(0, [&](std::uint32_t other) { return other == element; }), element);
  EXPECT_EQ(index.find(0, [](std::uint32_t) { return false; }), HashIndex::none);
}

}  // namespace
}  // namespace skep
