// Random programs, run by everyone who can: our engines must agree with each other and, where bpf(2) is allowed, with
// Linux. SKEP_DIFFERENTIAL_PROGRAMS and SKEP_DIFFERENTIAL_SEED make longer and other runs.
#include <cstdlib>

#include "support/execution.hpp"
#include "support/linux_run.hpp"
#include "support/random_program.hpp"

namespace skep::test {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t first_seed() { return from_environment("SKEP_DIFFERENTIAL_SEED", 1); }
std::uint64_t program_count(std::uint64_t otherwise) {
  return from_environment("SKEP_DIFFERENTIAL_PROGRAMS", otherwise);
}

std::uint64_t run_on_referee(const std::vector<RawInsn>& program) {
  const auto code = lower(program, {});
  if (!code) {
    ADD_FAILURE() << render(code.error(), false);
    return 0;
  }
  Machine machine;
  const RunResult result = machine.run(**code, Engine::checked, {});
  if (result.fault) ADD_FAILURE() << render(as_diagnostic(*result.fault), false);
  return result.value;
}

TEST(Differential, OurEnginesAgree) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + program_count(2000); ++seed) {
    const auto program = random_program(seed, {.instructions = 60, .jumps = 12});
    ASSERT_TRUE(runs_to(program, run_on_referee(program))) << "seed " << seed;
  }
}

TEST(Differential, LinuxAgrees) {
  if (const std::string why = why_linux_cannot_run(); !why.empty()) GTEST_SKIP() << why;
  std::uint64_t refused = 0;
  const std::uint64_t count = program_count(500);
  for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
    const auto program = random_program(seed, {});
    const auto expected = run_on_linux(program);
    if (!expected) {
      if (++refused == 1) RecordProperty("first_refusal", expected.error().what + "\n" + expected.error().help);
      continue;
    }
    ASSERT_TRUE(runs_to(program, *expected)) << "seed " << seed;
  }
  EXPECT_LE(refused, count / 100) << "the generator shall make programs that Linux accepts";
}

}  // namespace
}  // namespace skep::test
