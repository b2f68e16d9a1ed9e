#include "skep/maps/per_cpu.hpp"

namespace skep {

std::vector<ValueMemory> per_cpu_value_memory(std::uint64_t begin, std::uint64_t size, std::uint64_t stride,
                                              std::uint32_t offset, std::uint32_t value_size, std::uint32_t cpus) {
  std::vector<ValueMemory> memory;
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
    const std::uint32_t first = offset + cpu * per_cpu_stride(value_size);
    memory.push_back({begin, size, static_cast<std::uint32_t>(stride), first, value_size});
  }
  return memory;
}

}  // namespace skep
