// One run from start to end, and what a helper may ask in between: a callback, a tail call.
#include "skep/vm/execution.hpp"

namespace skep {

std::string_view name_of(Engine engine) {
  switch (engine) {
    case Engine::checked: return "checked";
    case Engine::interpreter: return "interpreter";
  }
  return "";
}

namespace {

/// So that fuel, counted in bytes of operations and added to an address, cannot overflow.
inline constexpr std::uint64_t max_fuel = std::uint64_t{1} << 56;

std::int64_t operation_bytes_of(std::uint64_t instructions) {
  return static_cast<std::int64_t>(std::min(instructions, max_fuel)) * operation_bytes;
}

}  // namespace

Machine::Machine() : state_(std::make_unique<MachineState>()) { state_->dynamic_regions.reserve(16); }
Machine::~Machine() = default;

Execution::Outcome Execution::execute(Machine& machine, const Operation* start, const Arguments& arguments,
                                      std::uint64_t& result) {
  return machine.checked() ? execute<true>(machine, start, arguments, result)
                           : execute<false>(machine, start, arguments, result);
}

RunResult Machine::run(const Code& code, Engine engine, const RunInput& input) {
  MachineState& state = *state_;
  CHECK(!state.running);
  state.running = true;
  code_ = &code;
  engine_ = engine;
  environment_ = input.environment;
  context_ = input.r1;
  state.depth = 0;
  state.tail_calls = 0;
  state.remaining = operation_bytes_of(input.fuel);
  state.ending = Ending::none;
  state.context = input.context;
  state.input_regions = input.regions;
  state.removed_kinds = 0;
  if (!state.dynamic_regions.empty()) state.dynamic_regions.clear();
  if (engine == Engine::checked) state.forget_windows();

  RunResult result;
  const Execution::Outcome outcome =
      Execution::execute(*this, code.operations.data(), {input.r1, input.r2, 0, 0, 0}, result.value);
  result.instructions =
      static_cast<std::uint64_t>((operation_bytes_of(input.fuel) - state.remaining) / operation_bytes);
  if (outcome == Execution::Outcome::ended && state.ending == Ending::exit) result.value = state.exit_value;
  if (outcome == Execution::Outcome::ended && state.ending == Ending::fault) {
    result.fault = std::move(state.fault);
    state.fault.reset();
  }
  interrupted_.store(false, std::memory_order_relaxed);
  state.running = false;
  return result;
}

std::optional<std::uint64_t> Machine::call(std::uint64_t function, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                           std::uint64_t r4, std::uint64_t r5) {
  MachineState& state = *state_;
  if (state.ending != Ending::none) return std::nullopt;
  const std::uint64_t offset = function - function_handle_base;
  const std::uint64_t slot = offset / slot_bytes;
  const bool is_function = offset % slot_bytes == 0 && slot < code_->slot_to_operation.size() &&
                           code_->slot_to_operation[slot] < code_->operations.size();
  if (!is_function) {
    fault(FaultKind::bad_argument, fmt::format("0x{:x} is not the address of a function of this program", function));
    return std::nullopt;
  }
  if (state.depth + 1 == max_frames) {
    Execution::fault_call_depth(*this);
    return std::nullopt;
  }
  const Code* const caller = code_;
  ++state.depth;
  std::uint64_t result = 0;
  const auto outcome =
      Execution::execute(*this, &code_->operations[code_->slot_to_operation[slot]], {r1, r2, r3, r4, r5}, result);
  if (outcome == Execution::Outcome::ended) return std::nullopt;
  --state.depth;
  if (code_ != caller) {
    code_ = caller;
    state.forget_windows();
  }
  return result;
}

bool Machine::tail_call(const Code& next) {
  if (state_->tail_calls == max_tail_calls) return false;
  ++state_->tail_calls;
  state_->ending = Ending::tail_call;
  state_->next = &next;
  return true;
}

}  // namespace skep
