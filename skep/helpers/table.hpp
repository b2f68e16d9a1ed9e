// The bodies as a table, made from the rows of abi/helpers.def.
#pragma once

#include "skep/vm/vm.hpp"

namespace skep {

/// Every helper whose row is not refused, with the argument check of argument_check.cpp.
[[nodiscard]] HelperTable helper_table();

/// Regions for Code::regions: the value memory of a map, named for faults. `name` must outlive the Code.
class KernelMap;
[[nodiscard]] std::vector<Region> value_regions(const KernelMap& map, std::string_view name);

}  // namespace skep
