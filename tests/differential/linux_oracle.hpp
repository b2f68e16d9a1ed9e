// Linux itself as a Kernel, for tests that compare: the bare system call, nothing attached, nothing kept. Only for
// tests: the product's own Linux kernel is another thing.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "skep/kernel/kernel.hpp"

namespace skep {

class LinuxOracle final : public Kernel {
 public:
  /// "" if bpf(2) may be used here, else why not.
  [[nodiscard]] static std::string why_not() {
    if (geteuid() != 0) return "asking Linux needs root";
    LinuxOracle oracle;
    MapCreateAttr attr{};
    attr.map_type = 2;
    attr.key_size = attr.value_size = 4;
    attr.max_entries = 1;
    const long fd = oracle.bpf(BpfCommand::map_create, &attr, sizeof attr);
    if (fd < 0) return "Linux refuses bpf(2) here: " + errno_text(static_cast<int>(-fd));
    oracle.close(static_cast<int>(fd));
    return "";
  }
  [[nodiscard]] std::string_view name() const override { return "linux"; }
  [[nodiscard]] long bpf(BpfCommand command, void* attr, std::uint32_t size) override {
    const long result = syscall(SYS_bpf, static_cast<int>(command), attr, size);
    return result < 0 ? -errno : result;
  }
  void close(int fd) override { ::close(fd); }
  [[nodiscard]] Result<MutableBytes> map_memory(int, std::uint64_t, std::uint64_t, bool) override {
    return fail("not for tests");
  }
  void unmap_memory(MutableBytes) override {}
  [[nodiscard]] long open_perf_output(std::uint32_t) override { return -ENOSYS; }
  [[nodiscard]] Result<int> attach(int, const AttachRequest&) override { return fail("tests never attach to Linux"); }
  [[nodiscard]] std::uint32_t possible_cpus() const override {
    return static_cast<std::uint32_t>(sysconf(_SC_NPROCESSORS_CONF));
  }
  [[nodiscard]] std::vector<std::string> read_trace() override { return {}; }
};

}  // namespace skep
