// Tracepoint names and record layouts; expectations are tracefs' `format` files (Linux 6.18; sched_process_fork:
// before 6.15).
#include "skep/abi/tracepoints.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

const RecordField* field(const RecordLayout& layout, std::string_view name) {
  for (const RecordField& candidate : layout.fields) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

void expect_field(const RecordLayout& layout, std::string_view name, std::string_view type, std::uint32_t offset,
                  std::uint32_t size) {
  const RecordField* found = field(layout, name);
  ASSERT_NE(found, nullptr) << name;
  EXPECT_EQ(found->type, type) << name;
  EXPECT_EQ(found->offset, offset) << name;
  EXPECT_EQ(found->size, size) << name;
}

TEST(Tracepoints, AreFoundByCategoryAndName) {
  const auto write = find_tracepoint("syscalls/sys_enter_write");
  ASSERT_TRUE(write);
  EXPECT_EQ(write->kind, EventKind::syscall_enter);
  EXPECT_EQ(write->syscall, 1U);
  EXPECT_FALSE(write->raw);
  EXPECT_EQ(find_tracepoint("syscalls/sys_exit_newfstat")->syscall, 5U);
  const auto raw = find_tracepoint("raw_syscalls/sys_exit");
  ASSERT_TRUE(raw);
  EXPECT_TRUE(raw->raw);
  EXPECT_EQ(raw->syscall, std::nullopt);
  EXPECT_EQ(find_tracepoint("sched/sched_process_fork")->kind, EventKind::process_fork);
  for (const char* name : {"", "syscalls", "syscalls/sys_enter_", "syscalls/sys_enter_nosuch", "sched/sched_switch",
                           "raw_syscalls/x", "sys_enter", "xdp/xdp_exception"}) {
    EXPECT_FALSE(find_tracepoint(name)) << name;
  }
}

TEST(Tracepoints, RawOnesHaveNoCategory) {
  EXPECT_EQ(find_raw_tracepoint("sys_enter")->kind, EventKind::syscall_enter);
  EXPECT_EQ(find_raw_tracepoint("sched_process_exit")->kind, EventKind::process_exit);
  EXPECT_FALSE(find_raw_tracepoint("sched_switch"));
  EXPECT_FALSE(find_raw_tracepoint("syscalls/sys_enter_write"));
}

TEST(Tracepoints, EveryRecordBeginsWithTheCommonFields) {
  for (const char* name :
       {"syscalls/sys_enter_write", "syscalls/sys_exit_write", "raw_syscalls/sys_enter", "raw_syscalls/sys_exit",
        "sched/sched_process_exec", "sched/sched_process_fork", "sched/sched_process_exit"}) {
    const RecordLayout layout = record_layout(*find_tracepoint(name));
    expect_field(layout, "common_type", "unsigned short", 0, 2);
    expect_field(layout, "common_pid", "int", 4, 4);
  }
}

TEST(Tracepoints, SyscallRecords) {
  const RecordLayout write = record_layout(*find_tracepoint("syscalls/sys_enter_write"));
  expect_field(write, "__syscall_nr", "int", 8, 4);
  expect_field(write, "fd", "unsigned int", 16, 8);
  expect_field(write, "buf", "const char *", 24, 8);
  expect_field(write, "count", "size_t", 32, 8);
  EXPECT_EQ(write.size, 40U);
  const RecordLayout getpid = record_layout(*find_tracepoint("syscalls/sys_enter_getpid"));
  EXPECT_EQ(getpid.size, 12U);  // no arguments: the record a program may read ends with the number
  const RecordLayout unknown = record_layout(*find_tracepoint("syscalls/sys_enter__sysctl"));
  expect_field(unknown, "arg5", "unsigned long", 56, 8);
  const RecordLayout left = record_layout(*find_tracepoint("syscalls/sys_exit_write"));
  expect_field(left, "ret", "long", 16, 8);
  EXPECT_EQ(left.size, 24U);
  const RecordLayout raw = record_layout(*find_tracepoint("raw_syscalls/sys_enter"));
  expect_field(raw, "id", "long", 8, 8);
  expect_field(raw, "args", "unsigned long[6]", 16, 48);
  expect_field(record_layout(*find_tracepoint("raw_syscalls/sys_exit")), "ret", "long", 16, 8);
}

TEST(Tracepoints, ProcessRecords) {
  const RecordLayout exec = record_layout(*find_tracepoint("sched/sched_process_exec"));
  expect_field(exec, "filename", "__data_loc char[]", 8, 4);
  expect_field(exec, "pid", "pid_t", 12, 4);
  expect_field(exec, "old_pid", "pid_t", 16, 4);
  const RecordLayout fork = record_layout(*find_tracepoint("sched/sched_process_fork"));
  expect_field(fork, "parent_comm", "char[16]", 8, 16);
  expect_field(fork, "parent_pid", "pid_t", 24, 4);
  expect_field(fork, "child_comm", "char[16]", 28, 16);
  expect_field(fork, "child_pid", "pid_t", 44, 4);
  const RecordLayout left = record_layout(*find_tracepoint("sched/sched_process_exit"));
  expect_field(left, "comm", "char[16]", 8, 16);
  expect_field(left, "pid", "pid_t", 24, 4);
  expect_field(left, "prio", "int", 28, 4);
}

}  // namespace
}  // namespace skep
