// Maps as programs see them: addresses of values, the CPU's own value, what is in which memory, walks with a callback.
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <random>
#include <set>

#include "skep/maps/maps.hpp"

namespace skep {
namespace {

constexpr CpuCount four_cpus{4};

std::unique_ptr<KernelMap> map_of(MapType type, std::uint32_t key_size, std::uint32_t value_size, std::uint32_t entries,
                                  std::uint32_t flags = 0) {
  int error = 0;
  auto map =
      create_map({.type = type, .key_size = key_size, .value_size = value_size, .max_entries = entries, .flags = flags},
                 four_cpus, error);
  EXPECT_EQ(error, 0);
  return map;
}

template <typename T>
const std::uint8_t* bytes(const T& value) {
  return reinterpret_cast<const std::uint8_t*>(&value);
}

std::optional<std::uint64_t> value_in(KernelMap& map, std::uint64_t key, std::uint32_t cpu = 0) {
  const std::uint8_t* at = map.lookup(bytes(key), cpu);
  if (at == nullptr) return std::nullopt;
  return load_unaligned<std::uint64_t>(at);
}

bool is_value_memory(const KernelMap& map, const std::uint8_t* at) {
  const auto address = reinterpret_cast<std::uint64_t>(at);
  for (const ValueMemory& memory : map.value_memory()) {
    if (address < memory.begin || address - memory.begin >= memory.size) continue;
    if ((address - memory.begin) % memory.stride == memory.first && memory.length == map.attributes().value_size)
      return true;
  }
  return false;
}

/// Random calls beside a std::map, keys of each size that has code of its own.
class HashOfKeySize : public testing::TestWithParam<std::uint32_t> {};

TEST_P(HashOfKeySize, BehavesAsAModelDoes) {
  const std::uint32_t key_size = GetParam();
  constexpr std::uint32_t capacity = 300;
  const auto map = map_of(MapType::hash, key_size, 8, capacity);
  std::map<ByteVector, std::uint64_t> model;
  std::map<ByteVector, const std::uint8_t*> places;
  std::mt19937_64 random(key_size);
  for (int step = 0; step < 20000; ++step) {
    ByteVector key(key_size);
    store_unaligned(key.data(), static_cast<std::uint16_t>(random() % 500));
    const std::uint64_t value = random();
    switch (random() % 4) {
      case 0:
      case 1: {
        const bool fits = model.contains(key) || model.size() < capacity;
        EXPECT_EQ(map->update(key.data(), bytes(value), bpf_any, 0), fits ? 0 : -E2BIG);
        if (fits) model[key] = value;
        break;
      }
      case 2: {
        EXPECT_EQ(map->erase(key.data()), model.erase(key) != 0 ? 0 : -ENOENT);
        places.erase(key);
        break;
      }
      default: {
        const std::uint8_t* at = map->lookup(key.data(), 0);
        ASSERT_EQ(at != nullptr, model.contains(key));
        if (at == nullptr) break;
        EXPECT_EQ(load_unaligned<std::uint64_t>(at), model[key]);
        EXPECT_TRUE(is_value_memory(*map, at));
        EXPECT_EQ(places.emplace(key, at).first->second, at) << "a value must not move while its key lives";
      }
    }
  }
  std::map<ByteVector, std::uint64_t> walked;
  EXPECT_EQ(map->for_each(0,
                          [&](const std::uint8_t* key, const std::uint8_t* value) {
                            walked[ByteVector(key, key + key_size)] = load_unaligned<std::uint64_t>(value);
                            return true;
                          }),
            static_cast<long>(model.size()));
  EXPECT_EQ(walked, model);
}

INSTANTIATE_TEST_SUITE_P(KeySizes, HashOfKeySize, testing::Values(2, 4, 7, 8, 16, 37));

TEST(HashMap, EveryCpuHasItsValueAndNewElementsStartAtZero) {
  for (const MapType type : {MapType::percpu_hash, MapType::lru_percpu_hash}) {
    const auto map = map_of(type, 8, 8, 2);
    const std::uint64_t key = 7, first = 11, second = 22;
    ASSERT_EQ(map->update(bytes(key), bytes(first), bpf_any, 1), 0);
    EXPECT_EQ(value_in(*map, key, 1), 11U);
    EXPECT_EQ(value_in(*map, key, 3), 0U);
    ASSERT_EQ(map->update(bytes(key), bytes(second), bpf_any, 3), 0);
    EXPECT_EQ(value_in(*map, key, 1), 11U);
    EXPECT_EQ(value_in(*map, key, 3), 22U);
    EXPECT_EQ(map->lookup(bytes(key), 4), nullptr) << "there are four CPUs";
    for (std::uint32_t cpu = 0; cpu < 4; ++cpu) EXPECT_TRUE(is_value_memory(*map, map->lookup(bytes(key), cpu)));
    ByteVector all(map->user_value_size());
    ASSERT_EQ(map->user_lookup({bytes(key), 8}, all, 0), 0);
    const std::uint64_t expected[] = {0, 11, 0, 22};
    EXPECT_EQ(to_hex(all), to_hex({bytes(expected), sizeof expected}));
    ASSERT_EQ(map->erase(bytes(key)), 0);
    ASSERT_EQ(map->update(bytes(key), bytes(first), bpf_any, 0), 0);
    EXPECT_EQ(value_in(*map, key, 3), 0U) << "what the place held before must not show";
  }
}

TEST(HashMap, WalksEndThoughElementsAreDeletedOnTheWay) {
  const auto map = map_of(MapType::hash, 4, 8, 1000);
  for (std::uint32_t key = 0; key < 1000; ++key) ASSERT_EQ(map->update(bytes(key), bytes(key * 1ULL), bpf_any, 0), 0);
  const long visited = map->for_each(0, [&](const std::uint8_t* key, std::uint8_t*) {
    const auto copy = load_unaligned<std::uint32_t>(key);
    return map->erase(bytes(copy)) == 0;
  });
  EXPECT_EQ(visited, 1000);
  std::uint32_t next = 0;
  EXPECT_EQ(map->next_key({}, {reinterpret_cast<std::uint8_t*>(&next), 4}), -ENOENT);
}

TEST(HashMap, EmptyingFromTheFrontTakesLinearTime) {
  constexpr std::uint32_t entries = 200'000;
  const auto map = map_of(MapType::hash, 4, 8, entries);
  for (std::uint32_t key = 0; key < entries; ++key)
    ASSERT_EQ(map->update(bytes(key), bytes(key * 1ULL), bpf_any, 0), 0);
  std::uint32_t key = 0, deleted = 0;
  while (map->next_key({}, {reinterpret_cast<std::uint8_t*>(&key), 4}) == 0) deleted += map->erase(bytes(key)) == 0;
  EXPECT_EQ(deleted, entries);  // quadratic, the test would run into its time limit
}

TEST(HashMap, CallbackMayStopTheWalk) {
  const auto map = map_of(MapType::hash, 4, 8, 10);
  for (std::uint32_t key = 0; key < 5; ++key) ASSERT_EQ(map->update(bytes(key), bytes(key * 1ULL), bpf_any, 0), 0);
  int calls = 0;
  EXPECT_EQ(map->for_each(0, [&](auto*, auto*) { return ++calls < 3; }), 3);
}

TEST(LruHashMap, DropsWhatNobodyLookedUp) {
  const auto map = map_of(MapType::lru_hash, 8, 8, 100);
  for (std::uint64_t key = 0; key < 100; ++key) ASSERT_EQ(map->update(bytes(key), bytes(key), bpf_any, 0), 0);
  for (std::uint64_t key = 0; key < 100; key += 2) ASSERT_TRUE(value_in(*map, key));
  for (std::uint64_t key = 100; key < 150; ++key) ASSERT_EQ(map->update(bytes(key), bytes(key), bpf_any, 0), 0);
  for (std::uint64_t key = 0; key < 150; ++key)
    EXPECT_EQ(value_in(*map, key).has_value(), key >= 100 || key % 2 == 0) << key;
}

TEST(LruHashMap, DropsTheOldestFirst) {
  const auto map = map_of(MapType::lru_hash, 8, 8, 100);
  for (std::uint64_t key = 0; key < 100; ++key) ASSERT_EQ(map->update(bytes(key), bytes(key), bpf_any, 0), 0);
  const std::uint64_t deleted = 1;
  ASSERT_EQ(map->erase(bytes(deleted)), 0);
  for (std::uint64_t key = 100; key < 105; ++key) ASSERT_EQ(map->update(bytes(key), bytes(key), bpf_any, 0), 0);
  for (std::uint64_t key = 0; key < 105; ++key) EXPECT_EQ(value_in(*map, key).has_value(), key >= 5) << key;
}

TEST(ArrayMap, ValuesLieInOneRowOfMultiplesOfEight) {
  const auto map = map_of(MapType::array, 4, 12, 3);
  const std::uint32_t first = 0, second = 1, beyond = 3;
  EXPECT_EQ(map->lookup(bytes(second), 0) - map->lookup(bytes(first), 0), 16);
  EXPECT_EQ(map->lookup(bytes(beyond), 0), nullptr);
  EXPECT_TRUE(is_value_memory(*map, map->lookup(bytes(second), 0)));
  ASSERT_EQ(map->value_memory().size(), 1U);
  EXPECT_EQ(map->value_memory()[0].size, 48U);
}

TEST(PerCpuArrayMap, ProgramsSeeTheirCpusValue) {
  const auto map = map_of(MapType::percpu_array, 4, 8, 2);
  const std::uint32_t key = 1;
  const std::uint64_t value = 5;
  ASSERT_EQ(map->update(bytes(key), bytes(value), bpf_any, 2), 0);
  ByteVector all(map->user_value_size());
  ASSERT_EQ(map->user_lookup({bytes(key), 4}, all, 0), 0);
  const std::uint64_t expected[] = {0, 0, 5, 0};
  EXPECT_EQ(to_hex(all), to_hex({bytes(expected), sizeof expected}));
  EXPECT_EQ(map->lookup(bytes(key), 4), nullptr);
}

TEST(SlotMap, HoldsObjectsAndShowsTheirIds) {
  struct Thing final : SlotObject {
    [[nodiscard]] std::uint32_t slot_id() const override { return 77; }
  };
  const auto map = map_of(MapType::prog_array, 4, 4, 2);
  auto& slots = dynamic_cast<SlotMap&>(*map);
  EXPECT_EQ(slots.set(2, std::make_shared<Thing>(), 0), -E2BIG);
  EXPECT_EQ(slots.set(0, std::make_shared<Thing>(), bpf_exist), -EINVAL);
  ASSERT_EQ(slots.set(1, std::make_shared<Thing>(), 0), 0);
  EXPECT_EQ(slots.object(0), nullptr);
  EXPECT_NE(slots.object(1), nullptr);
  EXPECT_EQ(slots.object(2), nullptr);
  const std::uint32_t key = 1;
  std::uint32_t id = 0;
  ASSERT_EQ(map->user_lookup({bytes(key), 4}, {reinterpret_cast<std::uint8_t*>(&id), 4}, 0), 0);
  EXPECT_EQ(id, 77U);
  EXPECT_EQ(slots.clear(1), 0);
  EXPECT_EQ(slots.clear(1), -ENOENT);
}

}  // namespace
}  // namespace skep
