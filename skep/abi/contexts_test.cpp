// Context fields against the UAPI structs of the installed headers, and the access rules of net/core/filter.c.
#include "skep/abi/contexts.hpp"

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstddef>
#include <set>

namespace skep {
namespace {

const ContextFieldInfo* field(ContextKind context, std::string_view name) {
  for (const ContextFieldInfo& info : context_fields()) {
    if (info.context == context && info.name == name) return &info;
  }
  return nullptr;
}

#define EXPECT_FIELD(context, type, member)                                        \
  do {                                                                             \
    const ContextFieldInfo* info = field(ContextKind::context, #member);           \
    ASSERT_NE(info, nullptr) << #member;                                           \
    EXPECT_EQ(info->offset, offsetof(type, member)) << #member;                    \
    EXPECT_EQ(info->size, sizeof(static_cast<type*>(nullptr)->member)) << #member; \
  } while (false)

TEST(Contexts, XdpMdIsLinuxs) {
  EXPECT_FIELD(xdp_md, struct xdp_md, data);
  EXPECT_FIELD(xdp_md, struct xdp_md, data_end);
  EXPECT_FIELD(xdp_md, struct xdp_md, data_meta);
  EXPECT_FIELD(xdp_md, struct xdp_md, ingress_ifindex);
  EXPECT_FIELD(xdp_md, struct xdp_md, rx_queue_index);
  EXPECT_FIELD(xdp_md, struct xdp_md, egress_ifindex);
}

TEST(Contexts, SkBuffIsLinuxs) {
  EXPECT_FIELD(sk_buff, struct __sk_buff, len);
  EXPECT_FIELD(sk_buff, struct __sk_buff, pkt_type);
  EXPECT_FIELD(sk_buff, struct __sk_buff, mark);
  EXPECT_FIELD(sk_buff, struct __sk_buff, queue_mapping);
  EXPECT_FIELD(sk_buff, struct __sk_buff, protocol);
  EXPECT_FIELD(sk_buff, struct __sk_buff, vlan_present);
  EXPECT_FIELD(sk_buff, struct __sk_buff, vlan_tci);
  EXPECT_FIELD(sk_buff, struct __sk_buff, vlan_proto);
  EXPECT_FIELD(sk_buff, struct __sk_buff, priority);
  EXPECT_FIELD(sk_buff, struct __sk_buff, ingress_ifindex);
  EXPECT_FIELD(sk_buff, struct __sk_buff, ifindex);
  EXPECT_FIELD(sk_buff, struct __sk_buff, tc_index);
  EXPECT_FIELD(sk_buff, struct __sk_buff, cb);
  EXPECT_FIELD(sk_buff, struct __sk_buff, hash);
  EXPECT_FIELD(sk_buff, struct __sk_buff, tc_classid);
  EXPECT_FIELD(sk_buff, struct __sk_buff, data);
  EXPECT_FIELD(sk_buff, struct __sk_buff, data_end);
  EXPECT_FIELD(sk_buff, struct __sk_buff, napi_id);
  EXPECT_FIELD(sk_buff, struct __sk_buff, family);
  EXPECT_FIELD(sk_buff, struct __sk_buff, remote_ip4);
  EXPECT_FIELD(sk_buff, struct __sk_buff, local_ip4);
  EXPECT_FIELD(sk_buff, struct __sk_buff, remote_ip6);
  EXPECT_FIELD(sk_buff, struct __sk_buff, local_ip6);
  EXPECT_FIELD(sk_buff, struct __sk_buff, remote_port);
  EXPECT_FIELD(sk_buff, struct __sk_buff, local_port);
  EXPECT_FIELD(sk_buff, struct __sk_buff, data_meta);
  EXPECT_FIELD(sk_buff, struct __sk_buff, flow_keys);
  EXPECT_FIELD(sk_buff, struct __sk_buff, tstamp);
  EXPECT_FIELD(sk_buff, struct __sk_buff, wire_len);
  EXPECT_FIELD(sk_buff, struct __sk_buff, gso_segs);
  EXPECT_FIELD(sk_buff, struct __sk_buff, sk);
  EXPECT_FIELD(sk_buff, struct __sk_buff, gso_size);
  EXPECT_FIELD(sk_buff, struct __sk_buff, tstamp_type);
  EXPECT_FIELD(sk_buff, struct __sk_buff, hwtstamp);
}

TEST(Contexts, ProcessorRegistersFillPtRegs) {
  std::uint32_t offset = 0;
  std::size_t count = 0;
  for (const ContextFieldInfo& info : context_fields()) {
    if (info.context != ContextKind::pt_regs) continue;
    EXPECT_EQ(info.offset, offset) << info.name;
    EXPECT_EQ(info.size, 8U) << info.name;
    offset += 8;
    ++count;
  }
  EXPECT_EQ(count, 21U);
  EXPECT_EQ(field(ContextKind::pt_regs, "di")->offset, 112U);
  EXPECT_EQ(field(ContextKind::pt_regs, "ip")->offset, 128U);
}

TEST(Contexts, FieldsAreFoundByTheBytesTheyCover) {
  EXPECT_EQ(find_context_field(ContextKind::xdp_md, 4, 4)->name, "data_end");
  EXPECT_EQ(find_context_field(ContextKind::xdp_md, 6, 2)->name, "data_end");
  EXPECT_EQ(find_context_field(ContextKind::xdp_md, 6, 4), nullptr);
  EXPECT_EQ(find_context_field(ContextKind::xdp_md, 24, 4), nullptr);
  EXPECT_EQ(find_context_field(ContextKind::sk_buff, 64, 4)->name, "cb");
  EXPECT_EQ(find_context_field(ContextKind::sk_buff, 181, 1), nullptr);
  EXPECT_EQ(find_context_field(ContextKind::sk_buff, 0xffffffff, 4), nullptr);
  EXPECT_EQ(find_context_field(ContextKind::none, 0, 4), nullptr);
}

TEST(Contexts, TrafficControlWritesWhatLinuxLetsItWrite) {
  // tc_cls_act_is_valid_access()
  const std::set<std::string_view> writable = {"mark", "tc_index", "priority",     "tc_classid",
                                               "cb",   "tstamp",   "queue_mapping"};
  for (const ContextFieldInfo& info : context_fields()) {
    const bool expected = info.context == ContextKind::sk_buff && writable.contains(info.name);
    EXPECT_EQ(info.writable, expected) << info.name;
    EXPECT_TRUE(info.readable || !info.writable) << info.name;
  }
}

TEST(Contexts, ProgramTypesSeeTheirs) {
  EXPECT_EQ(context_of(ProgramType::xdp), ContextKind::xdp_md);
  EXPECT_EQ(context_of(ProgramType::sched_cls), ContextKind::sk_buff);
  EXPECT_EQ(context_of(ProgramType::socket_filter), ContextKind::sk_buff);
  EXPECT_EQ(context_of(ProgramType::kprobe), ContextKind::pt_regs);
  EXPECT_EQ(context_of(ProgramType::tracepoint), ContextKind::record);
  EXPECT_EQ(context_of(ProgramType::lsm), ContextKind::none);
}

}  // namespace
}  // namespace skep
