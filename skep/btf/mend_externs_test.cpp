// The rewriting record by record, and Linux's own verdict on the result.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "skep/btf/btf.hpp"

namespace skep {
namespace {

/// int; extern CONFIG_HZ and void init_task; kernel function; their DATASECs.
ByteVector extern_btf() {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto config = builder.add_variable("CONFIG_HZ", integer, 2);
  const auto task = builder.add_variable("init_task", 0, 2);
  const auto function = builder.add_function("bpf_task_release", builder.add_function_proto(integer, {}), 2);
  builder.add_datasec(".kconfig", 0, {{config, 0, 4}});
  builder.add_datasec(".ksyms", 0, {{function, 0, 0}, {task, 0, 0}});
  return builder.write();
}

TEST(MendExterns, VariablesFunctionsAndDatasecsAreRewrittenInPlace) {
  const auto before = Btf::parse(extern_btf());
  ASSERT_TRUE(before);
  ByteVector bytes(before->bytes().begin(), before->bytes().end());
  mend_externs(*before, bytes);
  const auto after = Btf::parse(bytes);
  ASSERT_TRUE(after) << after.error().what;
  ASSERT_EQ(after->type_count(), before->type_count());
  EXPECT_EQ(after->type(2).linkage, 1U);
  EXPECT_EQ(after->type(2).type, 1U);
  EXPECT_EQ(after->type(3).linkage, 1U);
  EXPECT_EQ(after->type(3).type, 1U);  // void has no size
  EXPECT_EQ(after->type(5).kind, BtfKind::typedef_);
  EXPECT_EQ(after->type(5).name, "bpf_task_release");
  EXPECT_EQ(after->type(6).kind, BtfKind::struct_);
  EXPECT_EQ(after->type(7).members.size(), 2U);
  EXPECT_EQ(after->type(7).members[1].bit_offset, 32U);
  EXPECT_EQ(after->type(7).size, 8U);
}

// union bpf_attr's BPF_BTF_LOAD part as of Linux 4.18.
struct BtfLoad {
  std::uint64_t btf, log;
  std::uint32_t size, log_size, log_level;
};
constexpr long bpf_btf_load = 18;

std::pair<long, std::string> load(const ByteVector& bytes) {
  std::array<char, 4096> log{};
  BtfLoad attributes{reinterpret_cast<std::uintptr_t>(bytes.data()), reinterpret_cast<std::uintptr_t>(log.data()),
                     static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(log.size()), 1};
  const long fd = syscall(SYS_bpf, bpf_btf_load, &attributes, 28);
  if (fd >= 0) close(static_cast<int>(fd));
  return {fd, log.data()};
}

TEST(MendExterns, LinuxTakesTheResult) {
  BtfBuilder plain;
  plain.add_integer("int", 4, 1);
  if (load(plain.write()).first < 0) GTEST_SKIP() << "Linux lets us load no BTF (not root?)";
  const auto btf = Btf::parse(extern_btf());
  ASSERT_TRUE(btf);
  ByteVector bytes(btf->bytes().begin(), btf->bytes().end());
  EXPECT_LT(load(bytes).first, 0);
  mend_externs(*btf, bytes);
  const auto [fd, log] = load(bytes);
  EXPECT_GE(fd, 0) << log;
}

/// clang's record of `enum later;`: no enumerators, no size.
ByteVector declared_enum_btf() {
  BtfBuilder builder;
  const auto later = builder.add_enum("later", {});
  builder.add_integer("int", 4, 1);
  EXPECT_EQ(later, 1U);
  ByteVector bytes = builder.write();
  constexpr std::size_t header = 24, size_in_record = 8;
  store_unaligned<std::uint32_t>(bytes.data() + header + size_in_record, 0);
  return bytes;
}

TEST(MendExterns, AnEnumOnlyDeclaredGetsASize) {
  const auto before = Btf::parse(declared_enum_btf());
  ASSERT_TRUE(before) << before.error().what;
  EXPECT_EQ(before->type(1).size, 0U);
  ByteVector bytes(before->bytes().begin(), before->bytes().end());
  mend_externs(*before, bytes);
  const auto after = Btf::parse(bytes);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->type(1).size, 4U);
  if (load(bytes).first < 0) GTEST_SKIP() << "Linux lets us load no BTF (not root?)";
  EXPECT_LT(load(declared_enum_btf()).first, 0) << "the reason for all this";
}

}  // namespace
}  // namespace skep
