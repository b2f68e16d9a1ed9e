// How fast do the engines execute instructions? Small C programs, compiled once for BPF and once for this machine; per
// program the nanoseconds per executed instruction and per run of each engine, and how many times the native time that
// is. Engines take turns in every round, and the median round counts, so that a busy machine slows all of them alike.
//
//   interpreter_bench [--json]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>

#include "programs/interpreter_programs.h"
#include "skep/elf/elf.hpp"
#include "skep/vm/vm.hpp"

namespace skep {
namespace {

inline constexpr std::size_t memory_bytes = 1024;
inline constexpr std::size_t rounds = 9;
inline constexpr double round_ns = 2e6;

struct NativeProgram {
  std::string_view name;
  u64 (*function)(u8* memory, u64 size);
};
constexpr NativeProgram native_programs[] = {
#define PROGRAM(name) {#name, name##_program},
    INTERPRETER_PROGRAMS(PROGRAM)
#undef PROGRAM
};

struct Figures {
  std::string_view name;
  std::uint64_t instructions;
  double native_ns;
  double interpreter_ns;
  double checked_ns;
};

template <typename T, typename E>
T value_or_exit(tl::expected<T, E> result) {
  if (result) return std::move(*result);
  std::fputs(render(result.error(), false).c_str(), stderr);
  std::exit(1);
}

ByteVector read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

double time_ns(const std::function<void()>& once, std::uint64_t times) {
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < times; ++i) once();
  const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / static_cast<double>(times);
}

/// Median nanoseconds of each.
std::vector<double> measure(const std::vector<std::function<void()>>& contestants) {
  std::vector<std::uint64_t> times;
  for (const auto& once : contestants)
    times.push_back(1 + static_cast<std::uint64_t>(round_ns / std::max(1.0, time_ns(once, 100))));
  std::vector<std::vector<double>> all(contestants.size());
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < contestants.size(); ++i) all[i].push_back(time_ns(contestants[i], times[i]));
  std::vector<double> medians;
  for (auto& figures : all) {
    std::nth_element(figures.begin(), figures.begin() + rounds / 2, figures.end());
    medians.push_back(figures[rounds / 2]);
  }
  return medians;
}

void fill(ByteVector& memory) {
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<std::uint8_t>(i * 167 + 13);
}

Figures measure_program(const NativeProgram& native, ByteView instructions) {
  const std::vector<RawInsn> slots = value_or_exit(slots_from_bytes(instructions));
  const auto code = value_or_exit(lower(slots, {}));
  ByteVector memory(memory_bytes);
  const Region region{.begin = reinterpret_cast<std::uint64_t>(memory.data()), .size = memory.size()};
  const RunInput input{.r1 = region.begin, .r2 = memory.size(), .regions = {&region, 1}};
  Machine machine;

  fill(memory);
  const std::uint64_t expected = native.function(memory.data(), memory.size());
  std::uint64_t executed = 0;
  for (const Engine engine : {Engine::checked, Engine::interpreter}) {
    fill(memory);
    const RunResult result = machine.run(*code, engine, input);
    if (result.fault) std::fputs(render(as_diagnostic(*result.fault), false).c_str(), stderr);
    CHECK(!result.fault && result.value == expected);
    executed = result.instructions;
  }
  const auto run_on = [&](Engine engine) { return [&, engine] { (void)machine.run(*code, engine, input); }; };
  volatile std::uint64_t sink = 0;
  const auto run_native = [&] { sink = native.function(memory.data(), memory.size()); };
  const std::vector<double> medians = measure({run_native, run_on(Engine::interpreter), run_on(Engine::checked)});
  return {native.name, executed, medians[0], medians[1], medians[2]};
}

/// What a run costs besides its instructions: a program of two.
Figures measure_start() {
  const std::vector<RawInsn> slots = {encode(Alu{AluOp::mov, Width::w64, Reg::r0, from_imm(0)}).raw[0],
                                      encode(Exit{}).raw[0]};
  const auto code = value_or_exit(lower(slots, {}));
  Machine machine;
  const auto run_on = [&](Engine engine) { return [&, engine] { (void)machine.run(*code, engine, {}); }; };
  const std::vector<double> medians = measure({[] {}, run_on(Engine::interpreter), run_on(Engine::checked)});
  return {"(start of a run)", 2, medians[0], medians[1], medians[2]};
}

double per_instruction(double ns, const Figures& figures) { return ns / static_cast<double>(figures.instructions); }

/// Geometric mean over the programs of one figure.
double mean(const std::vector<Figures>& all, const std::function<double(const Figures&)>& figure) {
  double sum = 0;
  for (const Figures& figures : all) sum += std::log(figure(figures));
  return std::exp(sum / static_cast<double>(all.size()));
}

void print_table(const std::vector<Figures>& all, const Figures& start) {
  fmt::print("{:18} {:>8} {:>10} | {:>10} {:>8} {:>8} | {:>10} {:>8} {:>8}\n", "", "", "native", "interpreter", "",
             "times", "checked", "", "times");
  fmt::print("{:18} {:>8} {:>10} | {:>10} {:>8} {:>8} | {:>10} {:>8} {:>8}\n", "program", "insns", "ns/run", "ns/run",
             "ns/insn", "native", "ns/run", "ns/insn", "native");
  for (const Figures& f : all)
    fmt::print("{:18} {:8} {:10.0f} | {:10.0f} {:8.2f} {:8.1f} | {:10.0f} {:8.2f} {:8.1f}\n", f.name, f.instructions,
               f.native_ns, f.interpreter_ns, per_instruction(f.interpreter_ns, f), f.interpreter_ns / f.native_ns,
               f.checked_ns, per_instruction(f.checked_ns, f), f.checked_ns / f.native_ns);
  fmt::print("{:18} {:8} {:10} | {:10.1f} {:8} {:8} | {:10.1f}\n", start.name, start.instructions, "",
             start.interpreter_ns, "", "", start.checked_ns);
  fmt::print("{:18} {:8} {:10} | {:10} {:8.2f} {:8.1f} | {:10} {:8.2f} {:8.1f}\n", "geometric mean", "", "", "",
             mean(all, [](const Figures& f) { return per_instruction(f.interpreter_ns, f); }),
             mean(all, [](const Figures& f) { return f.interpreter_ns / f.native_ns; }), "",
             mean(all, [](const Figures& f) { return per_instruction(f.checked_ns, f); }),
             mean(all, [](const Figures& f) { return f.checked_ns / f.native_ns; }));
}

void print_json(const std::vector<Figures>& all, const Figures& start) {
  JsonWriter json(true);
  json.begin_object();
  json.key("programs");
  json.begin_array();
  for (const Figures& f : all) {
    json.begin_object();
    json.field("name", f.name);
    json.field("instructions", f.instructions);
    json.field("native_ns", f.native_ns);
    json.field("interpreter_ns", f.interpreter_ns);
    json.field("checked_ns", f.checked_ns);
    json.end_object();
  }
  json.end_array();
  json.field("start_interpreter_ns", start.interpreter_ns);
  json.field("start_checked_ns", start.checked_ns);
  json.field("interpreter_ns_per_instruction",
             mean(all, [](const Figures& f) { return per_instruction(f.interpreter_ns, f); }));
  json.field("checked_ns_per_instruction",
             mean(all, [](const Figures& f) { return per_instruction(f.checked_ns, f); }));
  json.end_object();
  fmt::print("{}\n", json.text());
}

int bench(bool as_json) {
  const ByteVector file = read_file(SKEP_INTERPRETER_PROGRAMS);
  const auto elf = value_or_exit(read_elf(file));
  std::vector<Figures> all;
  for (const NativeProgram& native : native_programs) {
    const ElfSection* const section = elf.find(native.name);
    CHECK(section != nullptr);
    all.push_back(measure_program(native, section->content));
  }
  const Figures start = measure_start();
  as_json ? print_json(all, start) : print_table(all, start);
  return 0;
}

}  // namespace
}  // namespace skep

int main(int count, char** arguments) { return skep::bench(count > 1 && std::string_view(arguments[1]) == "--json"); }
