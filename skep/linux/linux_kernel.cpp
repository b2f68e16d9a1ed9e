#include "skep/linux/linux_kernel.hpp"

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <string>

namespace skep {
namespace {

constexpr const char* possible_list = "/sys/devices/system/cpu/possible";

std::uint32_t read_possible_cpus() {
  std::ifstream file(possible_list);
  std::string line;
  if (std::getline(file, line)) {
    if (const auto cpus = cpus_of_list(line)) return *cpus;
  }
  const long configured = sysconf(_SC_NPROCESSORS_CONF);  // no sysfs: right where no CPU can be added
  return configured > 0 ? static_cast<std::uint32_t>(configured) : 1;
}

}  // namespace

Result<std::uint32_t> cpus_of_list(std::string_view list) {
  std::uint32_t cpus = 0;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at != end) {
    std::uint32_t number = 0;
    const auto [rest, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number >= 1U << 20) return fail("{} is no list of CPUs", escape_for_terminal(list));
    if (number >= cpus) cpus = number + 1;
    at = rest;
    if (at == end) break;
    const bool more = (*at == '-' || *at == ',') && at + 1 != end;
    if (!more) return fail("{} is no list of CPUs", escape_for_terminal(list));
    ++at;
  }
  if (cpus == 0) return fail("the list of CPUs is empty");
  return cpus;
}

LinuxKernel::LinuxKernel() : possible_cpus_(read_possible_cpus()) {}

Result<void> LinuxKernel::usable() {
  MapCreateAttr attr{};
  attr.map_type = static_cast<std::uint32_t>(MapType::array);
  attr.key_size = attr.value_size = 4;
  attr.max_entries = 1;
  const long fd = bpf(BpfCommand::map_create, &attr, sizeof attr);
  if (fd >= 0) {
    close(static_cast<int>(fd));
    return {};
  }
  const int error = static_cast<int>(-fd);
  if (error == EPERM)
    return fail_with_help("run it as root (sudo skep …) or with CAP_BPF; or leave -K linux away: no rights are needed",
                          "Linux does not let this user load eBPF");
  if (error == ENOSYS) return fail_with_help("leave -K linux away", "this Linux has no bpf(2)");
  return fail_errno(error, "Linux refuses bpf(2)");
}

long LinuxKernel::bpf(BpfCommand command, void* attr, std::uint32_t size) {
  const long result = syscall(SYS_bpf, static_cast<int>(command), attr, size);
  return result < 0 ? -errno : result;
}

void LinuxKernel::close(int fd) { ::close(fd); }

Result<MutableBytes> LinuxKernel::map_memory(int fd, std::uint64_t offset, std::uint64_t length, bool writable) {
  void* const memory =
      mmap(nullptr, length, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, static_cast<off_t>(offset));
  if (memory == MAP_FAILED) return fail_errno(errno, "cannot map the descriptor's memory");
  return MutableBytes(static_cast<std::uint8_t*>(memory), length);
}

void LinuxKernel::unmap_memory(MutableBytes memory) { (void)munmap(memory.data(), memory.size()); }

long LinuxKernel::open_perf_output(std::uint32_t cpu) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_BPF_OUTPUT;
  attr.sample_type = PERF_SAMPLE_RAW;
  attr.sample_period = attr.wakeup_events = 1;
  const long fd = syscall(SYS_perf_event_open, &attr, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

Result<int> LinuxKernel::attach(int, const AttachRequest& request) {
  return fail_with_help("without -K linux, system calls of a command are events: skep run FILE -- COMMAND",
                        "not supported yet: attaching to Linux ({})", escape_for_terminal(request.target));
}

}  // namespace skep
