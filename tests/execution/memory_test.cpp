// Loads and stores of all sizes (RFC 9669 section 5), the stack, and what the checked engine refuses.
#include "support/execution.hpp"

namespace skep::test {
namespace {

const ByteVector eight = {0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8};
const ByteVector zeros(8, 0);

TEST(Load, ZeroExtends) {
  EXPECT_RUN("r0 = *(u8 *)(r1 + 0); exit", 0xf1, {.memory = eight});
  EXPECT_RUN("r0 = *(u16 *)(r1 + 2); exit", 0xf4f3, {.memory = eight});
  EXPECT_RUN("r0 = *(u32 *)(r1 + 4); exit", 0xf8f7f6f5, {.memory = eight});
  EXPECT_RUN("r0 = *(u64 *)(r1 + 0); exit", 0xf8f7f6f5f4f3f2f1, {.memory = eight});
}

TEST(Load, SignExtends) {
  EXPECT_RUN("r0 = *(s8 *)(r1 + 0); exit", 0xfffffffffffffff1, {.memory = eight});
  EXPECT_RUN("r0 = *(s16 *)(r1 + 2); exit", 0xfffffffffffff4f3, {.memory = eight});
  EXPECT_RUN("r0 = *(s32 *)(r1 + 4); exit", 0xfffffffff8f7f6f5, {.memory = eight});
  const ByteVector positive = {0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78};
  EXPECT_RUN("r0 = *(s8 *)(r1 + 0); exit", 0x71, {.memory = positive});
  EXPECT_RUN("r0 = *(s16 *)(r1 + 2); exit", 0x7473, {.memory = positive});
  EXPECT_RUN("r0 = *(s32 *)(r1 + 4); exit", 0x78777675, {.memory = positive});
}

TEST(Load, NeedsNoAlignmentAndMayReplaceItsBase) {
  EXPECT_RUN("r0 = *(u32 *)(r1 + 1); exit", 0xf5f4f3f2, {.memory = eight});
  EXPECT_RUN("r1 = *(u16 *)(r1 + 3); r0 = r1; exit", 0xf5f4, {.memory = eight});
}

TEST(Load, OffsetsAreSigned) { EXPECT_RUN("r1 += 8; r0 = *(u8 *)(r1 - 1); exit", 0xf8, {.memory = eight}); }

TEST(Store, WritesTheLowBytesOfARegister) {
  const auto stores = [](const char* size) {
    return std::string("r2 = 0x1122334455667788 ll; *(") + size + " *)(r1 + 0) = r2; r0 = 0; exit";
  };
  EXPECT_RUN(stores("u8"), 0, {.memory = zeros, .expect_memory = ByteVector{0x88, 0, 0, 0, 0, 0, 0, 0}});
  EXPECT_RUN(stores("u16"), 0, {.memory = zeros, .expect_memory = ByteVector{0x88, 0x77, 0, 0, 0, 0, 0, 0}});
  EXPECT_RUN(stores("u32"), 0, {.memory = zeros, .expect_memory = ByteVector{0x88, 0x77, 0x66, 0x55, 0, 0, 0, 0}});
  EXPECT_RUN(stores("u64"), 0,
             {.memory = zeros, .expect_memory = ByteVector{0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}});
}

TEST(Store, WritesASignExtendedImmediate) {
  EXPECT_RUN("*(u8 *)(r1 + 1) = -2; r0 = 0; exit", 0,
             {.memory = zeros, .expect_memory = ByteVector{0, 0xfe, 0, 0, 0, 0, 0, 0}});
  EXPECT_RUN("*(u16 *)(r1 + 1) = -2; r0 = 0; exit", 0,
             {.memory = zeros, .expect_memory = ByteVector{0, 0xfe, 0xff, 0, 0, 0, 0, 0}});
  EXPECT_RUN("*(u32 *)(r1 + 1) = -2; r0 = 0; exit", 0,
             {.memory = zeros, .expect_memory = ByteVector{0, 0xfe, 0xff, 0xff, 0xff, 0, 0, 0}});
  EXPECT_RUN("*(u64 *)(r1 + 0) = -2; r0 = 0; exit", 0,
             {.memory = zeros, .expect_memory = ByteVector{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}});
}

TEST(Stack, HoldsFiveHundredTwelveBytes) {
  EXPECT_RUN(
      "*(u64 *)(r10 - 8) = 1; *(u64 *)(r10 - 512) = 2; r0 = *(u64 *)(r10 - 8); r1 = *(u64 *)(r10 - 512); r0 += r1; "
      "exit",
      3);
  EXPECT_FAULT("*(u64 *)(r10 - 520) = 1; r0 = 0; exit", FaultKind::out_of_bounds, Slot{0});
  EXPECT_FAULT("r0 = *(u8 *)(r10 + 0); exit", FaultKind::out_of_bounds, Slot{0});
  EXPECT_FAULT("r0 = *(u64 *)(r10 - 4); exit", FaultKind::out_of_bounds, Slot{0});
}

TEST(Stack, MixesSizes) {
  EXPECT_RUN(
      "r1 = 0x1122334455667788 ll; *(u64 *)(r10 - 8) = r1; r0 = *(u8 *)(r10 - 7); r2 = *(u16 *)(r10 - 2); r0 <<= 16; "
      "r0 |= r2; exit",
      0x771122);
}

TEST(Bounds, TheCheckedEngineRefusesWhatIsNotTheProgramsOwn) {
  EXPECT_FAULT("r0 = *(u64 *)(r1 + 1); exit", FaultKind::out_of_bounds, Slot{0}, {.memory = eight});
  EXPECT_FAULT("*(u8 *)(r1 + 8) = 0; r0 = 0; exit", FaultKind::out_of_bounds, Slot{0}, {.memory = eight});
  EXPECT_FAULT("r0 = *(u8 *)(r1 - 1); exit", FaultKind::out_of_bounds, Slot{0}, {.memory = eight});
  EXPECT_FAULT("r1 = 0; r0 = *(u32 *)(r1 + 16); exit", FaultKind::out_of_bounds, Slot{1});
  EXPECT_FAULT("r2 = 1; lock *(u64 *)(r1 + 8) += r2; r0 = 0; exit", FaultKind::out_of_bounds, Slot{1},
               {.memory = eight});
  EXPECT_FAULT("r2 = 1; lock *(u32 *)(r1 + 2) += r2; r0 = 0; exit", FaultKind::out_of_bounds, Slot{1},
               {.memory = eight});
}

}  // namespace
}  // namespace skep::test
