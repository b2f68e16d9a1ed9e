// Loops, walks over maps and tail calls: helpers that run other code of the program.
#include <cerrno>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/twin.hpp"

namespace skep {
namespace {

using twin::function;
using twin::map;
using twin::number;
using twin::value;

void check(const twin::Program& program, const std::vector<std::int64_t>& expected, std::uint64_t counter) {
  const auto expect = [&](const twin::Outcome& outcome, const char* where) {
    ASSERT_EQ(outcome.refused, 0) << outcome.log;
    EXPECT_EQ(outcome.results, expected) << where;
    EXPECT_EQ(load_unaligned<std::uint64_t>(outcome.values.at(0).data()), counter) << where;
  };
  expect(twin::run_here(program), "here");
  if (const auto there = twin::run_on_linux(program); there) expect(*there, "on Linux");
}

/// counter at map 0 += 1; return `when` < 0 ? 0 : index == when
std::vector<RawInsn> counting_callback(std::int32_t stop_at) {
  return {
      {0xbf, 6, 1, 0, 0},                            // r6 = r1
      {0x18, 1, 2, 0, 0}, {0, 0, 0, 0, 0},           // r1 = the counter
      {0x79, 2, 1, 0, 0},                            // r2 = *r1
      {0x07, 2, 0, 0, 1}, {0x7b, 1, 2, 0, 0},        // *r1 = r2
      {0xb7, 0, 0, 0, 0}, {0x55, 6, 0, 1, stop_at},  // if r6 != stop_at: return 0
      {0xb7, 0, 0, 0, 1}, {0x95, 0, 0, 0, 0},
  };
}

TEST(Loop, CountsItsIterations) {
  twin::Program program({twin::memory(ByteVector(8))});
  program.callback(counting_callback(-1));
  program.callback(counting_callback(4));
  program.call(HelperId::loop, {number(10), function(0), number(0), number(0)});
  program.call(HelperId::loop, {number(0), function(0), number(0), number(0)});
  program.call(HelperId::loop, {number(10), function(1), number(0), number(0)});
  program.call(HelperId::loop, {number(10), function(0), number(0), number(1)});
  program.call(HelperId::loop, {number((1 << 23) + 1), function(0), number(0), number(0)});
  check(program, {10, 0, 5, -EINVAL, static_cast<std::uint32_t>(-E2BIG)}, 15);
}

twin::MapSpec map_of(MapType type, std::uint32_t value_size, std::uint32_t entries) {
  twin::MapSpec spec;
  spec.attributes = {.type = type, .key_size = 4, .value_size = value_size, .max_entries = entries};
  return spec;
}

/// counter += key + value
std::vector<RawInsn> adding_callback() {
  return {
      {0x61, 2, 2, 0, 0},  // r2 = *(u32 *)key
      {0x79, 3, 3, 0, 0},  // r3 = *(u64 *)value
      {0x0f, 2, 3, 0, 0}, {0x18, 1, 2, 0, 0}, {0, 0, 0, 0, 0},    {0x79, 4, 1, 0, 0},
      {0x0f, 4, 2, 0, 0}, {0x7b, 1, 4, 0, 0}, {0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0},
  };
}

TEST(ForEachMapElem, VisitsEveryElement) {
  for (const MapType type : {MapType::hash, MapType::lru_hash, MapType::percpu_hash}) {
    ByteVector memory(64);
    for (std::uint32_t key = 1; key <= 3; ++key) {
      store_unaligned(memory.data() + 8 * key, key);
      store_unaligned(memory.data() + 32 + 8 * (key - 1), std::uint64_t{100} * key);
    }
    twin::Program program({twin::memory(memory), map_of(type, 8, 100)});
    for (std::int64_t key = 1; key <= 3; ++key)
      program.call(HelperId::map_update_elem, {map(1), value(0, 8 * key), value(0, 24 + 8 * key), number(0)});
    program.callback(adding_callback());
    program.call(HelperId::for_each_map_elem, {map(1), function(0), number(0), number(0)});
    program.call(HelperId::for_each_map_elem, {map(1), function(0), number(0), number(1)});
    check(program, {0, 0, 0, 3, -EINVAL}, 606);
  }
}

TEST(ForEachMapElem, VisitsArraysWhole) {
  for (const MapType type : {MapType::array, MapType::percpu_array}) {
    twin::Program program({twin::memory(ByteVector(8)), map_of(type, 8, 5)});
    program.callback(adding_callback());
    program.call(HelperId::for_each_map_elem, {map(1), function(0), number(0), number(0)});
    check(program, {5}, 0 + 1 + 2 + 3 + 4);
  }
}

TEST(MapHelpers, AnswerAsTheSystemCallDoes) {
  ByteVector memory(32);
  store_unaligned(memory.data(), std::uint32_t{7});
  store_unaligned(memory.data() + 8, std::uint64_t{0x1122334455667788});
  store_unaligned(memory.data() + 16, std::uint32_t{8});
  twin::Program program({twin::memory(memory), map_of(MapType::hash, 8, 1)});
  const auto update = [&](std::int64_t key, std::int64_t flags) {
    program.call(HelperId::map_update_elem, {map(1), value(0, key), value(0, 8), number(flags)});
  };
  update(0, 2);
  update(0, 1);
  update(0, 1);
  update(0, 3);
  update(0, 4);
  update(16, 0);
  program.call_with_memory(HelperId::map_lookup_elem, {map(1), value(0)}, 5, {});
  program.call_with_memory(HelperId::map_lookup_elem, {map(1), value(0, 16)}, 5, {});
  program.call(HelperId::map_delete_elem, {map(1), value(0, 16)});
  program.call(HelperId::map_delete_elem, {map(1), value(0)});
  program.call(HelperId::map_delete_elem, {map(1), value(0)});
  check(program, {-ENOENT, 0, -EEXIST, -EINVAL, -EINVAL, -E2BIG, 1, 0, -ENOENT, 0, -ENOENT}, 7);
}

TEST(MapHelpers, OtherCpusValuesCanBeSeen) {
  ByteVector memory(24);
  store_unaligned(memory.data(), std::uint32_t{0});
  twin::Program program({twin::memory(memory), map_of(MapType::percpu_array, 8, 1)});
  program.call_with_memory(HelperId::map_lookup_percpu_elem, {map(1), value(0), number(0)}, 5, {});
  program.call_with_memory(HelperId::map_lookup_percpu_elem, {map(1), value(0), number(100000)}, 5, {});
  check(program, {1, 0}, 0);
}

TEST(TailCall, OfAnEmptySlotGoesOn) {
  twin::Program program({twin::memory(ByteVector(8)), map_of(MapType::prog_array, 4, 2)});
  // Linux leaves r0 as it was; here it is an errno: so only that it goes on is compared.
  program.call(HelperId::tail_call, {twin::context(), map(1), number(0)});
  program.call(HelperId::loop, {number(0), function(0), number(0), number(0)});
  program.callback(counting_callback(-1));
  const auto here = twin::run_here(program);
  EXPECT_EQ(here.results.at(1), 0);
}

/// A program behind a slot.
struct Slot final : SlotObject {
  std::shared_ptr<const Code> code;
  [[nodiscard]] std::uint32_t slot_id() const override { return 1; }
  [[nodiscard]] const Code* program_code() const override { return code.get(); }
};

TEST(TailCall, RunsTheOtherProgramInItsPlace) {
  int error = 0;
  const auto slots = create_map(map_of(MapType::prog_array, 4, 2).attributes, {1}, error);
  ASSERT_EQ(error, 0);
  const auto lowered = [&](std::initializer_list<RawInsn> code) {
    const std::vector<RawInsn> all(code);
    return *lower(all, {.helpers = helper_table(), .maps = {slots.get()}});
  };
  auto target = std::make_shared<Slot>();
  target->code = lowered({{0xb7, 0, 0, 0, 99}, {0x95, 0, 0, 0, 0}});
  ASSERT_EQ(static_cast<SlotMap&>(*slots).set(1, target, 0), 0);
  for (std::int32_t index = 0; index < 3; ++index) {
    const auto handle = static_cast<std::uint64_t>(map_handle_base);
    const auto code = lowered({{0x18, 2, 0, 0, static_cast<std::int32_t>(handle)},
                               {0, 0, 0, 0, static_cast<std::int32_t>(handle >> 32)},
                               {0xb7, 3, 0, 0, index},
                               {0x85, 0, 0, 0, 12},
                               {0xb7, 0, 0, 0, 1},
                               {0x95, 0, 0, 0, 0}});
    Machine machine;
    twin::World world;
    const RunResult result = machine.run(*code, Engine::checked, {.environment = static_cast<Environment*>(&world)});
    EXPECT_FALSE(result.fault) << result.fault->what;
    EXPECT_EQ(result.value, index == 1 ? 99U : 1U) << "slot " << index;
  }
}

}  // namespace
}  // namespace skep
