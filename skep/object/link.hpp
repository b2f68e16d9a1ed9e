// From one function to a whole program. Private to the module.
#pragma once

#include "skep/object/code.hpp"
#include "skep/object/input.hpp"

namespace skep {

/// What all programs of an object together may take: they share subprograms, so that a small file may ask for any
/// amount.
struct LinkBudget {
  std::uint64_t bytes = 256U << 20;
  /// Takes `amount` if it is there.
  [[nodiscard]] bool spend(std::uint64_t amount) {
    if (amount > bytes) return false;
    bytes -= amount;
    return true;
  }
};

/// The entry function with every function it reaches behind it: code, relocations, functions, lines, CO-RE relocations,
/// problems. The rest of the ProgramSpec (section, type) is the caller's.
[[nodiscard]] ProgramSpec link_program(const ObjectInput& input, const ObjectCode& code, std::uint32_t entry,
                                       LinkBudget& budget);

}  // namespace skep
