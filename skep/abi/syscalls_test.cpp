// System call numbers against the installed headers, names as the table and as tracefs spell them.
#include "skep/abi/syscalls.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace skep {
namespace {

TEST(Syscalls, NumbersAreLinuxs) {
#ifndef __x86_64__
  GTEST_SKIP() << "the installed headers number another machine's system calls";
#else
  EXPECT_EQ(syscall_number("read"), SYS_read);
  EXPECT_EQ(syscall_number("execve"), SYS_execve);
  EXPECT_EQ(syscall_number("openat"), SYS_openat);
  EXPECT_EQ(syscall_number("bpf"), SYS_bpf);
  EXPECT_EQ(syscall_number("clone3"), SYS_clone3);
  EXPECT_EQ(syscall_number("rseq"), SYS_rseq);
  EXPECT_EQ(syscall_number("futex_waitv"), SYS_futex_waitv);
#endif
}

TEST(Syscalls, NewerThanTheHeaders) {
  EXPECT_EQ(syscall_number("cachestat"), 451U);
  EXPECT_EQ(syscall_number("file_setattr"), 469U);
  EXPECT_EQ(syscall_name(462), "mseal");
}

TEST(Syscalls, NamesAndNumbersAreInverse) {
  std::size_t count = 0;
  for (std::uint32_t number = 0; number < 600; ++number) {
    const std::string_view name = syscall_name(number);
    if (name.empty()) continue;
    EXPECT_EQ(syscall_number(name), number) << name;
    ++count;
  }
  EXPECT_GT(count, 370U);
  EXPECT_EQ(syscall_name(1), "write");
  EXPECT_EQ(syscall_name(400), "");
  EXPECT_EQ(syscall_name(0xffffffff), "");
  EXPECT_EQ(syscall_number("no_such_call"), std::nullopt);
}

TEST(Syscalls, TracefsNamesAreAccepted) {
  EXPECT_EQ(syscall_number("newfstat"), syscall_number("fstat"));
  EXPECT_EQ(syscall_number("newuname"), syscall_number("uname"));
  EXPECT_EQ(syscall_number("sendfile64"), syscall_number("sendfile"));
  EXPECT_EQ(syscall_number("umount"), syscall_number("umount2"));
}

TEST(Syscalls, ArgumentsAreTracefss) {
  EXPECT_EQ(syscall_arguments(1), "unsigned int fd, const char * buf, size_t count");
  EXPECT_EQ(syscall_arguments(39), "");             // getpid
  EXPECT_EQ(syscall_arguments(156), std::nullopt);  // _sysctl: gone
  EXPECT_EQ(syscall_arguments(100000), std::nullopt);
}

}  // namespace
}  // namespace skep
