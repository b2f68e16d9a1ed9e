// Environment: the world as helpers see it. The user kernel implements it for real runs, tests for theirs.
// Machine::environment() points to one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "skep/base/base.hpp"
#include "skep/vm/vm.hpp"

namespace skep {

class PacketBuffer;

/// The task that the program runs on behalf of.
struct Task {
  std::uint32_t pid = 0;   ///< thread id (the kernel's pid)
  std::uint32_t tgid = 0;  ///< process id (user space's pid)
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t parent_tgid = 0;
  std::uint64_t start_time_ns = 0;
  std::string comm = {};  ///< at most 15 bytes
};

enum class Clock : std::uint8_t { monotonic, boottime, coarse, tai };

class Environment {
 public:
  virtual ~Environment() = default;
  [[nodiscard]] virtual const Task& task() = 0;
  [[nodiscard]] virtual std::uint32_t cpu() = 0;
  [[nodiscard]] virtual std::uint64_t clock_ns(Clock clock) = 0;
  [[nodiscard]] virtual std::uint32_t random() = 0;
  /// One trace_printk text (without the line's head). Returns nothing: the pipe never fails.
  virtual void trace(std::string_view text) = 0;
  /// Copies from the traced task's address space: 0 or -EFAULT.
  [[nodiscard]] virtual int read_user(std::uint64_t address, MutableBytes to) = 0;
  [[nodiscard]] virtual int write_user(std::uint64_t address, ByteView from) = 0;
  /// Copies from kernel addresses: the program's own memory (stack, maps, context records) and synthetic objects: 0 or
  /// -EFAULT.
  [[nodiscard]] virtual int read_kernel(Machine& machine, std::uint64_t address, MutableBytes to) = 0;
  /// The packet of this run, or nullptr.
  [[nodiscard]] virtual PacketBuffer* packet() { return nullptr; }
  /// bpf_redirect and its kin note where the packet should go; 0 by default.
  virtual void redirect(std::uint32_t ifindex, std::uint64_t flags) { (void)ifindex, (void)flags; }
  /// Current program, map and other names for messages need not be here: Machine::code().owner leads to the program.
  [[nodiscard]] virtual std::uint64_t cgroup_id() { return 1; }
  /// Address of the synthetic task_struct, 0 if there is none.
  [[nodiscard]] virtual std::uint64_t task_address() { return 0; }
};

[[nodiscard]] inline Environment& environment_of(Machine& machine) {
  return *static_cast<Environment*>(machine.environment());
}

}  // namespace skep
