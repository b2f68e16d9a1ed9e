// Packet helpers against Linux: every program here runs on both, and results and packets must be the same. The
// expectations are the running kernel's.
#include <cerrno>

#include "skep/helpers/packet_program.hpp"

namespace skep {
namespace {

/// Ethernet, IPv4 or IPv6 or other, and numbered bytes.
ByteVector packet_of(std::uint16_t protocol, std::size_t size) {
  ByteVector packet(size);
  for (std::size_t i = 0; i < size; ++i) packet[i] = static_cast<std::uint8_t>(i * 7 + 1);
  packet[0] = 2;  // an individual address
  packet[12] = static_cast<std::uint8_t>(protocol >> 8);
  packet[13] = static_cast<std::uint8_t>(protocol);
  packet[14] = protocol == 0x86dd ? 0x60 : 0x45;
  return packet;
}

class PacketsOnLinux : public testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    const ByteVector packet = packet_of(0x0800, 64);
    if (!run_on_linux(ProgramType::sched_cls, PacketProgram{}, packet, why)) GTEST_SKIP() << why;
  }
  void expect_same(ProgramType type, const PacketProgram& program, ByteView packet, const char* what) {
    std::string why;
    const auto there = run_on_linux(type, program, packet, why);
    ASSERT_TRUE(there) << what << ": " << why;
    const PacketOutcome here = run_here(type, program, packet);
    EXPECT_EQ(here.value, there->value) << what;
    EXPECT_EQ(here.bytes, there->bytes) << what;
  }
};

// Offsets in struct __sk_buff.
constexpr std::int16_t len = 0, pkt_type = 4, protocol = 16, vlan_present = 20, vlan_tci = 24, vlan_proto = 28,
                       hash = 68;

TEST_F(PacketsOnLinux, LegacyLoadsCountFromHeadersBelowZero) {
  constexpr std::uint8_t abs_byte = 0x30, abs_half = 0x28, abs_word = 0x20, ind_byte = 0x50, ind_word = 0x40;
  constexpr std::int32_t network_header = -0x100000, link_header = -0x200000;
  const ByteVector packet = packet_of(0x0800, 64);
  for (const ProgramType type : {ProgramType::sched_cls, ProgramType::socket_filter}) {
    PacketProgram program;
    for (const std::int32_t offset : {0, 12, 40}) program.packet_load(abs_half, offset);
    for (const std::int32_t offset : {0, 1, 20, 46}) program.packet_load(abs_word, network_header + offset);
    for (const std::int32_t offset : {0, 12, 14, 60}) program.packet_load(abs_word, link_header + offset);
    program.packet_load(ind_byte, network_header, 5).packet_load(ind_byte, 5, network_header);
    program.packet_load(ind_word, link_header, 12);
    expect_same(type, program, packet, "inside");
    for (const std::int32_t offset :
         {-1, -14, -0x1000, network_header + 50, network_header - 1, link_header + 64, link_header - 1})
      expect_same(type, PacketProgram{}.packet_load(abs_byte, offset), packet, "outside");
    expect_same(type, PacketProgram{}.packet_load(ind_byte, 0x7fffffff, 1), packet, "around");
  }
}

TEST_F(PacketsOnLinux, XdpBorders) {
  const ByteVector packet = packet_of(0x0800, 100);
  for (const std::int32_t delta : {0, 1, -1, 14, 86, 87, 100, -216, -217, -256, 1000, -1000, INT32_MAX, INT32_MIN}) {
    const auto name = "delta " + std::to_string(delta);
    PacketProgram head, tail, meta;
    head.call(HelperId::xdp_adjust_head, {ctx, number(delta)}).call(HelperId::xdp_get_buff_len, {ctx});
    expect_same(ProgramType::xdp, head, packet, ("head " + name).c_str());
    tail.call(HelperId::xdp_adjust_tail, {ctx, number(delta)}).call(HelperId::xdp_get_buff_len, {ctx});
    expect_same(ProgramType::xdp, tail, packet, ("tail " + name).c_str());
    meta.call(HelperId::xdp_adjust_meta, {ctx, number(delta)}).call(HelperId::xdp_get_buff_len, {ctx});
    expect_same(ProgramType::xdp, meta, packet, ("meta " + name).c_str());
  }
  for (const std::int32_t delta : {-4, -8, -6, -32, -200, -252, -256}) {
    PacketProgram program;
    program.call(HelperId::xdp_adjust_meta, {ctx, number(delta)})
        .call(HelperId::xdp_adjust_head, {ctx, number(-10)})
        .call(HelperId::xdp_adjust_head, {ctx, number(20)})
        .call(HelperId::xdp_adjust_head, {ctx, number(-200)})
        .call(HelperId::xdp_adjust_meta, {ctx, number(4)})
        .call(HelperId::xdp_adjust_tail, {ctx, number(-30)})
        .call(HelperId::xdp_adjust_tail, {ctx, number(40)});
    expect_same(ProgramType::xdp, program, packet, ("moves after meta " + std::to_string(delta)).c_str());
  }
  PacketProgram to_the_end;
  to_the_end.call(HelperId::xdp_adjust_tail, {ctx, number(4096 - 256 - 320 - 100)})
      .call(HelperId::xdp_adjust_tail, {ctx, number(1)});
  expect_same(ProgramType::xdp, to_the_end, packet, "all of the tailroom");
}

TEST_F(PacketsOnLinux, XdpBytes) {
  const ByteVector packet = packet_of(0x0800, 100);
  for (const std::int64_t offset : {0, 10, 92, 93, 100, 65535, 65536, 0x7fffffff}) {
    PacketProgram program;
    program.call(HelperId::xdp_load_bytes, {ctx, number(offset), stack(32), number(8)}).word(32).word(28);
    program.call(HelperId::xdp_store_bytes, {ctx, number(offset), stack(64), number(8)});
    expect_same(ProgramType::xdp, program, packet, ("offset " + std::to_string(offset)).c_str());
  }
}

TEST_F(PacketsOnLinux, SkbBytes) {
  const ByteVector packet = packet_of(0x0800, 100);
  for (const std::int64_t offset : {0, 10, 92, 93, 100, 65535, 65536, 0x7fffffff, -1, -8}) {
    PacketProgram program;
    program.call(HelperId::skb_load_bytes, {ctx, number(offset), stack(32), number(8)}).word(32).word(28);
    program.call(HelperId::skb_load_bytes_relative, {ctx, number(offset), stack(32), number(8), number(0)})
        .word(32)
        .word(28);
    program.call(HelperId::skb_load_bytes_relative, {ctx, number(offset), stack(32), number(8), number(1)})
        .word(32)
        .word(28);
    program.call(HelperId::skb_load_bytes_relative, {ctx, number(offset), stack(32), number(8), number(2)})
        .word(32)
        .word(28);
    for (const std::int32_t flags : {0, 1, 2, 4})
      program.call(HelperId::skb_store_bytes, {ctx, number(offset), stack(64), number(8), number(flags)});
    expect_same(ProgramType::sched_cls, program, packet, ("offset " + std::to_string(offset)).c_str());
  }
  PacketProgram pull;
  for (const std::int64_t length : {0, 1, 100, 101, 65536}) pull.call(HelperId::skb_pull_data, {ctx, number(length)});
  expect_same(ProgramType::sched_cls, pull, packet, "pull_data");
}

TEST_F(PacketsOnLinux, SocketFiltersStartAtTheNetworkHeader) {
  const ByteVector packet = packet_of(0x0800, 100);
  PacketProgram program;
  program.context(len).context(protocol).context(hash).set_context(48, 99).context(48);
  for (const std::int64_t offset : {0, 6, 78, 79, 86, 92, 93, 65535, 65536}) {
    program.call(HelperId::skb_load_bytes, {ctx, number(offset), stack(32), number(8)}).word(32).word(28);
    program.call(HelperId::skb_load_bytes_relative, {ctx, number(offset), stack(32), number(8), number(0)})
        .word(32)
        .word(28);
    program.call(HelperId::skb_load_bytes_relative, {ctx, number(offset), stack(32), number(8), number(1)})
        .word(32)
        .word(28);
  }
  expect_same(ProgramType::socket_filter, program, packet, "socket filter");
}

TEST_F(PacketsOnLinux, SkbLength) {
  const ByteVector packet = packet_of(0x0800, 100);
  for (const std::int64_t length : {0, 13, 14, 20, 99, 100, 101, 1500, 4000, 16064, 16065, 65536}) {
    PacketProgram program;
    program.call(HelperId::skb_change_tail, {ctx, number(length), number(0)})
        .context(len)
        .call(HelperId::skb_change_tail, {ctx, number(60), number(1)});
    program.call(HelperId::skb_change_tail, {ctx, number(120), number(0)}).context(len);
    expect_same(ProgramType::sched_cls, program, packet, ("tail " + std::to_string(length)).c_str());
  }
  for (const std::int64_t room : {0, 1, 14, 64, 300, 5000, 15964, 15965, -1}) {
    PacketProgram program;
    program.call(HelperId::skb_change_head, {ctx, number(room), number(0)}).context(len);
    program.call(HelperId::skb_change_tail, {ctx, number(40), number(0)}).context(len);
    program.call(HelperId::skb_change_head, {ctx, number(8), number(2)})
        .call(HelperId::skb_change_head, {ctx, number(8), number(0)})
        .context(len);
    expect_same(ProgramType::sched_cls, program, packet, ("head " + std::to_string(room)).c_str());
  }
}

TEST_F(PacketsOnLinux, SkbRoom) {
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0x0800, 0x86dd, 0x0806}) {
    const ByteVector packet = packet_of(type, 120);
    for (const std::int32_t mode : {0, 1, 2}) {
      for (const std::int64_t difference : {0, 8, -8, 40, -40, -66, -67, -86, -87, -106, 4095, 4096, -4096}) {
        PacketProgram program;
        program.call(HelperId::skb_adjust_room, {ctx, number(difference), number(mode), number(0)})
            .context(len)
            .context(protocol);
        expect_same(
            ProgramType::sched_cls, program, packet,
            ("protocol " + std::to_string(type) + " mode " + std::to_string(mode) + " by " + std::to_string(difference))
                .c_str());
      }
    }
  }
}

TEST_F(PacketsOnLinux, SkbRoomFlags) {
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0x0800, 0x86dd}) {
    const ByteVector packet = packet_of(type, 120);
    for (const std::int64_t flags :
         {1, 2, 4, 6, 2 | 8, 2 | 16, 8 | 16, 32, 64, 2 | 64, 128, 256, 384, 512, 4 | 16 | 32}) {
      for (const std::int64_t difference : {28, -28, -60}) {
        PacketProgram program;
        program.call(HelperId::skb_adjust_room, {ctx, number(difference), number(1), number(flags)})
            .context(len)
            .context(protocol);
        program.call(HelperId::skb_adjust_room, {ctx, number(difference), number(1), number(flags)})
            .context(len)
            .context(protocol);
        expect_same(ProgramType::sched_cls, program, packet,
                    ("protocol " + std::to_string(type) + " flags " + std::to_string(flags) + " by " +
                     std::to_string(difference))
                        .c_str());
      }
    }
  }
}

TEST_F(PacketsOnLinux, SkbRoomForTunnels) {
  const ByteVector packet = packet_of(0x0800, 120);
  for (const std::int64_t link_header : {0, 13, 14, 36, 50, 51, 255}) {
    for (const std::int64_t flags : {0, 2, 64, 2 | 64, 4 | 16 | 64, 2 | 4, 1 << 9}) {
      PacketProgram program;
      const std::int64_t all = flags | link_header << 56;
      program.call(HelperId::skb_adjust_room, {ctx, number(50), number(1), number(all)}).context(len).context(protocol);
      program.call(HelperId::skb_adjust_room, {ctx, number(50), number(0), number(all)}).context(len).context(protocol);
      program.call(HelperId::skb_adjust_room, {ctx, number(-50), number(1), number(256)})
          .context(len)
          .context(protocol);
      program.call(HelperId::skb_adjust_room, {ctx, number(50), number(1), number(all)}).context(len).context(protocol);
      program.call(HelperId::skb_change_tail, {ctx, number(90), number(0)}).context(len);
      program.call(HelperId::skb_change_head, {ctx, number(14), number(0)}).context(len);
      program.call(HelperId::skb_adjust_room, {ctx, number(20), number(1), number(0)}).context(len);
      expect_same(ProgramType::sched_cls, program, packet,
                  ("link header " + std::to_string(link_header) + " flags " + std::to_string(flags)).c_str());
    }
  }
}

TEST_F(PacketsOnLinux, SkbVlan) {
  const auto see = [](PacketProgram& program) {
    program.context(len).context(protocol).context(vlan_present).context(vlan_tci).context(vlan_proto);
  };
  ByteVector tagged = packet_of(0x8100, 100);
  ByteVector twice = tagged;
  twice[16] = 0x88, twice[17] = 0xa8;
  ByteVector length_field = tagged;
  length_field[16] = 0, length_field[17] = 40;
  ByteVector raw = length_field;
  raw[18] = raw[19] = 0xff;
  for (const ByteVector& packet :
       {packet_of(0x0800, 100), tagged, twice, length_field, raw, packet_of(0x8100, 17), packet_of(0x8100, 18)}) {
    PacketProgram pops, pushes;
    for (int i = 0; i < 3; ++i) {
      pops.call(HelperId::skb_vlan_pop, {ctx});
      see(pops);
    }
    expect_same(ProgramType::sched_cls, pops, packet, "pops");
    pushes.call(HelperId::skb_vlan_push, {ctx, number(0x0081), number(5)});
    see(pushes);
    pushes.call(HelperId::skb_vlan_push, {ctx, number(0xa888), number(0x2fff)});
    see(pushes);
    pushes.call(HelperId::skb_vlan_push, {ctx, number(0x1234), number(0x12345)});
    see(pushes);
    for (int i = 0; i < 2; ++i) {
      pushes.call(HelperId::skb_vlan_pop, {ctx});
      see(pushes);
    }
    expect_same(ProgramType::sched_cls, pushes, packet, "pushes");
  }
}

TEST_F(PacketsOnLinux, SkbMetadata) {
  const ByteVector packet = packet_of(0x0800, 100);
  PacketProgram program;
  program.call(HelperId::set_hash, {ctx, number(77)}).context(hash).call(HelperId::get_hash_recalc, {ctx});
  program.call(HelperId::set_hash_invalid, {ctx}).context(hash);
  for (const std::int32_t type : {0, 1, 3, 4, 7})
    program.call(HelperId::skb_change_type, {ctx, number(type)}).context(pkt_type);
  program.call(HelperId::csum_update, {ctx, number(5)});
  for (const std::int16_t field : std::initializer_list<std::int16_t>{8, 12, 32, 44, 72})
    program.set_context(field, 0x12345678).context(field);  // mark … tc_classid
  program.set_context(12, 0x1234).context(12);
  for (std::int16_t field = 48; field < 68; field = static_cast<std::int16_t>(field + 4))
    program.set_context(field, field * 77).context(field);
  expect_same(ProgramType::sched_cls, program, packet, "metadata");
}

TEST_F(PacketsOnLinux, RedirectsReturnVerdicts) {
  const ByteVector packet = packet_of(0x0800, 100);
  PacketProgram tc, xdp;
  for (const std::int32_t flags : {0, 1, 2}) {
    tc.call(HelperId::redirect, {number(1), number(flags)});
    xdp.call(HelperId::redirect, {number(1), number(flags)});
  }
  tc.call(HelperId::clone_redirect, {ctx, number(1), number(2)});  // refused: a valid one would send
  expect_same(ProgramType::sched_cls, tc, packet, "tc");
  expect_same(ProgramType::xdp, xdp, packet, "xdp");
}

/// Numbers that look for trouble in one's complement arithmetic.
std::int32_t checksum_word(std::uint32_t& state) {
  state = state * 1664525 + 1013904223;
  constexpr std::int32_t edges[] = {0, 1, -1, 0xffff, 0xfffe, 0x10000, INT32_MAX, INT32_MIN};
  const std::uint32_t choice = state >> 28;
  return choice < 8 ? edges[choice] : static_cast<std::int32_t>(state * 2654435761U);
}

TEST_F(PacketsOnLinux, HeaderChecksums) {
  const ByteVector packet = packet_of(0x0800, 100);
  std::uint32_t state = 1;
  for (int round = 0; round < 40; ++round) {
    PacketProgram program;
    for (int i = 0; i < 20; ++i) {
      const HelperId helper = i % 2 == 0 ? HelperId::l3_csum_replace : HelperId::l4_csum_replace;
      constexpr std::int32_t sizes[] = {0,    2,        4,        2,        4,        3,    2 | 0x10, 4 | 0x10,
                                        0x10, 2 | 0x20, 4 | 0x20, 4 | 0x60, 2 | 0x60, 0x80, 0x100};
      const std::int32_t size = sizes[static_cast<std::uint32_t>(checksum_word(state)) % std::size(sizes)];
      const std::int32_t from = size % 16 == 0 && i % 3 != 0 ? 0 : checksum_word(state);
      const auto offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(checksum_word(state)) % 104);
      program.call(helper, {ctx, number(offset), number(from), number(checksum_word(state)), number(size)});
    }
    expect_same(ProgramType::sched_cls, program, packet, "checksums");
  }
}

TEST_F(PacketsOnLinux, ChecksumDifferences) {
  const ByteVector packet = packet_of(0x0800, 100);
  std::uint32_t state = 2;
  for (int round = 0; round < 20; ++round) {
    PacketProgram program;
    for (const std::int32_t from_size : {0, 4, 8, 32, 3, 1}) {
      for (const std::int32_t to_size : {0, 4, 12, 32, 2, 31}) {
        program.call(HelperId::csum_diff,
                     {from_size == 0 ? number(0) : stack(64), number(from_size), to_size == 0 ? number(0) : stack(32),
                      number(to_size), number(checksum_word(state))});
      }
    }
    expect_same(ProgramType::sched_cls, program, packet, "differences");
  }
}

}  // namespace
}  // namespace skep
