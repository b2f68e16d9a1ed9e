// The makers of the map types, for create.cpp. Attributes have passed the checks there; nullptr: -ENOMEM.
#pragma once

#include "skep/maps/kernel_map.hpp"

namespace skep {

[[nodiscard]] std::unique_ptr<KernelMap> make_array_map(const MapAttributes& attributes, CpuCount cpus);
[[nodiscard]] std::unique_ptr<KernelMap> make_percpu_array_map(const MapAttributes& attributes, CpuCount cpus);
/// hash, lru_hash and their per-CPU forms.
[[nodiscard]] std::unique_ptr<KernelMap> make_hash_map(const MapAttributes& attributes, CpuCount cpus);
/// prog_array and perf_event_array.
[[nodiscard]] std::unique_ptr<KernelMap> make_slot_map(const MapAttributes& attributes, CpuCount cpus);
[[nodiscard]] std::unique_ptr<KernelMap> make_ring_buffer_map(const MapAttributes& attributes, CpuCount cpus);

}  // namespace skep
