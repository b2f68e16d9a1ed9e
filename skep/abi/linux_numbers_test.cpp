// Our numbers against the running kernel's own enums, read from its BTF (/sys/kernel/btf/vmlinux). What is newer than
// that kernel is not compared; what it has and we have not, fails.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "skep/abi/abi.hpp"
#include "skep/base/base.hpp"

namespace skep {
namespace {

/// The enumerators of every enum that has a BPF_… name in it, from raw BTF (Documentation/bpf/btf.rst): enough to ask,
/// no more.
class KernelEnums {
 public:
  explicit KernelEnums(std::vector<char> bytes) : bytes_(std::move(bytes)) {
    if (bytes_.size() < 24 || word(0) != 0x0001eb9f) return;
    const std::size_t header = word(4), types = header + word(8), types_end = types + word(12);
    strings_ = header + word(16);
    if (types_end > bytes_.size() || strings_ > bytes_.size()) return;
    for (std::size_t at = types; at + 12 <= types_end;) at += read_type(at);
  }
  [[nodiscard]] const std::map<std::string, std::uint32_t>& values() const { return values_; }

 private:
  [[nodiscard]] std::uint32_t word(std::size_t at) const {
    std::uint32_t value = 0;
    if (at + 4 <= bytes_.size()) std::memcpy(&value, bytes_.data() + at, 4);
    return value;
  }
  [[nodiscard]] std::string text(std::uint32_t offset) const {
    const std::size_t at = strings_ + offset;
    return at < bytes_.size() ? std::string(bytes_.data() + at) : std::string();
  }
  /// Notes the type's enumerators; returns its length in bytes.
  std::size_t read_type(std::size_t at) {
    const std::uint32_t info = word(at + 4), count = info & 0xffff, kind = info >> 24 & 0x1f;
    constexpr std::size_t bytes_behind[] = {0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0};
    constexpr std::size_t bytes_each[] = {0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12};
    if (kind >= std::size(bytes_each)) return bytes_.size();
    if (kind == 6) {
      for (std::size_t i = 0; i < count; ++i) values_.emplace(text(word(at + 12 + 8 * i)), word(at + 16 + 8 * i));
    }
    return 12 + bytes_behind[kind] + bytes_each[kind] * count;
  }

  std::vector<char> bytes_;
  std::size_t strings_ = 0;
  std::map<std::string, std::uint32_t> values_;
};

class LinuxNumbers : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file("/sys/kernel/btf/vmlinux", std::ios::binary);
    if (!file) GTEST_SKIP() << "this kernel has no BTF: /sys/kernel/btf/vmlinux cannot be read";
    const KernelEnums enums(std::vector<char>(std::istreambuf_iterator<char>(file), {}));
    if (!enums.values().contains("BPF_MAP_TYPE_HASH")) GTEST_SKIP() << "the kernel's BTF does not describe bpf(2)";
    values = enums.values();
  }
  /// Every row that the kernel knows has its number; rows it does not know are newer: their ids follow its last.
  void expect_same(std::string_view uapi_name, std::uint32_t id, std::uint32_t limit) const {
    const auto found = values.find(std::string(uapi_name));
    if (found != values.end()) {
      EXPECT_EQ(found->second, id) << uapi_name;
    } else {
      EXPECT_GE(id, limit) << uapi_name;
    }
  }
  void expect_same(std::span<const TypeInfo> rows, const char* limit) const {
    ASSERT_TRUE(values.contains(limit));
    const std::uint32_t count = values.at(limit);
    for (const TypeInfo& row : rows) expect_same(row.uapi_name, row.id, count);
    if (rows.size() < count) GTEST_SKIP() << "this kernel is newer than the rows: " << limit << " is " << count;
  }

  std::map<std::string, std::uint32_t> values;
};

TEST_F(LinuxNumbers, MapTypes) { expect_same(map_types(), "__MAX_BPF_MAP_TYPE"); }
TEST_F(LinuxNumbers, ProgramTypes) { expect_same(program_types(), "__MAX_BPF_PROG_TYPE"); }
TEST_F(LinuxNumbers, AttachTypes) { expect_same(attach_types(), "__MAX_BPF_ATTACH_TYPE"); }
TEST_F(LinuxNumbers, LinkTypes) { expect_same(link_types(), "__MAX_BPF_LINK_TYPE"); }

TEST_F(LinuxNumbers, Commands) {
  ASSERT_TRUE(values.contains("__MAX_BPF_CMD"));
  for (const CommandInfo& row : commands()) expect_same(row.uapi_name, row.id, values["__MAX_BPF_CMD"]);
}

TEST_F(LinuxNumbers, Helpers) {
  ASSERT_TRUE(values.contains("__BPF_FUNC_MAX_ID"));
  for (const HelperInfo& row : helpers()) {
    expect_same("BPF_FUNC_" + std::string(row.name), static_cast<std::uint32_t>(row.id), values["__BPF_FUNC_MAX_ID"]);
  }
}

}  // namespace
}  // namespace skep
