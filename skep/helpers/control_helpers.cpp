// Helpers that change where a program goes on: tail calls and bounded loops (kernel/bpf/core.c, bpf_iter.c).
#include <cerrno>

#include "skep/helpers/arguments.hpp"

namespace skep {
namespace {

constexpr std::uint32_t loop_limit = 1U << 23;  ///< BPF_MAX_LOOPS

}  // namespace

/// Returns only if the call does not happen: no such slot, nothing in it, or the limit reached.
std::uint64_t helper_tail_call(Machine& machine, std::uint64_t, std::uint64_t r2, std::uint64_t r3, std::uint64_t,
                               std::uint64_t) {
  KernelMap* const map = map_of_type(machine, r2, MapType::prog_array);
  if (map == nullptr) return as_register(-EINVAL);
  const SlotObject* const slot = static_cast<SlotMap*>(map)->object(static_cast<std::uint32_t>(r3));
  const Code* const next = slot == nullptr ? nullptr : slot->program_code();
  if (next == nullptr) return as_register(-ENOENT);
  return machine.tail_call(*next) ? 0 : as_register(-ENOENT);
}

std::uint64_t helper_loop(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3, std::uint64_t r4,
                          std::uint64_t) {
  const auto iterations = static_cast<std::uint32_t>(r1);
  if (r4 != 0) return as_register(-EINVAL);
  // 32 bits of it: what the code that Linux puts in the call's place leaves in r0 (inline_bpf_loop()).
  if (iterations > loop_limit) return static_cast<std::uint32_t>(-E2BIG);
  for (std::uint32_t i = 0; i < iterations; ++i) {
    const auto stop = machine.call(r2, i, r3);
    if (!stop.has_value()) return 0;
    if (*stop != 0) return i + 1;
  }
  return iterations;
}

}  // namespace skep
