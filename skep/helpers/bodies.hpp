// Declares the body of every helper whose row in abi/helpers.def is not refused: helper_NAME(machine, r1 … r5). The
// families' files define them; table.cpp makes the HelperTable from the same rows, so that a row without a body is a
// link error.
#pragma once

#include <cstdint>

#include "skep/vm/vm.hpp"

/// SKEP_IF_SUPPORTED(support, macro, name): macro(name) if the row's support column is full() or partial("…"), nothing
/// if it is refused(…).
#define SKEP_SUPPORT_full() SKEP_SUPPORTED
#define SKEP_SUPPORT_partial(why) SKEP_SUPPORTED
#define SKEP_SUPPORT_refused(...) SKEP_NOT_SUPPORTED
#define SKEP_SUPPORTED(macro, name) macro(name)
#define SKEP_NOT_SUPPORTED(macro, name)
#define SKEP_IF_SUPPORTED(support, macro, name) SKEP_SUPPORT_##support(macro, name)

namespace skep {

#define SKEP_DECLARE_BODY(name)                                                                       \
  std::uint64_t helper_##name(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3, \
                              std::uint64_t r4, std::uint64_t r5);
#define HELPER(id, name, returns, arguments, flags, types, since, ...) \
  SKEP_IF_SUPPORTED(__VA_ARGS__, SKEP_DECLARE_BODY, name)
#include "skep/abi/helpers.def"
#undef HELPER
#undef SKEP_DECLARE_BODY

}  // namespace skep
