#include "skep/vm/memory.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

TEST(Region, AllowsExactlyItsBytes) {
  const Region region{.begin = 1000, .size = 16};
  EXPECT_TRUE(region.allows(1000, 16, Access::read_write));
  EXPECT_TRUE(region.allows(1015, 1, Access::read));
  EXPECT_FALSE(region.allows(999, 1, Access::read));
  EXPECT_FALSE(region.allows(1016, 1, Access::read));
  EXPECT_FALSE(region.allows(1009, 8, Access::read));
  EXPECT_FALSE(region.allows(1000, 17, Access::read));
}

TEST(Region, LengthsThatWrapAreOutside) {
  const Region region{.begin = 1000, .size = 16};
  EXPECT_FALSE(region.allows(1008, ~std::uint64_t{0}, Access::read));
  EXPECT_FALSE(region.allows(~std::uint64_t{0}, 8, Access::read));
  const Region last{.begin = ~std::uint64_t{15}, .size = 16};
  EXPECT_TRUE(last.allows(~std::uint64_t{7}, 8, Access::read));
  EXPECT_FALSE(last.allows(~std::uint64_t{7}, 9, Access::read));
}

TEST(Region, AccessIsWhatItGrants) {
  const Region region{.begin = 1000, .size = 8, .access = Access::read};
  EXPECT_TRUE(region.allows(1000, 8, Access::read));
  EXPECT_FALSE(region.allows(1000, 8, Access::write));
  EXPECT_FALSE(region.allows(1000, 8, Access::read_write));
}

TEST(Region, StrideLeavesOnlyThePartThatBelongsToTheProgram) {
  // Three elements of 32 bytes; bytes 8 to 23 of each are the value.
  const Region region{.begin = 1000, .size = 96, .stride = 32, .first = 8, .length = 16};
  EXPECT_TRUE(region.allows(1008, 16, Access::read));
  EXPECT_TRUE(region.allows(1040, 16, Access::read));
  EXPECT_TRUE(region.allows(1072, 16, Access::read));
  EXPECT_FALSE(region.allows(1007, 1, Access::read));
  EXPECT_FALSE(region.allows(1024, 1, Access::read));
  EXPECT_FALSE(region.allows(1020, 8, Access::read));
  EXPECT_FALSE(region.allows(1008, 40, Access::read)) << "from one element into the next";
}

TEST(Region, ALastElementMayBeCutOff) {
  const Region region{.begin = 1000, .size = 32 + 12, .stride = 32, .first = 8, .length = 16};
  EXPECT_TRUE(region.allows(1040, 4, Access::read));
  EXPECT_FALSE(region.allows(1040, 5, Access::read));
  const Region headless{.begin = 1000, .size = 32 + 4, .stride = 32, .first = 8, .length = 16};
  EXPECT_FALSE(headless.allows(1034, 1, Access::read));
}

}  // namespace
}  // namespace skep
