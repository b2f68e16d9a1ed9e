// The bodies as a table, made from the rows of abi/helpers.def.
#pragma once

#include "skep/vm/vm.hpp"

namespace skep {

/// Every helper whose row is not refused, with the argument check of argument_check.cpp.
[[nodiscard]] HelperTable helper_table();

/// Regions for Code::regions: the value memory of a map, named for faults. `name` must outlive the Code.
class KernelMap;
[[nodiscard]] std::vector<Region> value_regions(const KernelMap& map, std::string_view name);

/// To be called after each run: discards the ring buffer records that the program has reserved and neither submitted
/// nor discarded. Linux's verifier lets no such program in; here one busy record would hold up all later ones for ever.
void release_records(Machine& machine);

}  // namespace skep
