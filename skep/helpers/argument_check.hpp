// The referee's look at a helper's arguments before each call of a checked run: what a verifier would have proven.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "skep/abi/abi.hpp"
#include "skep/vm/vm.hpp"

namespace skep {

/// True if the arguments are what the helper's row asks for; else `problem` says which is not and why. An
/// ArgumentCheck.
[[nodiscard]] bool check_arguments(Machine& machine, const HelperInfo& helper, const std::array<std::uint64_t, 5>& args,
                                   std::string& problem);

}  // namespace skep
