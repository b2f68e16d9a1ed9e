// PacketBuffer without a program: borders, growth, context fields by program type.
#include "skep/helpers/packet.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace skep {
namespace {

ByteVector numbered(std::size_t size) {
  ByteVector bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

PacketBuffer xdp_packet(std::size_t size = 64) {
  return {ContextKind::xdp_md, ProgramType::xdp, numbered(size), xdp_headroom, 100};
}
PacketBuffer skb_packet(ProgramType type, std::size_t size = 64) {
  return {ContextKind::sk_buff, type, numbered(size), 64, 0};
}

std::uint64_t loaded(PacketBuffer& packet, std::uint32_t offset, std::uint32_t bytes) {
  std::uint64_t value = 0;
  EXPECT_TRUE(packet.load(offset, bytes, value)) << offset << " +" << bytes;
  return value;
}
bool loads(PacketBuffer& packet, std::uint32_t offset, std::uint32_t bytes) {
  std::uint64_t value = 0;
  return packet.load(offset, bytes, value);
}

TEST(PacketBuffer, BordersAreAddressesIntoTheBytes) {
  PacketBuffer packet = xdp_packet();
  EXPECT_EQ(packet.length(), 64U);
  EXPECT_EQ(loaded(packet, 0, 4), packet.data_address());
  EXPECT_EQ(loaded(packet, 4, 4), packet.data_address() + 64);
  EXPECT_EQ(loaded(packet, 8, 4), packet.data_address());
  ASSERT_EQ(packet.regions().size(), 1U);
  EXPECT_EQ(packet.regions()[0].begin, packet.data_address());
  EXPECT_EQ(packet.regions()[0].size, 64U);
}

TEST(PacketBuffer, MetadataLiesBeforeTheBytesAndMovesWithThem) {
  PacketBuffer packet = xdp_packet();
  EXPECT_EQ(packet.adjust_meta(-6), -EACCES);  // not a multiple of 4
  EXPECT_EQ(packet.adjust_meta(4), -EINVAL);
  ASSERT_EQ(packet.adjust_meta(-8), 0);
  packet.meta()[0] = 0xaa;
  ASSERT_EQ(packet.adjust_head(-10), 0);
  EXPECT_EQ(packet.meta().size(), 8U);
  EXPECT_EQ(packet.meta()[0], 0xaa);
  EXPECT_EQ(packet.length(), 74U);
  ASSERT_EQ(packet.regions().size(), 2U);
  EXPECT_EQ(packet.regions()[1].kind, RegionKind::packet_meta);
  EXPECT_EQ(packet.regions()[1].begin + 8, packet.regions()[0].begin);
}

TEST(PacketBuffer, HeadKeepsRoomForTheFrameAndAnEthernetHeader) {
  PacketBuffer packet = xdp_packet();
  EXPECT_EQ(packet.adjust_head(-217), -EINVAL);  // 256 - sizeof(struct xdp_frame)
  EXPECT_EQ(packet.adjust_head(51), -EINVAL);
  EXPECT_EQ(packet.adjust_head(50), 0);
  EXPECT_EQ(packet.adjust_head(-266), 0);
  EXPECT_EQ(packet.length(), 280U);
}

TEST(PacketBuffer, TailGrowsByZeroesUpToTheTailroom) {
  PacketBuffer packet = xdp_packet();
  ASSERT_EQ(packet.adjust_tail(-10), 0);
  ASSERT_EQ(packet.adjust_tail(20), 0);
  EXPECT_EQ(packet.data()[53], 53);
  EXPECT_EQ(packet.data()[54], 0);
  EXPECT_EQ(packet.adjust_tail(91), -EINVAL);
  EXPECT_EQ(packet.adjust_tail(90), 0);
  EXPECT_EQ(packet.adjust_tail(-151), -EINVAL);  // 13 bytes would be left
  EXPECT_EQ(packet.adjust_tail(INT32_MIN), -EINVAL);
}

TEST(PacketBuffer, AnSkbGrowsWhereItMust) {
  PacketBuffer packet = skb_packet(ProgramType::sched_cls);
  ASSERT_EQ(packet.open_gap(14, 1000), 0);
  EXPECT_EQ(packet.length(), 1064U);
  EXPECT_EQ(packet.data()[13], 13);
  EXPECT_EQ(packet.data()[14], 0);
  EXPECT_EQ(packet.data()[1014], 14);
  ASSERT_EQ(packet.open_gap(14, -1000), 0);
  const MutableBytes bytes = packet.data();
  EXPECT_EQ(ByteVector(bytes.begin(), bytes.end()), numbered(64));
  EXPECT_EQ(packet.open_gap(65, 1), -EINVAL);
  EXPECT_EQ(packet.open_gap(60, -5), -EINVAL);
  EXPECT_EQ(packet.open_gap(0, 65535), -EINVAL);
  ASSERT_EQ(packet.resize(5000), 0);
  EXPECT_EQ(packet.data()[4999], 0);
  EXPECT_EQ(packet.resize(65536), -EINVAL);
}

TEST(PacketBuffer, TheHiddenHeaderStandsBeforeTheBytes) {
  PacketBuffer packet(ContextKind::sk_buff, ProgramType::socket_filter, numbered(20), 0, 0);
  const ByteVector header(14, 0xee);
  packet.set_hidden_header(header);
  EXPECT_EQ(packet.length(), 20U);
  EXPECT_EQ(packet.data()[0], 0);
  EXPECT_EQ(packet.hidden_header().size(), 14U);
  EXPECT_EQ(packet.hidden_header()[13], 0xee);
}

// Offsets in struct __sk_buff.
constexpr std::uint32_t mark = 8, protocol = 16, cb = 48, tc_classid = 72, data = 76, family = 88, data_meta = 140,
                        tstamp = 152, sk = 168;

TEST(PacketContext, FieldsAreReadWholeAndInPart) {
  PacketBuffer packet = skb_packet(ProgramType::sched_cls);
  packet.metadata.mark = 0x11223344;
  packet.metadata.protocol = 0x0008;
  packet.metadata.tstamp = 0x0102030405060708;
  EXPECT_EQ(loaded(packet, 0, 4), 64U);
  EXPECT_EQ(loaded(packet, mark, 4), 0x11223344U);
  EXPECT_EQ(loaded(packet, mark, 1), 0x44U);
  EXPECT_EQ(loaded(packet, mark + 2, 2), 0x1122U);
  EXPECT_EQ(loaded(packet, protocol, 4), 0x0008U);
  EXPECT_EQ(loaded(packet, tstamp, 8), 0x0102030405060708U);
  EXPECT_EQ(loaded(packet, sk, 8), 0U);
  EXPECT_FALSE(loads(packet, mark + 1, 2));  // not aligned
  EXPECT_FALSE(loads(packet, mark, 8));      // two fields
  EXPECT_FALSE(loads(packet, tstamp, 4));    // whole only
  EXPECT_FALSE(loads(packet, data, 2));
  EXPECT_FALSE(loads(packet, family, 4));
  EXPECT_FALSE(loads(packet, 192, 4));
  EXPECT_FALSE(loads(packet, 4092, 4));
}

TEST(PacketContext, CbIsMemory) {
  PacketBuffer packet = skb_packet(ProgramType::socket_filter);
  EXPECT_TRUE(packet.store(cb, 8, 0x1122334455667788));
  EXPECT_TRUE(packet.store(cb + 1, 1, 0xff));
  EXPECT_EQ(loaded(packet, cb, 8), 0x112233445566ff88U);
  EXPECT_EQ(packet.metadata.cb[1], 0x11223344U);
  EXPECT_TRUE(packet.store(cb + 16, 4, 7));
  EXPECT_FALSE(packet.store(cb + 16, 8, 7));
}

TEST(PacketContext, WhatATypeMayTouchIsLinuxs) {
  PacketBuffer filter = skb_packet(ProgramType::socket_filter), classifier = skb_packet(ProgramType::sched_cls),
               xdp = xdp_packet();
  for (const std::uint32_t field : {tc_classid, data, data_meta, tstamp})
    EXPECT_FALSE(loads(filter, field, field == tstamp ? 8 : 4)) << field;
  EXPECT_TRUE(loads(filter, mark, 4));
  EXPECT_FALSE(filter.store(mark, 4, 1));
  EXPECT_TRUE(classifier.store(mark, 4, 1));
  EXPECT_FALSE(classifier.store(mark, 2, 1));
  EXPECT_FALSE(classifier.store(protocol, 4, 1));
  EXPECT_TRUE(classifier.store(tstamp, 8, 99));
  EXPECT_EQ(classifier.metadata.tstamp, 99U);
  EXPECT_FALSE(xdp.store(0, 4, 1));
  EXPECT_FALSE(loads(xdp, 12, 2));
}

}  // namespace
}  // namespace skep
