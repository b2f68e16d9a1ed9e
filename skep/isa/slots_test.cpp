// Bytes ⇄ slots in both byte orders, against layouts written out by hand (RFC 9669 section 3).
#include <gtest/gtest.h>

#include "skep/isa/decode.hpp"

namespace skep {
namespace {

const std::vector<RawInsn> program = {{0x7b, 10, 1, -8, 0}, {0xb7, 2, 0, 0, 0x12345678}};
const ByteVector little = {0x7b, 0x1a, 0xf8, 0xff, 0, 0, 0, 0, 0xb7, 0x02, 0, 0, 0x78, 0x56, 0x34, 0x12};
const ByteVector big = {0x7b, 0xa1, 0xff, 0xf8, 0, 0, 0, 0, 0xb7, 0x20, 0, 0, 0x12, 0x34, 0x56, 0x78};

TEST(Slots, LittleEndianIsTheDefault) {
  EXPECT_EQ(slots_from_bytes(little).value(), program);
  EXPECT_EQ(bytes_from_slots(program), little);
}

TEST(Slots, BigEndianSwapsTheRegisterNibblesToo) {
  EXPECT_EQ(slots_from_bytes(big, ByteOrder::big).value(), program);
  EXPECT_EQ(bytes_from_slots(program, ByteOrder::big), big);
}

TEST(Slots, NoneIsAProgramOfNoInstructions) { EXPECT_TRUE(slots_from_bytes({}).value().empty()); }

TEST(Slots, APartialSlotIsAnError) {
  const auto cut = slots_from_bytes(ByteView(little).first(12));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().what, "12 bytes are no whole number of instructions: each takes 8");
}

}  // namespace
}  // namespace skep
