// Maps of every type at the system call's door: what each step answers is written down here, tried on ours, and tried
// on Linux where bpf(2) may be used. So the expectations are Linux's, not ours.
#include <gtest/gtest.h>

#include "skep/maps/test_door.hpp"

namespace skep {
namespace {

struct Script {
  const char* name;
  const char* text;
};
void PrintTo(const Script& script, std::ostream* out) { *out << script.name; }

const Script scripts[] = {
#include "skep/maps/scripts.def"
};

class MapScript : public testing::TestWithParam<Script> {};

TEST_P(MapScript, OurMapsFollowIt) {
  const auto door = our_door(linux_cpus());
  EXPECT_EQ(play(*door, GetParam().text), GetParam().text + 1);
}

TEST_P(MapScript, LinuxFollowsIt) {
  std::string why_not;
  const auto door = linux_door(why_not);
  if (door == nullptr) GTEST_SKIP() << why_not;
  EXPECT_EQ(play(*door, GetParam().text), GetParam().text + 1);
}

INSTANTIATE_TEST_SUITE_P(All, MapScript, testing::ValuesIn(scripts),
                         [](const auto& script) { return script.param.name; });

}  // namespace
}  // namespace skep
