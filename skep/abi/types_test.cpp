// Rows of the type tables: dense, counted, found by both spellings. Their numbers are held against Linux in
// linux_numbers_test.cpp.
#include "skep/abi/types.hpp"

#include <gtest/gtest.h>

#include <set>

namespace skep {
namespace {

void expect_dense(std::span<const TypeInfo> rows, std::string_view prefix) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].id, i) << rows[i].name;
    EXPECT_TRUE(rows[i].uapi_name.starts_with(prefix)) << rows[i].uapi_name;
    EXPECT_EQ(rows[i].uapi_name.size(), prefix.size() + rows[i].name.size()) << rows[i].name;
    EXPECT_EQ(rows[i].support.level == SupportLevel::refused, rows[i].support.error != 0) << rows[i].name;
    EXPECT_EQ(rows[i].support.level == SupportLevel::full, rows[i].support.why.empty()) << rows[i].name;
    names.insert(rows[i].name);
  }
  EXPECT_EQ(names.size(), rows.size()) << prefix << ": a name twice";
}

TEST(Types, RowsAreDenseAndCounted) {
  expect_dense(map_types(), "BPF_MAP_TYPE_");
  expect_dense(program_types(), "BPF_PROG_TYPE_");
  expect_dense(attach_types(), "BPF_");
  expect_dense(link_types(), "BPF_LINK_TYPE_");
  // Without the "unspec" of map, program and link types.
  EXPECT_EQ(map_types().size(), 35U + 1);
  EXPECT_EQ(program_types().size(), 32U + 1);
  EXPECT_EQ(attach_types().size(), 62U);
  EXPECT_EQ(link_types().size(), 15U + 1);
}

TEST(Types, AreFoundByNumber) {
  ASSERT_NE(find_program_type(6), nullptr);
  EXPECT_EQ(find_program_type(6)->name, "xdp");
  EXPECT_EQ(find_program_type(33), nullptr);
  EXPECT_EQ(find_map_type(27)->uapi_name, "BPF_MAP_TYPE_RINGBUF");
  EXPECT_EQ(find_map_type(0xffffffff), nullptr);
  EXPECT_EQ(find_attach_type(62), nullptr);
  EXPECT_EQ(find_link_type(16), nullptr);
}

TEST(Types, AreFoundByEitherSpellingInAnyCase) {
  EXPECT_EQ(program_type_by_name("sched_cls"), ProgramType::sched_cls);
  EXPECT_EQ(program_type_by_name("BPF_PROG_TYPE_SCHED_CLS"), ProgramType::sched_cls);
  EXPECT_EQ(program_type_by_name("Sched_Cls"), ProgramType::sched_cls);
  EXPECT_EQ(program_type_by_name("sched"), std::nullopt);
  EXPECT_EQ(program_type_by_name(""), std::nullopt);
  EXPECT_EQ(map_type_by_name("bpf_map_type_hash"), MapType::hash);
  EXPECT_EQ(attach_type_by_name("BPF_TCX_INGRESS"), AttachType::tcx_ingress);
  EXPECT_EQ(attach_type_by_name("xdp"), AttachType::xdp);
}

TEST(Types, HaveNames) {
  EXPECT_EQ(name_of(MapType::percpu_hash), "percpu_hash");
  EXPECT_EQ(name_of(AttachType::trace_fentry), "trace_fentry");
  EXPECT_EQ(name_of(LinkType::perf_event), "perf_event");
  EXPECT_EQ(name_of(static_cast<ProgramType>(77)), "unknown");
}

}  // namespace
}  // namespace skep
