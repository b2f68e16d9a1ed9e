#include "skep/user/tag.hpp"

#include <gtest/gtest.h>

#include "skep/asm/asm.hpp"

namespace skep {
namespace {

std::string tag_of(std::string_view text, TagHash hash) {
  const auto code = assemble(text);
  EXPECT_TRUE(code);
  return to_hex(program_tag(*code, hash), "");
}

TEST(Tag, IsTheOneThatOldKernelsShowForTheTutorialsProgram) {
  // The XDP hello of the usual tutorials, which bpftool shows with this tag on Linux 6.x (SHA-1): descriptors do not
  // count.
  EXPECT_EQ(tag_of("r6 = map[fd:7][0]+0 ll; r3 = *(u32 *)(r6 + 0); r1 = map[fd:8][0]+0 ll; r2 = 15; call 6; r1 = *(u32 "
                   "*)(r6 + 0); r1 += 1; *(u32 *)(r6 + 0) = r1; r0 = 2; exit",
                   TagHash::sha1),
            "d35b94b4c0c10efb");
}

TEST(Tag, DoesNotDependOnDescriptors) {
  EXPECT_EQ(tag_of("r1 = map[fd:3] ll; r0 = 0; exit", TagHash::sha256),
            tag_of("r1 = map[fd:9] ll; r0 = 0; exit", TagHash::sha256));
  EXPECT_NE(tag_of("r1 = 3 ll; r0 = 0; exit", TagHash::sha256), tag_of("r1 = 9 ll; r0 = 0; exit", TagHash::sha256));
}

}  // namespace
}  // namespace skep
