// Execution: what the engines need besides their loop — where memory may be touched, and the rare ways out. The loop
// itself is execute.hpp; each engine instantiates it once (checked.cpp, interpreter.cpp).
#pragma once

#include "skep/vm/machine_state.hpp"

namespace skep {

struct Execution {
  enum class Outcome : std::uint8_t {
    exited,  ///< the function that was started has returned
    ended,   ///< the whole run is over: State::ending says how
  };
  using Registers = std::uint64_t[register_count];

  /// r1 to r5 of a function that is about to start.
  using Arguments = std::array<std::uint64_t, 5>;

  /// Runs from `start` in frame MachineState::depth until that frame exits; then `result` is r0.
  template <bool checked>
  static Outcome execute(Machine& machine, const Operation* start, const Arguments& arguments, std::uint64_t& result);
  static Outcome execute(Machine& machine, const Operation* start, const Arguments& arguments, std::uint64_t& result);

  static MachineState& state(Machine& machine) { return *machine.state_; }
  static const MachineState& state(const Machine& machine) { return *machine.state_; }
  static const Code& code(const Machine& machine) { return *machine.code_; }
  static void set_code(Machine& machine, const Code& code) { machine.code_ = &code; }
  static bool interrupted(const Machine& machine) { return machine.interrupted_.load(std::memory_order_relaxed); }

  // ---- memory (access.cpp) ----

  /// Is the access the program's to make? Then `windows[window]` remembers the place, unless it is a frame.
  static bool find(const Machine& machine, std::size_t window, std::uint64_t address, std::uint64_t bytes,
                   Access wanted);
  /// An access that is not plain memory: to the context, or a fault (false).
  static bool load_special(Machine& machine, std::uint64_t address, std::uint32_t bytes, std::uint64_t& value);
  static bool store_special(Machine& machine, std::uint64_t address, std::uint32_t bytes, std::uint64_t value);
  /// memset, which compilers turn into a slow `rep stos` where they know the size.
  static void clear(std::uint64_t address, std::size_t bytes);
  static void refuse_atomic(Machine& machine, std::uint64_t address, std::uint32_t bytes, Access wanted);

  enum class PacketRead : std::uint8_t { loaded, past_end, faulted };
  static PacketRead load_packet(Machine& machine, const Operation& operation, Registers& r);

  // ---- ways out (endings.cpp) ----

  static void fault_access(Machine& machine, std::string_view verb, std::uint64_t address, std::uint32_t bytes,
                           Access wanted);
  static void fault_out_of_fuel(Machine& machine);
  static void fault_call_depth(Machine& machine);
  static void fault_missing_helper(Machine& machine, std::uint32_t number);
  static void fault_not_executable(Machine& machine, const Operation* at);
  /// The helper's arguments against its row; false: faulted.
  static bool check_arguments(Machine& machine, std::uint32_t helper, const Registers& r);
  /// Completes a fault with where the running function stands, if nobody further in has.
  static void locate_fault(Machine& machine, const Operation* at, const Registers& r);
};

extern template Execution::Outcome Execution::execute<true>(Machine&, const Operation*, const Arguments&,
                                                            std::uint64_t&);
extern template Execution::Outcome Execution::execute<false>(Machine&, const Operation*, const Arguments&,
                                                             std::uint64_t&);

}  // namespace skep
