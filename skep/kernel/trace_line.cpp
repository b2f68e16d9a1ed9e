#include "skep/kernel/trace_line.hpp"

#include <fmt/format.h>

namespace skep {

std::string format_trace_line(const TraceLine& line) {
  // trace_print_context() and trace_print_time() in kernel/trace/trace_output.c; the event's name is what
  // bpf_trace_printk's tracepoint is called.
  const std::string_view comm = line.comm.empty() ? std::string_view("<...>") : std::string_view(line.comm);
  return fmt::format("{:>16}-{:<7} [{:03}] {} {:>5}.{:06}: bpf_trace_printk: {}", comm, line.pid, line.cpu, line.flags,
                     line.time_ns / 1'000'000'000, line.time_ns / 1000 % 1'000'000, line.text);
}

}  // namespace skep
