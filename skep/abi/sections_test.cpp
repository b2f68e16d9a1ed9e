// Section names are matched as libbpf does: rows in order, extras behind a slash only where the row takes them, '?'
// meaning "do not load".
#include "skep/abi/sections.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

struct Expected {
  std::string_view section;
  std::string_view row;  ///< empty: no match
  ProgramType type = ProgramType::unspec;
  std::string_view extras = {};
};

TEST(Sections, TableIsComplete) { EXPECT_EQ(section_names().size(), 116U); }

TEST(Sections, MatchExactlyOrWithExtras) {
  const Expected cases[] = {
      {"xdp", "xdp", ProgramType::xdp},
      {"xdp/devmap", "xdp/devmap", ProgramType::xdp},
      {"xdp/other", ""},
      {"xdp_prog", ""},
      {"xdp.frags", "xdp.frags", ProgramType::xdp},
      {"tp/syscalls/sys_enter_write", "tp", ProgramType::tracepoint, "syscalls/sys_enter_write"},
      {"tracepoint/syscalls/sys_enter_write", "tracepoint", ProgramType::tracepoint, "syscalls/sys_enter_write"},
      {"tp", "tp", ProgramType::tracepoint},
      {"tp/", "tp", ProgramType::tracepoint},
      {"tpx", ""},
      {"tp_btf/sched_switch", "tp_btf", ProgramType::tracing, "sched_switch"},
      {"raw_tp/sys_enter", "raw_tp", ProgramType::raw_tracepoint, "sys_enter"},
      {"raw_tp.w/x", "raw_tp.w", ProgramType::raw_tracepoint_writable, "x"},
      {"kprobe/do_unlinkat", "kprobe", ProgramType::kprobe, "do_unlinkat"},
      {"kprobe.multi/tcp_*", "kprobe.multi", ProgramType::kprobe, "tcp_*"},
      {"uprobe//bin/sh:main", "uprobe", ProgramType::kprobe, "/bin/sh:main"},
      {"fentry.s/f", "fentry.s", ProgramType::tracing, "f"},
      {"lsm/file_open", "lsm", ProgramType::lsm, "file_open"},
      {"tc", "tc", ProgramType::sched_cls},
      {"tc/ingress", "tc/ingress", ProgramType::sched_cls},
      {"tc/x", ""},
      {"classifier", "classifier", ProgramType::sched_cls},
      {"sk_skb/stream_verdict", "sk_skb/stream_verdict", ProgramType::sk_skb},
      {"cgroup_skb/egress", "cgroup_skb/egress", ProgramType::cgroup_skb},
      {"syscall", "syscall", ProgramType::syscall},
      {"struct_ops/x", "struct_ops", ProgramType::struct_ops, "x"},
      {"netfilter", "netfilter", ProgramType::netfilter},
      {".text", ""},
      {"", ""},
  };
  for (const Expected& expected : cases) {
    const SectionMatch match = match_section(expected.section);
    EXPECT_TRUE(match.autoload) << expected.section;
    if (expected.row.empty()) {
      EXPECT_EQ(match.info, nullptr) << expected.section;
      continue;
    }
    ASSERT_NE(match.info, nullptr) << expected.section;
    EXPECT_EQ(match.info->name, expected.row) << expected.section;
    EXPECT_EQ(match.info->type, expected.type) << expected.section;
    EXPECT_EQ(match.extras, expected.extras) << expected.section;
  }
}

TEST(Sections, QuestionMarkMeansDoNotLoad) {
  const SectionMatch match = match_section("?tp/sched/sched_process_exec");
  ASSERT_NE(match.info, nullptr);
  EXPECT_FALSE(match.autoload);
  EXPECT_EQ(match.extras, "sched/sched_process_exec");
  EXPECT_EQ(match_section("?").info, nullptr);
  EXPECT_EQ(match_section("??xdp").info, nullptr);
}

TEST(Sections, CarryWhatLoadingNeeds) {
  const SectionInfo* tcx = match_section("tcx/egress").info;
  EXPECT_TRUE(tcx->has_attach_type);
  EXPECT_EQ(tcx->attach_type, AttachType::tcx_egress);
  const SectionInfo* socket = match_section("socket").info;
  EXPECT_FALSE(socket->has_attach_type);
  EXPECT_EQ(socket->method, AttachMethod::none);
  const SectionInfo* fexit = match_section("fexit.s/f").info;
  EXPECT_TRUE(has(fexit->flags, SectionFlag::sleepable));
  EXPECT_TRUE(has(fexit->flags, SectionFlag::attach_btf));
  EXPECT_EQ(fexit->method, AttachMethod::trace);
  EXPECT_EQ(match_section("tp/a/b").info->method, AttachMethod::tracepoint);
  EXPECT_TRUE(has(match_section("xdp.frags/cpumap").info->flags, SectionFlag::xdp_frags));
}

}  // namespace
}  // namespace skep
