// Kernel: what a loader, a reader or a command asks of a kernel's eBPF subsystem. Raw calls answer as system calls do:
// a result ≥ 0 or -errno. Nobody above this line asks which kernel it talks to.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "skep/abi/abi.hpp"
#include "skep/base/base.hpp"

namespace skep {

/// Where a program shall run, by method; `target` is the section name's extras ("syscalls/sys_enter_write",
/// "sys_enter").
struct AttachRequest {
  AttachMethod method = AttachMethod::none;
  ProgramType type = ProgramType::unspec;
  AttachType attach_type{};
  std::string target = {};
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  /// "user" or "linux".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// bpf(2). attr: `size` bytes of this process, read and partly written.
  [[nodiscard]] virtual long bpf(BpfCommand command, void* attr, std::uint32_t size) = 0;
  /// close(2) of a descriptor that bpf() or attach() gave.
  virtual void close(int fd) = 0;
  /// mmap(2) of a map's or perf event's descriptor, shared; valid until unmap. Errors: errno.
  [[nodiscard]] virtual Result<MutableBytes> map_memory(int fd, std::uint64_t offset, std::uint64_t length,
                                                        bool writable) = 0;
  virtual void unmap_memory(MutableBytes memory) = 0;
  /// A perf event for bpf_perf_event_output on one CPU: a descriptor or -errno.
  [[nodiscard]] virtual long open_perf_output(std::uint32_t cpu) = 0;
  /// Attaches a loaded program: a link's descriptor, or an Error that says what this kernel lacks.
  [[nodiscard]] virtual Result<int> attach(int program_fd, const AttachRequest& request) = 0;
  /// CPUs that per-CPU maps have values for.
  [[nodiscard]] virtual std::uint32_t possible_cpus() const = 0;
  /// Trace lines (trace_pipe's form, without newline) written since the last call, oldest first.
  [[nodiscard]] virtual std::vector<std::string> read_trace() = 0;
};

}  // namespace skep
