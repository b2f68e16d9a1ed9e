// What helper bodies share: results as registers hold them, the CPU, and memory given by address and size. Bodies trust
// their memory arguments: a verifier has proven them, or the argument check of a checked run has tested them.
#pragma once

#include <cstdint>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/environment.hpp"
#include "skep/maps/maps.hpp"

namespace skep {

/// A negative errno or a number as r0.
[[nodiscard]] constexpr std::uint64_t as_register(std::int64_t value) { return static_cast<std::uint64_t>(value); }

[[nodiscard]] inline MutableBytes memory_at(std::uint64_t address, std::uint64_t size) {
  return {Machine::at(address), static_cast<std::size_t>(size)};
}

/// CPU 0 where a run has no environment.
[[nodiscard]] inline std::uint32_t cpu_of(Machine& machine) {
  return machine.environment() == nullptr ? 0 : environment_of(machine).cpu();
}

/// The map behind a handle if it has the type, else nullptr.
[[nodiscard]] inline KernelMap* map_of_type(const Machine& machine, std::uint64_t handle, MapType type) {
  KernelMap* const map = machine.map(handle);
  return map != nullptr && map->attributes().type == type ? map : nullptr;
}

}  // namespace skep
