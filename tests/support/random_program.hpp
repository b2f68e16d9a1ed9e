// Random programs that Linux accepts and whose result depends on all they did: every register initialised, forward
// jumps only, memory on the stack, shifts in range. The same seed makes the same program.
#pragma once

#include <cstdint>
#include <vector>

#include "skep/isa/isa.hpp"

namespace skep::test {

struct RandomProgramOptions {
  std::uint32_t instructions = 40;  ///< of the body
  std::uint32_t jumps = 6;          ///< at most; each doubles the paths a verifier walks
};

[[nodiscard]] std::vector<RawInsn> random_program(std::uint64_t seed, const RandomProgramOptions& options);

}  // namespace skep::test
