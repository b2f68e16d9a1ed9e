// How per-CPU values travel through the system call: the values of all CPUs side by side, each rounded up to 8 bytes
// (Documentation/bpf/map_hash.rst). Inside, the values of one element lie in a row in the same layout.
#pragma once

#include "skep/maps/kernel_map.hpp"

namespace skep {

/// Bytes from one CPU's value to the next one's.
[[nodiscard]] constexpr std::uint32_t per_cpu_stride(std::uint32_t value_size) { return round_up(value_size, 8U); }

/// The values of each CPU, for an array of elements that are `stride` bytes long and whose first value is at `offset`.
[[nodiscard]] std::vector<ValueMemory> per_cpu_value_memory(std::uint64_t begin, std::uint64_t size,
                                                            std::uint64_t stride, std::uint32_t offset,
                                                            std::uint32_t value_size, std::uint32_t cpus);

}  // namespace skep
