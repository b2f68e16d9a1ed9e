// The whole way: a program in the user kernel, attached to a system call of a supervised command, and what it leaves in
// the trace pipe.
#include <sys/syscall.h>
#include <unistd.h>

#include "skep/kernel/kernel.hpp"
#include "skep/supervise/supervise.hpp"
#include "skep/supervise/test_tree.hpp"

namespace skep {
namespace {

/// bpf_trace_printk("hi", 3); return 0. Opcodes as in RFC 9669.
std::vector<RawInsn> say_hi() {
  return {{0xb7, 1, 0, 0, 0x6968},  // r1 = 'h' | 'i' << 8
          {0x7b, 10, 1, -8, 0},     // *(u64 *)(r10 - 8) = r1
          {0xbf, 1, 10, 0, 0},      // r1 = r10
          {0x07, 1, 0, 0, -8},      // r1 += -8
          {0xb7, 2, 0, 0, 3},       // r2 = 3
          {0x85, 0, 0, 0, 6},       // call bpf_trace_printk
          {0xb7, 0, 0, 0, 0},       // r0 = 0
          {0x95, 0, 0, 0, 0}};      // exit
}

TEST(UserKernelSink, RunsAttachedProgramsOnEachEvent) {
  UserKernel kernel;
  const std::vector<RawInsn> code = say_hi();
  const auto loaded =
      load_program(kernel, {.type = ProgramType::tracepoint, .name = "hi", .license = "GPL", .code = code});
  ASSERT_EQ(loaded.error, 0) << loaded.log;
  const auto link = kernel.attach(loaded.program.fd(), {.method = AttachMethod::tracepoint,
                                                        .type = ProgramType::tracepoint,
                                                        .attach_type = AttachType::perf_event,
                                                        .target = "syscalls/sys_enter_write"});
  ASSERT_TRUE(link) << link.error().what;
  std::vector<std::string> lines;
  const auto collect = [&] {
    for (std::string& line : kernel.read_trace()) lines.push_back(std::move(line));
  };
  auto supervisor = Supervisor::start(kernel, {.command = tracee("forks", {"3", "40"}), .on_progress = collect});
  ASSERT_TRUE(supervisor) << supervisor.error().what;
  const auto result = (*supervisor)->run();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 0);
  EXPECT_EQ(kernel.statistics().events, 120U);
  EXPECT_EQ(kernel.statistics().runs, 120U);
  EXPECT_EQ(kernel.statistics().faults, 0U);
  ASSERT_EQ(lines.size(), 120U);
  EXPECT_NE(lines[0].find("supervise_test-"), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("bpf_trace_printk: hi"), std::string::npos) << lines[0];
}

}  // namespace
}  // namespace skep
