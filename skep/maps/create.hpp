// MAP_CREATE for each type: attribute checks in Linux's order with Linux's errnos, then the map.
#pragma once

#include "skep/maps/kernel_map.hpp"

namespace skep {

/// The map, or nullptr with a negative errno in `error`. Types that the user kernel does not have give their row's
/// errno.
[[nodiscard]] std::unique_ptr<KernelMap> create_map(const MapAttributes& attributes, CpuCount cpus, int& error);

}  // namespace skep
