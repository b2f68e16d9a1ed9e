// Events: what programs leave in a ring buffer's memory is compared byte by byte with what they leave in Linux's; perf
// output against Linux's errnos and, beyond what can be asked without attaching, its records.
#include <cerrno>

#include "skep/helpers/twin.hpp"

namespace skep {
namespace {

using twin::map;
using twin::number;
using twin::value;

twin::MapSpec ring() {
  twin::MapSpec spec;
  spec.attributes = {.type = MapType::ringbuf, .max_entries = 4096};
  return spec;
}

twin::MapSpec perf_events(std::uint32_t entries) {
  twin::MapSpec spec;
  spec.attributes = {.type = MapType::perf_event_array, .key_size = 4, .value_size = 4, .max_entries = entries};
  return spec;
}

TEST(RingBufferHelpers, LeaveTheSameBytesAsLinux) {
  const ByteVector text{'h', 'e', 'l', 'l', 'o', ' ', 'r', 'i', 'n', 'g', '!'};
  twin::Program program({twin::memory(text, 2048), ring()});
  program.call(HelperId::ringbuf_output, {map(1), value(0), number(11), number(0)});
  program.call(HelperId::ringbuf_output, {map(1), value(0), number(8), number(1)});
  program.call(HelperId::ringbuf_output, {map(1), value(0), number(3), number(2)});
  program.call(HelperId::ringbuf_output, {map(1), value(0), number(3), number(4)});
  program.call_with_memory(HelperId::ringbuf_reserve, {map(1), number(20), number(0)}, 0x1234,
                           HelperId::ringbuf_submit);
  program.call_with_memory(HelperId::ringbuf_reserve, {map(1), number(8), number(0)}, 0x5678,
                           HelperId::ringbuf_discard);
  program.call_with_memory(HelperId::ringbuf_reserve, {map(1), number(4096), number(0)}, 0, HelperId::ringbuf_submit);
  for (std::int64_t what = 0; what <= 4; ++what) program.call(HelperId::ringbuf_query, {map(1), number(what)});
  program.call(HelperId::ringbuf_output, {map(1), value(0), number(2048), number(0)});
  program.call(HelperId::ringbuf_output, {map(1), value(0), number(2048), number(0)});
  const auto here = twin::run_here(program);
  const std::vector<std::int64_t> expected{0, 0, 0, -EINVAL, 1, 1, 0, 104, 4096, 0, 104, 0, 0, -EAGAIN};
  EXPECT_EQ(here.results, expected);
  EXPECT_EQ(here.values.at(1).size(), 104U + 2056);
  const auto there = twin::run_on_linux(program);
  if (!there) GTEST_SKIP() << twin::no_linux;
  ASSERT_EQ(there->refused, 0) << there->log;
  EXPECT_EQ(there->results, expected);
  EXPECT_EQ(to_hex(here.values.at(1)), to_hex(there->values.at(1)));
}

TEST(RingBufferHelpers, ARecordIsTheProgramsUntilItIsGivenBack) {
  twin::Program twice({twin::memory(ByteVector(8)), ring()});
  twice.call(HelperId::ringbuf_submit, {value(0), number(0)});
  EXPECT_NE(twin::fault_of(twice).find("argument 1 (reserved record)"), std::string::npos) << twin::fault_of(twice);
}

TEST(PerfEventOutput, ChecksItsFlagsAndSlots) {
  twin::Program program({twin::memory(ByteVector(64)), perf_events(1)});
  const auto output = [&](std::int64_t flags) {
    program.call(HelperId::perf_event_output, {twin::context(), map(1), number(flags), value(0), number(16)});
  };
  output(0);  // nothing there
  output(1);  // beyond the map
  output(0x7fffffff);
  output(std::int64_t{1} << 52);   // no such flag
  output(std::int64_t{64} << 32);  // all of the packet, and nothing there
  output(std::int64_t{65} << 32);  // more than the packet has
  const std::vector<std::int64_t> expected{-ENOENT, -E2BIG, -E2BIG, -EINVAL, -ENOENT, -EFAULT};
  EXPECT_EQ(twin::run_here(program).results, expected);
  const auto there = twin::run_on_linux(program);
  if (!there) GTEST_SKIP() << twin::no_linux;
  EXPECT_EQ(there->refused, 0) << there->log;
  EXPECT_EQ(there->results, expected);
}

}  // namespace
}  // namespace skep
