// LinuxKernel: the Kernel interface answered by Linux. Descriptors are the process's own, so
// what is not pinned goes with the process.
#pragma once

#include <string>
#include <vector>

#include "skep/kernel/kernel.hpp"

namespace skep {

class LinuxKernel final : public Kernel {
 public:
  LinuxKernel();

  /// Why bpf(2) cannot be used here, with what to do; nothing if it can.
  [[nodiscard]] Result<void> usable();

  [[nodiscard]] std::string_view name() const override { return "linux"; }
  [[nodiscard]] long bpf(BpfCommand command, void* attr, std::uint32_t size) override;
  void close(int fd) override;
  [[nodiscard]] Result<MutableBytes> map_memory(int fd, std::uint64_t offset, std::uint64_t length,
                                                bool writable) override;
  void unmap_memory(MutableBytes memory) override;
  [[nodiscard]] long open_perf_output(std::uint32_t cpu) override;
  /// Not supported yet: every request is refused with that.
  [[nodiscard]] Result<int> attach(int program_fd, const AttachRequest& request) override;
  [[nodiscard]] std::uint32_t possible_cpus() const override { return possible_cpus_; }
  /// Nothing: Linux writes the lines of all programs into one trace pipe of the machine.
  [[nodiscard]] std::vector<std::string> read_trace() override { return {}; }

 private:
  std::uint32_t possible_cpus_;
};

/// How many CPUs a list like "0-3,8" makes possible: the highest number + 1 (libbpf and the kernel's per-CPU maps count
/// holes too). Errors: not such a list.
[[nodiscard]] Result<std::uint32_t> cpus_of_list(std::string_view list);

}  // namespace skep
