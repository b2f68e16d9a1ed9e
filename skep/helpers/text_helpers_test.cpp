// strncmp, strtol, strtoul and the printing helpers: each row is tried on our bodies and on Linux's.
#include <cerrno>

#include "skep/helpers/twin.hpp"

namespace skep {
namespace {

using twin::number;
using twin::value;

void check(const twin::Program& program, const std::vector<std::int64_t>& expected, const std::string& what) {
  EXPECT_EQ(twin::run_here(program).results, expected) << what << " here";
  const auto there = twin::run_on_linux(program);
  if (!there) return;
  EXPECT_EQ(there->refused, 0) << what << "\n" << there->log;
  EXPECT_EQ(there->results, expected) << what << " on Linux";
}

ByteVector bytes(std::string_view text) { return {text.begin(), text.end()}; }

TEST(TextHelpers, Strncmp) {
  struct Row {
    std::string_view a;
    const char* b;
    std::int64_t result;
  };
  const Row rows[] = {
      {"abc", "abc", 0}, {"abc", "abcdef", 0}, {"abd", "abc", 1}, {"abb", "abc", -1},       {"abc", "ab", 1},
      {"a", "abc", 0},   {"\xff", "a", 1},     {"", "a", -1},     {{"ab\0zz", 5}, "ab", 0}, {{"ab\0zz", 5}, "abc", -1},
  };
  for (const Row& row : rows) {
    ByteVector a = bytes(row.a);
    if (a.empty()) a.push_back(0);
    const auto size = static_cast<std::int64_t>(a.size());
    twin::Program program({twin::memory(a), twin::constant(row.b)});
    program.call(HelperId::strncmp, {value(0), number(size), value(1)});
    check(program, {row.result}, std::string(row.a) + " and " + row.b);
  }
}

struct NumberRow {
  std::string text;
  std::int64_t flags;
  std::int64_t result;
  std::uint64_t value;
};

void check_number(HelperId helper, const NumberRow& row) {
  // The number lies in front, so that it is aligned.
  ByteVector memory(8, 0xee);
  append_bytes(memory, bytes(row.text));
  const auto size = static_cast<std::int64_t>(row.text.size());
  twin::Program program({twin::memory(memory)});
  program.call(helper, {value(0, 8), number(size), number(row.flags), value(0)});
  const auto expect = [&](const twin::Outcome& outcome, const char* where) {
    ASSERT_EQ(outcome.refused, 0) << outcome.log;
    EXPECT_EQ(outcome.results.at(0), row.result) << '"' << row.text << "\" " << where;
    EXPECT_EQ(load_unaligned<std::uint64_t>(outcome.values.at(0).data()), row.value)
        << '"' << row.text << "\" " << where;
  };
  expect(twin::run_here(program), "here");
  if (const auto there = twin::run_on_linux(program); there) expect(*there, "on Linux");
}

TEST(TextHelpers, Strtol) {
  const NumberRow rows[] = {
      {"42", 0, 2, 42},
      {"-42", 0, 3, static_cast<std::uint64_t>(-42)},
      {"  \t7x", 10, 4, 7},
      {"0x1f", 0, 4, 31},
      {"0x1f", 16, 4, 31},
      {"1f", 16, 2, 31},
      {"0X1F", 16, 4, 31},
      {"017", 0, 3, 15},
      {"017", 8, 3, 15},
      {"017", 10, 3, 17},
      {"0", 0, 1, 0},
      {"0x", 0, 1, 0},
      {"0xg", 16, -EINVAL, 0},
      {"08", 0, 1, 0},
      {"9", 8, -EINVAL, 0},
      {"", 0, -EINVAL, 0},
      {"-", 0, -EINVAL, 0},
      {"--1", 0, -EINVAL, 0},
      {"+1", 0, -EINVAL, 0},
      {"abc", 10, -EINVAL, 0},
      {"   ", 10, -EINVAL, 0},
      {"1", 7, -EINVAL, 0},
      {"1", 2, -EINVAL, 0},
      {"1", 32, -EINVAL, 0},
      {"1", 10 | 32, -EINVAL, 0},
      {"9223372036854775807", 10, 19, INT64_MAX},
      {"9223372036854775808", 10, -ERANGE, 0},
      {"-9223372036854775808", 10, 20, static_cast<std::uint64_t>(INT64_MIN)},
      {"-9223372036854775809", 10, -ERANGE, 0},
      {"99999999999999999999", 10, -ERANGE, 0},
      {std::string(70, '0') + "1", 10, 63, 0},
      {std::string(62, '0') + "12", 10, 63, 1},
  };
  for (const NumberRow& row : rows) {
    if (!row.text.empty()) check_number(HelperId::strtol, row);
  }
}

TEST(TextHelpers, Strtoul) {
  const NumberRow rows[] = {
      {"42", 0, 2, 42},
      {"18446744073709551615", 10, 20, UINT64_MAX},
      {"18446744073709551616", 10, -ERANGE, 0},
      {"0xffffffffffffffff", 0, 18, UINT64_MAX},
      {"-1", 10, -EINVAL, 0},
      {"-0", 10, -EINVAL, 0},
      {" 5 ", 10, 2, 5},
      {"x", 0, -EINVAL, 0},
  };
  for (const NumberRow& row : rows) check_number(HelperId::strtoul, row);
}

TEST(TextHelpers, TracePrintkPrintsAndCounts) {
  twin::World world;
  twin::Program program({twin::memory(bytes({"a %d b %s|\n\0", 12})), twin::memory(bytes({"text\0", 5})),
                         twin::memory(bytes("no terminator")), twin::memory(bytes({"%d%d%d%d\0", 9}))});
  program.call(HelperId::trace_printk, {value(0), number(12), number(-5), value(1), number(0)});
  program.call(HelperId::trace_printk, {value(2), number(13), number(0), number(0), number(0)});
  program.call(HelperId::trace_printk, {value(3), number(9), number(0), number(0), number(0)});
  EXPECT_EQ(twin::run_here(program, world).results, (std::vector<std::int64_t>{13, -EINVAL, -EINVAL}));
  EXPECT_EQ(world.printed, "a -5 b text|\n");
}

TEST(TextHelpers, TracePrintkIsCutAtItsBufferAndAtATerminator) {
  twin::World world;
  twin::Program program({twin::memory(bytes({"%2000d\0", 7})), twin::memory(bytes({"ab%cde\0", 7}))});
  program.call(HelperId::trace_printk, {value(0), number(7), number(1), number(0), number(0)});
  EXPECT_EQ(twin::run_here(program, world).results, std::vector<std::int64_t>{2000});
  EXPECT_EQ(world.printed, std::string(1023, ' '));
  world.printed.clear();
  twin::Program zero({twin::memory(bytes({"ab%cde\0", 7}))});
  zero.call(HelperId::trace_printk, {value(0), number(7), number(0), number(0), number(0)});
  EXPECT_EQ(twin::run_here(zero, world).results, std::vector<std::int64_t>{5});
  EXPECT_EQ(world.printed, "ab");
}

TEST(TextHelpers, TraceVprintkTakesTwelveArguments) {
  twin::World world;
  ByteVector arguments;
  for (std::uint64_t i = 0; i < 13; ++i) append(arguments, i);
  std::string format;
  for (int i = 0; i < 12; ++i) format += "%d ";
  format += '\0';
  const auto size = static_cast<std::int64_t>(format.size());
  twin::Program program({twin::memory(bytes(format)), twin::memory(arguments)});
  for (const std::int64_t count : {96, 104, 95}) {
    program.call(HelperId::trace_vprintk, {value(0), number(size), value(1), number(count)});
  }
  EXPECT_EQ(twin::run_here(program, world).results, (std::vector<std::int64_t>{26, -EINVAL, -EINVAL}));
  EXPECT_EQ(world.printed, "0 1 2 3 4 5 6 7 8 9 10 11 ");
}

}  // namespace
}  // namespace skep
