// What a program array takes: programs of one kind, the kind of the first that was put into it or that uses it. Every
// expectation is what Linux 6.18 answers.
#include <gtest/gtest.h>

#include <cerrno>

#include "skep/asm/asm.hpp"
#include "skep/user/user.hpp"

namespace skep {
namespace {

constexpr std::uint32_t xdp_has_frags = 0x20;

class TailCalls : public testing::Test {
 protected:
  UserKernel kernel{{.cpus = 2}};
  Map array;
  std::vector<Program> programs;

  void SetUp() override {
    auto map = create_map(kernel, {.type = 3, .key_size = 4, .value_size = 4, .max_entries = 4});
    ASSERT_TRUE(map);
    array = std::move(*map);
  }

  ProgLoadResult load(ProgramType type, const std::string& text = "r0 = 0; exit", std::uint32_t flags = 0,
                      AttachType attach_type = {}) {
    const auto code = assemble(text);
    EXPECT_TRUE(code) << text;
    return load_program(kernel,
                        {.type = type, .attach_type = attach_type, .license = "GPL", .code = *code, .flags = flags});
  }
  ProgLoadResult load_user(ProgramType type) {
    return load(type, "r2 = map[fd:" + std::to_string(array.fd()) + "]; r3 = 0; call 12; r0 = 1; exit");
  }
  long put(ProgLoadResult loaded) {
    EXPECT_TRUE(loaded.program.valid()) << loaded.log;
    const std::uint32_t key = 0;
    const std::int32_t fd = loaded.program.fd();
    const long result = map_update(array, bytes_of(key), bytes_of(fd));
    programs.push_back(std::move(loaded.program));
    return result;
  }
};

TEST_F(TailCalls, TheFirstProgramPutInDecides) {
  EXPECT_EQ(put(load(ProgramType::sched_cls)), 0);
  EXPECT_EQ(put(load(ProgramType::xdp)), -EINVAL);
  EXPECT_EQ(put(load(ProgramType::sched_cls)), 0);
  EXPECT_EQ(load_user(ProgramType::xdp).error, EINVAL);
  EXPECT_TRUE(load_user(ProgramType::sched_cls).program.valid());
}

TEST_F(TailCalls, TheFirstProgramThatUsesItDecides) {
  const ProgLoadResult user = load_user(ProgramType::sched_cls);
  ASSERT_TRUE(user.program.valid());
  EXPECT_EQ(put(load(ProgramType::xdp)), -EINVAL);
  EXPECT_EQ(put(load(ProgramType::sched_cls)), 0);
}

TEST_F(TailCalls, AnArrayThatIsEmptyAgainStillKnows) {
  EXPECT_EQ(put(load(ProgramType::sched_cls)), 0);
  const std::uint32_t key = 0;
  EXPECT_EQ(map_delete(array, bytes_of(key)), 0);
  EXPECT_EQ(put(load(ProgramType::xdp)), -EINVAL);
}

TEST_F(TailCalls, FragmentsAndAttachTypesMustAgreeToo) {
  EXPECT_EQ(put(load(ProgramType::xdp, "r0 = 0; exit", xdp_has_frags)), 0);
  EXPECT_EQ(put(load(ProgramType::xdp)), -EINVAL);
  EXPECT_EQ(put(load(ProgramType::xdp, "r0 = 0; exit", xdp_has_frags, static_cast<AttachType>(37))), -EINVAL);
}

}  // namespace
}  // namespace skep
