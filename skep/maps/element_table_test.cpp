// The table alone, with hashes chosen so that groups run over, wrap around and are emptied in every order.
#include "skep/maps/element_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "skep/maps/key_hash.hpp"

namespace skep {
namespace {

/// Elements are eight bytes, their own keys.
class Table {
 public:
  explicit Table(std::uint32_t max_elements)
      : table_(std::move(ElementTable::allocate(max_elements, sizeof(std::uint64_t), false).value())) {}

  [[nodiscard]] std::uint8_t* find(std::uint64_t hash, std::uint64_t key) const {
    return table_.find(hash, [&](const std::uint8_t* at) { return load_unaligned<std::uint64_t>(at) == key; });
  }
  std::uint8_t* insert(std::uint64_t hash, std::uint64_t key) {
    std::uint8_t* const at = table_.insert(hash);
    std::memcpy(at, &key, sizeof key);
    return at;
  }
  [[nodiscard]] std::vector<std::uint64_t> walk() {
    std::vector<std::uint64_t> keys;
    for (auto place = table_.next_used(0); place; place = table_.next_used(*place + 1)) {
      EXPECT_TRUE(table_.in_use(*place));
      keys.push_back(load_unaligned<std::uint64_t>(table_.at(*place)));
    }
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  ElementTable& operator*() { return table_; }

 private:
  ElementTable table_;
};

/// Homes are a few groups from the last one on; a third of the tags are equal.
std::uint64_t hash_of(std::uint64_t key, std::uint64_t homes) {
  const std::uint64_t home = (0xffff'ffff - (key % homes << 26)) & 0xffff'ffff;
  return home << 32 | key * hash_factor >> 62;
}

void compare_with_model(std::uint64_t homes, std::uint32_t max_elements, std::uint64_t seed) {
  Table table(max_elements);
  std::map<std::uint64_t, std::uint8_t*> model;
  std::mt19937_64 random(seed);
  for (int step = 0; step < 30000; ++step) {
    const std::uint64_t key = random() % (2 * std::uint64_t{max_elements});
    const std::uint64_t hash = hash_of(key, homes);
    std::uint8_t* const found = table.find(hash, key);
    ASSERT_EQ(found, model.contains(key) ? model[key] : nullptr) << "step " << step;
    if (found != nullptr) {
      (*table).erase(hash, found);
      model.erase(key);
    } else if (!(*table).full()) {
      model[key] = table.insert(hash, key);
    }
    ASSERT_EQ((*table).count(), model.size());
    if (step % 1000 != 0) continue;
    std::vector<std::uint64_t> keys;
    for (const auto& entry : model) keys.push_back(entry.first);
    EXPECT_EQ(table.walk(), keys);
  }
}

TEST(ElementTable, OneGroupForAll) { compare_with_model(1, 200, 1); }
TEST(ElementTable, AFewGroups) { compare_with_model(3, 200, 2); }
TEST(ElementTable, ManyGroups) { compare_with_model(64, 250, 3); }
TEST(ElementTable, LongRuns) { compare_with_model(4, 2000, 4); }  // counts reach their end and stay
TEST(ElementTable, Smallest) { compare_with_model(1, 1, 5); }

TEST(ElementTable, WhatLeavesFromTheFrontIsNotWalkedAgain) {
  constexpr std::uint32_t elements = 200'000;
  Table table(elements);
  for (std::uint64_t key = 0; key < elements; ++key) table.insert(fold_multiply(key, hash_factor), key);
  std::uint64_t left = elements;
  for (auto place = (*table).next_used(0); place; place = (*table).next_used(0), --left) {  // quadratic: minutes
    const std::uint8_t* const at = (*table).at(*place);
    (*table).erase(fold_multiply(load_unaligned<std::uint64_t>(at), hash_factor), at);
  }
  EXPECT_EQ(left, 0U);
  EXPECT_EQ((*table).count(), 0U);
}

}  // namespace
}  // namespace skep
