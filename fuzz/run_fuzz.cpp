// Instruction bytes from anywhere, run: nothing a program does may hurt the checked engine or outlast its fuel. What
// ends well there (and so has touched only its own memory) must end the same way in the interpreter.
#include <array>
#include <cstdlib>
#include <cstring>

#include "skep/vm/vm.hpp"

namespace {

using namespace skep;

inline constexpr std::uint64_t fuel = 10'000;

void require(bool holds) {
  if (!holds) std::abort();
}

/// A packet of sixteen bytes and a context of four fields.
class Context final : public ContextAccess {
 public:
  bool load(std::uint32_t offset, std::uint32_t bytes, std::uint64_t& value) override {
    if (bytes != 4 || offset % 4 != 0 || offset >= 16) return false;
    value = fields_[offset / 4];
    return true;
  }
  bool store(std::uint32_t offset, std::uint32_t bytes, std::uint64_t value) override {
    if (bytes != 4 || offset % 4 != 0 || offset >= 16) return false;
    fields_[offset / 4] = static_cast<std::uint32_t>(value);
    return true;
  }
  ByteView packet_bytes() override { return packet_; }

 private:
  std::array<std::uint32_t, 4> fields_ = {};
  std::array<std::uint8_t, 16> packet_ = {1, 2, 3, 4, 5, 6, 7, 8};
};

/// What helpers do to a machine, one each: call back, tail call, end, fault, memory that comes and goes.
HelperTable run_helpers() {
  HelperTable table;
  table.set(1, [](Machine& machine, std::uint64_t function, std::uint64_t r2, std::uint64_t r3, std::uint64_t,
                  std::uint64_t) { return machine.call(function, r2, r3).value_or(0); });
  table.set(2, [](Machine& machine, auto, auto, auto, auto, auto) -> std::uint64_t {
    return machine.tail_call(machine.code()) ? 0 : 1;
  });
  table.set(3, [](Machine& machine, std::uint64_t value, auto, auto, auto, auto) -> std::uint64_t {
    machine.exit_with(value);
    return 0;
  });
  table.set(4, [](Machine& machine, auto, auto, auto, auto, auto) -> std::uint64_t {
    machine.fault(FaultKind::bad_argument, "helper 4");
    return 0;
  });
  table.set(5, [](Machine& machine, std::uint64_t from, std::uint64_t bytes, auto, auto, auto) -> std::uint64_t {
    std::uint64_t sum = 0;
    if (bytes > 4096 || !machine.may_access(from, bytes, Access::read)) return 1;
    for (std::uint64_t i = 0; i < bytes; ++i) sum += *Machine::at(from + i);
    return sum;
  });
  table.set(6, [](Machine& machine, auto, auto, auto, auto, auto) -> std::uint64_t {
    auto* record = static_cast<std::uint8_t*>(machine.environment());
    if (machine.dynamic_region_at(reinterpret_cast<std::uint64_t>(record), nullptr) == nullptr)
      machine.add_region({.begin = reinterpret_cast<std::uint64_t>(record), .size = 32, .kind = RegionKind::record});
    return reinterpret_cast<std::uint64_t>(record);
  });
  table.set(7, [](Machine& machine, std::uint64_t record, auto, auto, auto, auto) -> std::uint64_t {
    std::uint32_t ticket = 0;
    if (machine.dynamic_region_at(record, &ticket) == nullptr) return 1;
    machine.remove_region(ticket);
    return 0;
  });
  return table;
}

struct Outcome {
  RunResult result;
  std::array<std::uint8_t, 64> memory;
};

struct World {
  World() {
    const std::array<RawInsn, 2> nothing = {encode(Alu{AluOp::mov, Width::w64, Reg::r0, from_imm(0)}).raw[0],
                                            encode(Exit{}).raw[0]};
    nothing_ = *lower(nothing, {});
  }

  Outcome run(const Code& code, Engine engine, bool with_context) {
    static_cast<void>(machine_.run(*nothing_, Engine::checked, {}));  // leaves a zeroed frame for the interpreter, too
    memory_.fill(0x55);
    record_.fill(0);
    Context context;
    const Region region{
        .begin = reinterpret_cast<std::uint64_t>(memory_.data()), .size = memory_.size(), .name = "the memory"};
    const RunInput input{.r1 = with_context ? context_address : region.begin,
                         .r2 = region.begin,
                         .regions = {&region, 1},
                         .context = with_context ? &context : nullptr,
                         .fuel = fuel,
                         .environment = record_.data()};
    return {machine_.run(code, engine, input), memory_};
  }

 private:
  Machine machine_;
  std::shared_ptr<const Code> nothing_;
  alignas(8) std::array<std::uint8_t, 64> memory_ = {};
  alignas(8) std::array<std::uint8_t, 32> record_ = {};
};

/// Frames of callees start with whatever was there in the interpreter: such programs may differ.
bool has_calls(const Code& code) {
  for (const RawInsn& raw : code.source)
    if ((raw.code & 0xf7) == 0x85) return true;
  return false;
}

void run_everywhere(const Code& code, bool with_context) {
  World world;
  const Outcome checked = world.run(code, Engine::checked, with_context);
  require(checked.result.instructions <= fuel + code.source.size());
  if (checked.result.fault) {
    require(checked.result.fault->slot.value < code.source.size());
    require(!render(as_diagnostic(*checked.result.fault), false).empty());
    return;
  }
  if (has_calls(code)) return;
  const Outcome interpreted = world.run(code, Engine::interpreter, with_context);
  require(!interpreted.result.fault.has_value());
  require(interpreted.result.value == checked.result.value && interpreted.memory == checked.memory);
  require(interpreted.result.instructions == checked.result.instructions);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto slots = slots_from_bytes(ByteView(data, size - size % slot_bytes));
  require(slots.has_value());
  const auto code = lower(*slots, {.helpers = run_helpers()});
  require(!code.has_value() || validate(*slots).empty());
  if (!code) return 0;
  run_everywhere(**code, false);
  run_everywhere(**code, true);
  return 0;
}
