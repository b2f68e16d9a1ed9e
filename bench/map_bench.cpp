// What maps cost a program: ns per call through KernelMap, keys in random order so that the caches are what they are in
// earnest, beside std::unordered_map in the same run; and, where bpf(2) may be used, beside Linux's own hash, looked up
// by a program under BPF_PROG_TEST_RUN (its time includes the loop around it: about 2 ns an iteration).
#include <benchmark/benchmark.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <unordered_map>

#include "skep/isa/isa.hpp"
#include "skep/maps/maps.hpp"

namespace skep {
namespace {

constexpr std::size_t batch = 1 << 12;

std::vector<std::uint64_t> random_keys(std::size_t count) {
  std::mt19937_64 random(count);
  std::vector<std::uint64_t> keys(count);
  std::generate(keys.begin(), keys.end(), random);
  return keys;
}

/// `keys` in random order, at least a batch of them.
std::vector<std::uint64_t> shuffled(const std::vector<std::uint64_t>& keys) {
  std::vector<std::uint64_t> order;
  while (order.size() < batch) order.insert(order.end(), keys.begin(), keys.end());
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  return order;
}

const std::uint8_t* bytes(const std::uint64_t& value) { return reinterpret_cast<const std::uint8_t*>(&value); }

std::unique_ptr<KernelMap> filled(MapType type, const std::vector<std::uint64_t>& keys) {
  int error = 0;
  const auto entries = static_cast<std::uint32_t>(keys.size());
  const bool array = type == MapType::array || type == MapType::percpu_array;
  auto map =
      create_map({.type = type, .key_size = array ? 4U : 8U, .value_size = 8, .max_entries = entries}, {2}, error);
  for (const std::uint64_t key : keys) {
    if (map == nullptr || (!array && map->update(bytes(key), bytes(key), bpf_any, 0) != 0)) std::abort();
  }
  return map;
}

template <typename Call>
void measure(benchmark::State& state, const std::vector<std::uint64_t>& order, const Call& call) {
  std::size_t at = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < batch; ++i, ++at) call(order[at % order.size()]);
  }
  const double calls = static_cast<double>(state.iterations()) * static_cast<double>(batch);
  state.counters["each"] = benchmark::Counter(calls, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void lookup(benchmark::State& state, MapType type) {
  const auto keys = random_keys(static_cast<std::size_t>(state.range(0)));
  const auto map = filled(type, keys);
  measure(state, shuffled(keys),
          [&](const std::uint64_t& key) { benchmark::DoNotOptimize(map->lookup(bytes(key), 1)); });
}

void array_lookup(benchmark::State& state, MapType type) {
  const auto keys = random_keys(static_cast<std::size_t>(state.range(0)));
  const auto map = filled(type, keys);
  auto order = shuffled(keys);
  for (std::uint64_t& key : order) key %= keys.size();
  measure(state, order, [&](const std::uint64_t& key) { benchmark::DoNotOptimize(map->lookup(bytes(key), 1)); });
}

void update(benchmark::State& state, MapType type) {
  const auto keys = random_keys(static_cast<std::size_t>(state.range(0)));
  const auto map = filled(type, keys);
  measure(state, shuffled(keys),
          [&](const std::uint64_t& key) { benchmark::DoNotOptimize(map->update(bytes(key), bytes(key), bpf_any, 1)); });
}

/// A map that is full: each call drops an element and makes one.
void insert_and_delete(benchmark::State& state, MapType type) {
  auto keys = random_keys(static_cast<std::size_t>(state.range(0)));
  const auto map = filled(type, keys);
  std::size_t at = 0;
  measure(state, shuffled(keys), [&](const std::uint64_t& key) {
    std::uint64_t& old = keys[at++ % keys.size()];
    benchmark::DoNotOptimize(map->erase(bytes(old)));
    old = key ^ at;
    benchmark::DoNotOptimize(map->update(bytes(old), bytes(key), bpf_any, 1));
  });
}

void unordered_map_lookup(benchmark::State& state) {
  const auto keys = random_keys(static_cast<std::size_t>(state.range(0)));
  std::unordered_map<std::uint64_t, std::uint64_t> map;
  for (const std::uint64_t key : keys) map[key] = key;
  measure(state, shuffled(keys), [&](const std::uint64_t& key) { benchmark::DoNotOptimize(map.find(key)); });
}

BENCHMARK_CAPTURE(lookup, hash, MapType::hash)->Arg(1000)->Arg(1'000'000);
BENCHMARK(unordered_map_lookup)->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(lookup, percpu_hash, MapType::percpu_hash)->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(lookup, lru_hash, MapType::lru_hash)->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(array_lookup, array, MapType::array)->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(array_lookup, percpu_array, MapType::percpu_array)->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(update, hash, MapType::hash)->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(insert_and_delete, hash, MapType::hash)->Arg(1000)->Arg(1'000'000);

// ---- Linux's own ----

/// union bpf_attr as far as it is needed here.
struct MapAttr {
  std::uint32_t type, key_size, value_size, max_entries, flags;
};
struct ElementAttr {
  std::uint64_t fd, key, value, flags;
};
struct LoadAttr {
  std::uint32_t type, count;
  std::uint64_t insns, license;
};
struct RunAttr {
  std::uint32_t fd, retval, size_in, size_out;
  std::uint64_t in, out;
  std::uint32_t repeat, duration;
  std::uint64_t unused[4];
};

template <typename Attr>
int bpf(int command, Attr&& attr) {
  return static_cast<int>(syscall(SYS_bpf, command, &attr, sizeof attr));
}

/// Looks up `batch` keys from `keys` (an array map, from its element *r6 on) in `map`.
ByteVector lookup_program(int map, int keys) {
  const auto call = [](std::int32_t helper) { return Call{CallKind::helper, helper, 0}; };
  const auto set = [](Reg dst, std::int32_t imm) { return Alu{AluOp::mov, Width::w64, dst, from_imm(imm)}; };
  const auto copy = [](Reg dst, Reg src) { return Alu{AluOp::mov, Width::w64, dst, from_reg(src)}; };
  const auto add = [](Reg dst, std::int32_t imm) { return Alu{AluOp::add, Width::w64, dst, from_imm(imm)}; };
  const Instruction insns[] = {LoadImm64{Reg{6}, ImmKind::map_value, keys, 0}, set(Reg{7}, 0),
                               // loop: r2 = &keys[r7 & (batch - 1)]
                               copy(Reg{2}, Reg{7}), Alu{AluOp::and_, Width::w64, Reg{2}, from_imm(batch - 1)},
                               Alu{AluOp::lsh, Width::w64, Reg{2}, from_imm(3)},
                               Alu{AluOp::add, Width::w64, Reg{2}, from_reg(Reg{6})},
                               LoadImm64{Reg{1}, ImmKind::map_fd, map, 0}, call(1), add(Reg{7}, 1),
                               Jump{JumpOp::lt, Width::w64, Reg{7}, from_imm(batch), -9}, set(Reg{0}, 0), Exit{}};
  std::vector<RawInsn> code;
  for (const Instruction& insn : insns) {
    const Encoded encoded = encode(insn);
    code.insert(code.end(), encoded.raw.begin(), encoded.raw.begin() + encoded.slots);
  }
  return bytes_from_slots(code);
}

void linux_hash_lookup(benchmark::State& state) {
  const auto keys = random_keys(static_cast<std::size_t>(state.range(0)));
  MapAttr hash_attr{1, 8, 8, static_cast<std::uint32_t>(keys.size()), 0};
  MapAttr keys_attr{2, 4, batch * 8, 1, 0};
  const UniqueFd hash(bpf(0, hash_attr)), batch_keys(bpf(0, keys_attr));
  if (!hash.valid() || !batch_keys.valid()) return state.SkipWithError("bpf(2) is refused: run this as root");
  for (const std::uint64_t key : keys) {
    ElementAttr attr{static_cast<std::uint64_t>(hash.get()), reinterpret_cast<std::uint64_t>(&key),
                     reinterpret_cast<std::uint64_t>(&key), 0};
    if (bpf(2, attr) != 0) return state.SkipWithError("Linux's map is full");
  }
  const auto code = lookup_program(hash.get(), batch_keys.get());
  const LoadAttr load{.type = 1,
                      .count = static_cast<std::uint32_t>(code.size() / slot_bytes),
                      .insns = reinterpret_cast<std::uint64_t>(code.data()),
                      .license = reinterpret_cast<std::uint64_t>("GPL")};
  const UniqueFd program(bpf(5, load));
  if (!program.valid()) return state.SkipWithError(("Linux refuses the program: " + errno_text(errno)).c_str());
  const auto order = shuffled(keys);
  std::size_t at = 0;
  double nanoseconds = 0;
  std::uint8_t packet[64] = {};
  for (auto _ : state) {
    // The keys of this batch, fresh ones each time.
    if (at + batch > order.size()) at = 0;
    const std::uint32_t zero = 0;
    ElementAttr attr{static_cast<std::uint64_t>(batch_keys.get()), reinterpret_cast<std::uint64_t>(&zero),
                     reinterpret_cast<std::uint64_t>(&order[at]), 0};
    RunAttr run{static_cast<std::uint32_t>(program.get()),
                0,
                sizeof packet,
                0,
                reinterpret_cast<std::uint64_t>(packet),
                0,
                1,
                0,
                {}};
    if (bpf(2, attr) != 0 || bpf(10, run) != 0) return state.SkipWithError("Linux does not run the program");
    at += batch;
    nanoseconds += run.duration;
    state.SetIterationTime(static_cast<double>(run.duration) * 1e-9);
  }
  const double calls = static_cast<double>(state.iterations()) * static_cast<double>(batch);
  state.counters["each"] = benchmark::Counter(nanoseconds * 1e-9 / calls);
}
BENCHMARK(linux_hash_lookup)->Arg(1000)->Arg(1'000'000)->UseManualTime();

}  // namespace
}  // namespace skep

BENCHMARK_MAIN();
