#include "skep/kernel/trace_line.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

TEST(TraceLine, HasTheFormOfTracePipe) {
  // The shape of the usual tutorials' output: comm to 16, pid to 7, three-digit CPU, flags, seconds.microseconds.
  TraceLine line{"bash", 13708, 3, "d..31", 51890'256702'123ULL, "Hello World!"};
  EXPECT_EQ(format_trace_line(line),
            "            bash-13708   [003] d..31 51890.256702: bpf_trace_printk: Hello World!");
}

TEST(TraceLine, NamesNoTaskAsTheKernelDoes) {
  TraceLine line{"", 3840345, 10, "d...1", 3220701'101143'000ULL, "x"};
  EXPECT_EQ(format_trace_line(line), "           <...>-3840345 [010] d...1 3220701.101143: bpf_trace_printk: x");
}

TEST(TraceLine, PadsSmallTimes) {
  TraceLine line{"a", 1, 0, "....1", 1'000'002'000ULL, ""};
  EXPECT_EQ(format_trace_line(line), "               a-1       [000] ....1     1.000002: bpf_trace_printk: ");
}

}  // namespace
}  // namespace skep
