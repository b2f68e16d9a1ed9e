// Maps as programs see them: lookup, update, delete, another CPU's value, and a callback for each element
// (kernel/bpf/helpers.c; bpf_for_each_map_elem() and the map_for_each_callback of each type).
#include <cerrno>

#include "skep/helpers/arguments.hpp"

namespace skep {

std::uint64_t helper_map_lookup_elem(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t, std::uint64_t,
                                     std::uint64_t) {
  KernelMap* const map = machine.map(r1);
  return map == nullptr ? 0 : reinterpret_cast<std::uint64_t>(map->lookup(Machine::at(r2), cpu_of(machine)));
}

std::uint64_t helper_map_update_elem(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                     std::uint64_t r4, std::uint64_t) {
  KernelMap* const map = machine.map(r1);
  if (map == nullptr) return as_register(-EINVAL);
  return as_register(map->update(Machine::at(r2), Machine::at(r3), r4, cpu_of(machine)));
}

std::uint64_t helper_map_delete_elem(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t, std::uint64_t,
                                     std::uint64_t) {
  KernelMap* const map = machine.map(r1);
  return as_register(map == nullptr ? -EINVAL : map->erase(Machine::at(r2)));
}

std::uint64_t helper_map_lookup_percpu_elem(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                            std::uint64_t, std::uint64_t) {
  KernelMap* const map = machine.map(r1);
  const auto cpu = static_cast<std::uint32_t>(r3);
  if (map == nullptr || cpu >= map->cpus()) return 0;
  return reinterpret_cast<std::uint64_t>(map->lookup(Machine::at(r2), cpu));
}

std::uint64_t helper_for_each_map_elem(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                       std::uint64_t r4, std::uint64_t) {
  KernelMap* const map = machine.map(r1);
  if (map == nullptr || r4 != 0) return as_register(-EINVAL);
  // The callback may read the key, which lies outside of what programs may touch: it gets a copy.
  ByteVector key(map->attributes().key_size);
  Region region;
  region.begin = reinterpret_cast<std::uint64_t>(key.data());
  region.size = key.size();
  region.access = Access::read;
  region.name = "the key of this element";
  const std::uint32_t ticket = machine.add_region(region);
  const long visited = map->for_each(cpu_of(machine), [&](const std::uint8_t* at, std::uint8_t* value) {
    std::copy_n(at, key.size(), key.begin());
    const auto stop = machine.call(r2, r1, region.begin, reinterpret_cast<std::uint64_t>(value), r3);
    return stop.has_value() && *stop == 0;
  });
  machine.remove_region(ticket);
  return as_register(visited);
}

// A run is alone in the user kernel, so a lock is always free; the argument check has seen that it is the program's.
std::uint64_t helper_spin_lock(Machine&, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t) {
  return 0;
}

std::uint64_t helper_spin_unlock(Machine&, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t) {
  return 0;
}

}  // namespace skep
