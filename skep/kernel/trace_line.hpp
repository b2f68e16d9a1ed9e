// One line of trace_pipe: `            bash-13708   [003] d..31 51890.256702: bpf_trace_printk: Hello World!`
// (kernel/trace/trace_output.c).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace skep {

struct TraceLine {
  std::string comm;
  std::uint32_t pid;  ///< thread id
  std::uint32_t cpu;
  std::string flags = "....1";  ///< irqs-off, need-resched, context, preempt-depth, migrate-disable
  std::uint64_t time_ns;
  std::string text;
};
/// comm right-aligned to 16, pid left-aligned to 7, seconds with 6 decimals right-aligned to 12; without a newline at
/// the end.
[[nodiscard]] std::string format_trace_line(const TraceLine& line);

}  // namespace skep
