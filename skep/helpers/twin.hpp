// For this module's tests: a program of helper calls over maps that runs on our bodies (checked) and on Linux
// (BPF_PROG_TEST_RUN of an xdp program, attached to nothing), so that both can be held against one expectation. Memory
// arguments lie in the values of array maps; every call's result is kept.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "skep/helpers/environment.hpp"
#include "skep/helpers/table.hpp"
#include "skep/maps/maps.hpp"

namespace skep::twin {

/// A map of the program, and what its first value holds at the start.
struct MapSpec {
  MapAttributes attributes;
  ByteVector content = {};
  bool frozen = false;
};
/// An array of one value with these bytes and room behind them.
[[nodiscard]] MapSpec memory(ByteView content, std::uint32_t size = 0);
/// A text with its terminator in a frozen, read-only map, as the compiler's .rodata is.
[[nodiscard]] MapSpec constant(std::string_view text);

/// What a register gets before a call.
struct Argument {
  enum class Kind : std::uint8_t { number, context, map, value, function } kind = Kind::number;
  std::uint32_t map = 0;
  std::int64_t number = 0;  ///< or the offset in the map's value, or the callback's index
};
[[nodiscard]] constexpr Argument number(std::int64_t value) { return {Argument::Kind::number, 0, value}; }
[[nodiscard]] constexpr Argument context() { return {Argument::Kind::context, 0, 0}; }
[[nodiscard]] constexpr Argument map(std::uint32_t index) { return {Argument::Kind::map, index, 0}; }
[[nodiscard]] constexpr Argument value(std::uint32_t index, std::int64_t offset = 0) {
  return {Argument::Kind::value, index, offset};
}
[[nodiscard]] constexpr Argument function(std::uint32_t index) { return {Argument::Kind::function, 0, index}; }

class Program {
 public:
  explicit Program(std::vector<MapSpec> maps) : maps_(std::move(maps)) {}
  /// Calls and keeps r0.
  Program& call(HelperId helper, std::initializer_list<Argument> arguments);
  /// Calls; if r0 is not null, stores `word` there and gives r0 to `then` (with flags 0), else keeps 0.
  Program& call_with_memory(HelperId helper, std::initializer_list<Argument> arguments, std::int32_t word,
                            std::optional<HelperId> then);
  /// value(map, offset) = address of value(of, of_offset)
  Program& store_address(std::uint32_t map, std::int32_t offset, std::uint32_t of, std::int32_t of_offset);
  /// A callback as instructions; function(i) is the i-th added.
  Program& callback(std::vector<RawInsn> code);

  /// With the map that keeps the results as last.
  [[nodiscard]] std::vector<MapSpec> maps() const;
  /// From the value of the last map.
  [[nodiscard]] std::vector<std::int64_t> results_in(const std::uint8_t* value) const;
  /// Map loads have the map's index as low half.
  [[nodiscard]] std::vector<RawInsn> code() const;
  /// The slots at which the callbacks begin.
  [[nodiscard]] std::vector<std::uint32_t> callback_starts() const;

 private:
  void load(std::uint8_t reg, const Argument& argument);
  void load_map(std::uint8_t reg, ImmKind kind, std::uint32_t map, std::int64_t offset);
  void keep();

  std::vector<MapSpec> maps_;
  std::vector<RawInsn> code_;
  std::vector<std::vector<RawInsn>> callbacks_;
  std::vector<std::pair<std::size_t, std::size_t>> callback_loads_;  ///< slot, callback
  std::uint32_t results_ = 0;
};

struct Outcome {
  int refused = 0;  ///< errno of PROG_LOAD (Linux) or 0
  std::string log;
  std::vector<std::int64_t> results;
  std::vector<ByteVector>
      values;  ///< of each map: the first value of an array; of a ring buffer the written part of its data
};

/// The world of runs here; tests may change what it holds.
class World final : public Environment {
 public:
  Task current{.pid = 22, .tgid = 11, .uid = 1000, .gid = 100, .comm = "worker"};
  std::uint32_t processor = 0;
  std::string printed;
  std::uint64_t user_begin = 0x1000;
  ByteVector user;  ///< the task's memory, from user_begin on

  PacketBuffer* buffer = nullptr;  ///< of the run

  const Task& task() override { return current; }
  PacketBuffer* packet() override { return buffer; }
  std::uint32_t cpu() override { return processor; }
  std::uint64_t clock_ns(Clock clock) override { return 1'000'000'000ULL * (static_cast<std::uint64_t>(clock) + 1); }
  std::uint32_t random() override { return 4; }
  void trace(std::string_view text) override { printed += text; }
  int read_user(std::uint64_t address, MutableBytes to) override;
  int write_user(std::uint64_t, ByteView) override { return -14; }
  int read_kernel(Machine& machine, std::uint64_t address, MutableBytes to) override;
  std::uint64_t task_address() override { return kernel_object_base; }
};

/// A fault fails the test.
[[nodiscard]] Outcome run_here(const Program& program, World& world);
[[nodiscard]] Outcome run_here(const Program& program);
/// The fault of a run that must have one.
[[nodiscard]] std::string fault_of(const Program& program);
/// Nothing where bpf(2) may not be used.
[[nodiscard]] std::optional<Outcome> run_on_linux(const Program& program);
inline constexpr std::uint32_t packet_bytes = 64;  ///< of the packet that both run on
inline constexpr const char* no_linux = "asking Linux needs root and bpf(2)";

}  // namespace skep::twin
