// Events from the outside: what a program attached to a tracepoint sees of a system call, an exec, a fork, an exit;
// which events the kernel asks a supervisor for.
#include <gtest/gtest.h>

#include "skep/asm/asm.hpp"
#include "skep/user/user.hpp"

namespace skep {
namespace {

/// A kernel with one map `out` of eight 64-bit words that programs write what they saw into.
class Events : public testing::Test {
 protected:
  UserKernel kernel{{.cpus = 2}};
  Map out;
  std::vector<Program> programs;
  std::vector<Link> links;

  void SetUp() override {
    auto map = create_map(kernel, {.type = 2, .key_size = 4, .value_size = 64, .max_entries = 1, .name = "out"});
    ASSERT_TRUE(map);
    out = std::move(*map);
  }

  /// `body` runs with r6 = context and r7 = the map's value.
  void attach(ProgramType type, AttachMethod method, const std::string& target, const std::string& body) {
    const std::string text = "r6 = r1; r7 = map[fd:" + std::to_string(out.fd()) + "][0]+0; " + body + "; r0 = 0; exit";
    const auto code = assemble(text);
    ASSERT_TRUE(code) << text;
    ProgLoadResult loaded = load_program(kernel, {.type = type, .name = "seen", .license = "GPL", .code = *code});
    ASSERT_TRUE(loaded.program.valid()) << loaded.log;
    const auto link = kernel.attach(loaded.program.fd(), {method, type, {}, target});
    ASSERT_TRUE(link) << link.error().what;
    links.emplace_back(kernel, *link);
    programs.push_back(std::move(loaded.program));
  }
  void attach_tracepoint(const std::string& target, const std::string& body) {
    attach(ProgramType::tracepoint, AttachMethod::tracepoint, target, body);
  }

  std::uint64_t word(std::size_t index) {
    ByteVector value(64);
    const std::uint32_t key = 0;
    EXPECT_EQ(map_lookup(out, bytes_of(key), value), 0);
    return load_unaligned<std::uint64_t>(value.data() + index * 8);
  }

  static EventTask some_task() {
    EventTask task;
    task.task = {101, 100, 1000, 1001, 99, 5, "shell"};
    task.cpu = 1;
    return task;
  }
};

TEST_F(Events, SystemCallEntryHasNumberAndArgumentsAtTheirTracefsOffsets) {
  attach_tracepoint("syscalls/sys_enter_write",
                    "r1 = *(u32 *)(r6 + 8); *(u64 *)(r7 + 0) = r1; r1 = *(u64 *)(r6 + 16); *(u64 *)(r7 + 8) = r1; r1 = "
                    "*(u64 *)(r6 + 24); *(u64 *)(r7 + 16) = r1;"
                    "r1 = *(u64 *)(r6 + 32); *(u64 *)(r7 + 24) = r1; call 14; *(u64 *)(r7 + 32) = r0; call 15; *(u64 "
                    "*)(r7 + 40) = r0; call 8; *(u64 *)(r7 + 48) = r0");
  kernel.fire_syscall_enter(some_task(), 1, {3, 0x7000, 42, 0, 0, 0}, {});
  EXPECT_EQ(word(0), 1U);
  EXPECT_EQ(word(1), 3U);
  EXPECT_EQ(word(2), 0x7000U);
  EXPECT_EQ(word(3), 42U);
  EXPECT_EQ(word(4), 100ULL << 32 | 101);    // tgid, pid
  EXPECT_EQ(word(5), 1001ULL << 32 | 1000);  // gid, uid
  EXPECT_EQ(word(6), 1U);
  EXPECT_EQ(kernel.statistics().events, 1U);
  EXPECT_EQ(kernel.statistics().faults, 0U);
}

TEST_F(Events, OtherSystemCallsDoNotRunIt) {
  attach_tracepoint("syscalls/sys_enter_write", "*(u64 *)(r7 + 0) = 1");
  kernel.fire_syscall_enter(some_task(), 0, {}, {});
  kernel.fire_syscall_exit(some_task(), 1, 5, {});
  EXPECT_EQ(word(0), 0U);
  EXPECT_EQ(kernel.statistics().events, 0U);
}

TEST_F(Events, SystemCallExitHasTheResult) {
  attach_tracepoint("syscalls/sys_exit_read", "r1 = *(u64 *)(r6 + 16); *(u64 *)(r7 + 0) = r1");
  kernel.fire_syscall_exit(some_task(), 0, -11, {});
  EXPECT_EQ(static_cast<std::int64_t>(word(0)), -11);
}

TEST_F(Events, RawSystemCallsHaveTheirOwnRecord) {
  attach_tracepoint("raw_syscalls/sys_enter",
                    "r1 = *(u64 *)(r6 + 8); *(u64 *)(r7 + 0) = r1; r1 = *(u64 *)(r6 + 24); *(u64 *)(r7 + 8) = r1");
  kernel.fire_syscall_enter(some_task(), 257, {1, 2, 3, 4, 5, 6}, {});
  EXPECT_EQ(word(0), 257U);
  EXPECT_EQ(word(1), 2U);
}

TEST_F(Events, RawTracepointsHaveArgumentsAndReadableRegisters) {
  // args[0] is a struct pt_regs *, whose di (offset 112) holds the first argument.
  attach(ProgramType::raw_tracepoint, AttachMethod::raw_tracepoint, "sys_enter",
         "r1 = *(u64 *)(r6 + 8); *(u64 *)(r7 + 0) = r1; r3 = *(u64 *)(r6 + 0); r3 += 112; r1 = r7; r1 += 8; r2 = 8; "
         "call 113; *(u64 *)(r7 + 16) = r0");
  RegisterState registers;
  registers.di = 0xabcdef;
  kernel.fire_syscall_enter(some_task(), 3, {0xabcdef, 0, 0, 0, 0, 0}, registers);
  EXPECT_EQ(word(0), 3U);
  EXPECT_EQ(word(1), 0xabcdefU);
  EXPECT_EQ(word(2), 0U);
}

TEST_F(Events, ExecForkAndExitHaveTheirSchedulerRecords) {
  attach_tracepoint("sched/sched_process_exec",
                    "r1 = *(u32 *)(r6 + 8); *(u64 *)(r7 + 0) = r1; r1 = *(u32 *)(r6 + 12); *(u64 *)(r7 + 8) = r1; r1 = "
                    "*(u32 *)(r6 + 20); *(u64 *)(r7 + 16) = r1");
  attach_tracepoint("sched/sched_process_fork",
                    "r1 = *(u32 *)(r6 + 24); *(u64 *)(r7 + 24) = r1; r1 = *(u32 *)(r6 + 44); *(u64 *)(r7 + 32) = r1");
  attach_tracepoint("sched/sched_process_exit",
                    "r1 = *(u8 *)(r6 + 8); *(u64 *)(r7 + 40) = r1; r1 = *(u32 *)(r6 + 24); *(u64 *)(r7 + 48) = r1");
  kernel.fire_exec(some_task(), "/bin/ls", 101);
  EXPECT_EQ(word(0), 8U << 16 | 20U);  // __data_loc: 8 bytes at offset 20
  EXPECT_EQ(word(1), 101U);
  EXPECT_EQ(word(2), load_unaligned<std::uint32_t>("/bin"));
  Task child;
  child.pid = 102;
  kernel.fire_fork(some_task(), child);
  EXPECT_EQ(word(3), 101U);
  EXPECT_EQ(word(4), 102U);
  kernel.fire_exit(some_task(), 120);
  EXPECT_EQ(word(5), 's');
  EXPECT_EQ(word(6), 101U);
}

TEST_F(Events, ReadingPastTheRecordIsAFaultWithItsPlace) {
  attach_tracepoint("syscalls/sys_exit_read", "r1 = *(u64 *)(r6 + 24); *(u64 *)(r7 + 0) = r1");
  kernel.fire_syscall_exit(some_task(), 0, 1, {});
  const auto faults = kernel.take_faults();
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].program, "seen");
  EXPECT_EQ(faults[0].fault.kind, FaultKind::out_of_bounds);
  EXPECT_EQ(faults[0].fault.slot.value, 3U);  // r6 = r1, the two slots of r7, then the load
  EXPECT_TRUE(kernel.take_faults().empty());
}

TEST_F(Events, InterestFollowsTheLinks) {
  EXPECT_FALSE(kernel.interest().any());
  attach_tracepoint("syscalls/sys_enter_write", "r0 = 0");
  attach_tracepoint("syscalls/sys_exit_read", "r0 = 0");
  attach_tracepoint("sched/sched_process_exec", "r0 = 0");
  HookInterest wanted;
  wanted.enter = {1};
  wanted.exit = {0};
  wanted.exec = true;
  EXPECT_EQ(kernel.interest(), wanted);
  links.clear();
  EXPECT_FALSE(kernel.interest().any());
  kernel.fire_syscall_enter(some_task(), 1, {}, {});
  EXPECT_EQ(kernel.statistics().runs, 0U);
}

TEST_F(Events, TracePrintkComesOutAsATracePipeLine) {
  // "hi %d\n" on the stack, one argument.
  attach_tracepoint(
      "syscalls/sys_enter_write",
      "r1 = 0x000a642520696800 ll; r1 >>= 8; *(u64 *)(r10 - 8) = r1; r1 = r10; r1 += -8; r2 = 7; r3 = 42; call 6");
  kernel.fire_syscall_enter(some_task(), 1, {}, {});
  const auto lines = kernel.read_trace();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].starts_with("           shell-101     [001] ")) << lines[0];
  EXPECT_TRUE(lines[0].ends_with(": bpf_trace_printk: hi 42")) << lines[0];
  EXPECT_TRUE(kernel.read_trace().empty());
}

TEST_F(Events, WhatOnlyLinuxCanFireIsRefusedWithTheReason) {
  const auto code = assemble("r0 = 0; exit");
  ProgLoadResult loaded =
      load_program(kernel, {.type = ProgramType::tracepoint, .name = "p", .license = "GPL", .code = *code});
  ASSERT_TRUE(loaded.program.valid());
  const auto unknown =
      kernel.attach(loaded.program.fd(), {AttachMethod::tracepoint, ProgramType::tracepoint, {}, "sched/sched_switch"});
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().what.find("sched/sched_switch"), std::string::npos);
  EXPECT_FALSE(unknown.error().help.empty());
  const auto kprobe =
      kernel.attach(loaded.program.fd(), {AttachMethod::kprobe, ProgramType::kprobe, {}, "do_unlinkat"});
  ASSERT_FALSE(kprobe);
  EXPECT_NE(kprobe.error().what.find("do_unlinkat"), std::string::npos);
}

}  // namespace
}  // namespace skep
