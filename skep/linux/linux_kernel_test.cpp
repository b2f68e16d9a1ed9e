#include "skep/linux/linux.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

TEST(CpusOfList, CountsUpToTheHighest) {
  EXPECT_EQ(cpus_of_list("0").value(), 1U);
  EXPECT_EQ(cpus_of_list("0-3").value(), 4U);
  EXPECT_EQ(cpus_of_list("0-1,4-7").value(), 8U);
  EXPECT_EQ(cpus_of_list("0,63").value(), 64U);
}

TEST(CpusOfList, RefusesWhatIsNone) {
  for (const char* list : {"", "a", "0-", "0;1", "-1", "4294967296", "0-4000000000"})
    EXPECT_FALSE(cpus_of_list(list)) << list;
}

TEST(LinuxKernel, AnswersLikeTheSystemCall) {
  LinuxKernel kernel;
  EXPECT_EQ(kernel.name(), "linux");
  EXPECT_GE(kernel.possible_cpus(), 1U);
  std::uint64_t attr[32] = {};
  EXPECT_LT(kernel.bpf(static_cast<BpfCommand>(9999), attr, sizeof attr), 0);  // EINVAL, EPERM or ENOSYS
  if (const auto usable = kernel.usable(); !usable) GTEST_SKIP() << usable.error().what;
  auto map = create_map(kernel, {.type = 2, .key_size = 4, .value_size = 8, .max_entries = 3});
  ASSERT_TRUE(map);
  const std::uint32_t key = 1;
  const std::uint64_t value = 42;
  EXPECT_EQ(map_update(*map, bytes_of(key), bytes_of(value)), 0);
  std::uint64_t got = 0;
  EXPECT_EQ(map_lookup(*map, bytes_of(key), {reinterpret_cast<std::uint8_t*>(&got), sizeof got}), 0);
  EXPECT_EQ(got, value);
}

TEST(LinuxKernel, DoesNotAttachYet) {
  LinuxKernel kernel;
  const auto link = kernel.attach(-1, {.method = AttachMethod::tracepoint, .target = "syscalls/sys_enter_write"});
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().what, "not supported yet: attaching to Linux (syscalls/sys_enter_write)");
}

}  // namespace
}  // namespace skep
