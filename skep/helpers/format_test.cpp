// Formats: what each prints and what it is refused with, tried on our bpf_format through bpf_snprintf and on Linux's.
#include "skep/helpers/format.hpp"

#include <cerrno>

#include "skep/helpers/twin.hpp"

namespace skep {
namespace {

struct Row {
  const char* format;
  std::vector<std::int64_t> arguments;
  std::string text;  ///< or "EINVAL"
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"", {}, ""},
      {"plain text\n", {}, "plain text\n"},
      {"100%%", {}, "100%"},
      {"%%%%", {}, "%%"},
      {"%d", {42}, "42"},
      {"%d", {-42}, "-42"},
      {"%i", {-1}, "-1"},
      {"%d", {0x1'0000'0001}, "1"},
      {"%u", {-1}, "4294967295"},
      {"%x", {-1}, "ffffffff"},
      {"%X", {0xabc}, "ABC"},
      {"%ld", {-1}, "-1"},
      {"%lu", {-1}, "18446744073709551615"},
      {"%lx", {-1}, "ffffffffffffffff"},
      {"%li %lX", {5, 0xff}, "5 FF"},
      {"%lld %llu %llx %lli", {-5, 5, 5, 7}, "-5 5 5 7"},
      {"%d %d", {1, 2}, "1 2"},
      {"%d", {1, 2, 3}, "1"},
      {"%5d|%-5d|%05d|%+d|% d", {42, 42, 42, 42, 42}, "   42|42   |00042|+42| 42"},
      {"%5d|%05d|%-05d|", {-42, -42, -42}, "  -42|-0042|-42  |"},
      {"%+05d|% 05d|%+-6d|", {42, 42, 42}, "+0042| 0042|+42   |"},
      {"%+u|%+x|% u", {7, 7, 7}, "7|7|7"},
      {"%20lx|%-20lx|%020lx", {0xabc, 0xabc, 0xabc}, "                 abc|abc                 |00000000000000000abc"},
      {"%3d|%1d", {12345, 12345}, "12345|12345"},
      {"%c%c%c", {'a', 'b', 'c'}, "abc"},
      {"%3c|%-3c|", {'a', 'a'}, "  a|a  |"},
      {"%d", {-2147483648LL}, "-2147483648"},
      {"%lld", {INT64_MIN}, "-9223372036854775808"},
      {"%p", {0}, "0000000000000000"},
      {"%px", {0x1234}, "0000000000001234"},
      {"%px", {-1}, "ffffffffffffffff"},
      {"%20px|%-20px|%5px", {0xab, 0xab, 0xab}, "                  ab|ab                  |   ab"},
      {"%pxyz!", {0x12}, "0000000000000012!"},
      {"%ps|%pS|%pB", {0x12, 0x12, 0x12}, "0x12|0x12|0x12"},
      {"%8ps|%-8ps|%8pB|", {0x12, 0x12, 0x12}, "    0x12|0x12    |0x12|"},
      {"%s", {0}, ""},
      {"%pks", {0}, ""},
      {"%pus", {0}, ""},
      {"[%5s]", {0}, "[     ]"},
      {"%pI4 %pi4 %pI6 %pi6",
       {0, 0, 0, 0},
       "0.0.0.0 000.000.000.000 0000:0000:0000:0000:0000:0000:0000:0000 00000000000000000000000000000000"},
      {"%20pI4|%pI4abc|", {0, 0}, "0.0.0.0|0.0.0.0|"},
      {"%d,%s;%x", {1, 0, 255}, "1,;ff"},
      {"tab\tand\nline\v\f\r", {}, "tab\tand\nline\v\f\r"},
      {"%l", {1}, "EINVAL"},
      {"%", {1}, "EINVAL"},
      {"%", {}, "EINVAL"},
      {"%d", {}, "EINVAL"},
      {"%d %d", {1}, "EINVAL"},
      {"%5", {1}, "EINVAL"},
      {"%5%", {1}, "EINVAL"},
      {"%f", {1}, "EINVAL"},
      {"%o", {1}, "EINVAL"},
      {"%n", {1}, "EINVAL"},
      {"%hd", {1}, "EINVAL"},
      {"%hhx", {1}, "EINVAL"},
      {"%zu", {1}, "EINVAL"},
      {"%llld", {1}, "EINVAL"},
      {"%lc", {1}, "EINVAL"},
      {"%ls", {1}, "EINVAL"},
      {"%#x", {1}, "EINVAL"},
      {"%.3d", {1}, "EINVAL"},
      {"%.3s", {0}, "EINVAL"},
      {"%*d", {1, 2}, "EINVAL"},
      {"%sx", {0}, "EINVAL"},
      {"%s1", {0}, "EINVAL"},
      {"%pz", {0}, "EINVAL"},
      {"%pI", {0}, "EINVAL"},
      {"%pI5", {0}, "EINVAL"},
      {"%pM", {0}, "EINVAL"},
      {"%pku", {0}, "EINVAL"},
      {"%pksx", {0}, "EINVAL"},
      {"%ph", {0}, "EINVAL"},
      {"bell\a", {}, "EINVAL"},
      {"\x7f", {}, "EINVAL"},
  };
  return all;
}

constexpr std::uint32_t room = 256;

twin::Program program_of(const Row& row) {
  ByteVector arguments;
  for (const std::int64_t argument : row.arguments) append(arguments, argument);
  const auto bytes = static_cast<std::int64_t>(arguments.size());
  if (arguments.empty()) arguments.resize(8);
  twin::Program program({twin::memory({}, room), twin::constant(row.format), twin::memory(arguments)});
  return program.call(HelperId::snprintf,
                      {twin::value(0), twin::number(room), twin::value(1), twin::value(2), twin::number(bytes)});
}

void expect_row(const Row& row, const twin::Outcome& outcome, const char* where) {
  const bool refused = outcome.refused == EINVAL || (outcome.refused == 0 && outcome.results.at(0) == -EINVAL);
  ASSERT_EQ(refused, row.text == "EINVAL") << where << ": " << row.format << "\n" << outcome.log;
  if (refused) return;
  ASSERT_EQ(outcome.refused, 0) << where << ": " << row.format << "\n" << outcome.log;
  EXPECT_EQ(outcome.results.at(0), static_cast<std::int64_t>(row.text.size()) + 1) << where << ": " << row.format;
  EXPECT_EQ(reinterpret_cast<const char*>(outcome.values.at(0).data()), row.text) << where << ": " << row.format;
}

TEST(Format, EveryRow) {
  for (const Row& row : rows()) expect_row(row, twin::run_here(program_of(row)), "here");
}

TEST(Format, EveryRowOnLinux) {
  for (const Row& row : rows()) {
    const auto outcome = twin::run_on_linux(program_of(row));
    if (!outcome) GTEST_SKIP() << twin::no_linux;
    expect_row(row, *outcome, "on Linux");
  }
}

/// Programs whose texts depend on memory: the same on both, and the same as written here.
void expect_both(const twin::Program& program, std::int64_t result, std::string_view text) {
  const auto check = [&](const twin::Outcome& outcome, const char* where) {
    ASSERT_EQ(outcome.refused, 0) << where << "\n" << outcome.log;
    EXPECT_EQ(outcome.results.at(0), result) << where;
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(outcome.values.at(0).data())), text) << where;
  };
  check(twin::run_here(program), "here");
  if (const auto outcome = twin::run_on_linux(program); outcome) check(*outcome, "on Linux");
}

twin::Program print(std::string_view format, ByteView memory, std::uint32_t size, std::uint32_t arguments) {
  twin::Program program({twin::memory({}, 4096), twin::constant(format), twin::memory({}, 96), twin::memory(memory)});
  for (std::uint32_t i = 0; i < arguments; ++i) program.store_address(2, static_cast<std::int32_t>(8 * i), 3, 0);
  return program.call(HelperId::snprintf, {twin::value(0), twin::number(size), twin::value(1), twin::value(2),
                                           twin::number(8 * std::int64_t{arguments})});
}

TEST(Format, StringsAndAddressesComeFromMemory) {
  const std::uint8_t bytes[] = {'h', 'e', 'l', 'l', 'o', 0, 0xc0, 0xa8, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  expect_both(print("%s|%pks|%10s|%-10s|", bytes, 100, 4), 35, "hello|hello|     hello|hello     |");
  expect_both(
      print("%pI4|%pi4|%pI6|%pi6", bytes, 200, 4), 105,
      "104.101.108.108|104.101.108.108|6865:6c6c:6f00:c0a8:0102:0304:0506:0708|68656c6c6f00c0a80102030405060708");
}

TEST(Format, TextsAreCutToTheirRoomAndCountedWhole) {
  const ByteVector text(as_bytes("0123456789").begin(), as_bytes("0123456789").end());
  ByteVector bytes = text;
  bytes.push_back(0);
  expect_both(print("%s%s", bytes, 5, 2), 21, "0123");
  expect_both(print("%s%s", bytes, 1, 2), 21, "");
  expect_both(print("%s%s", bytes, 20, 2), 21, "0123456789012345678");
  expect_both(print("%s%s", bytes, 21, 2), 21, "01234567890123456789");
  twin::Program wide({twin::memory({}, 4096), twin::constant("%3000d|"), twin::memory(ByteVector(8))});
  wide.call(HelperId::snprintf, {twin::value(0), twin::number(3), twin::value(1), twin::value(2), twin::number(8)});
  expect_both(wide, 3002, "  ");
}

TEST(Format, ArgumentsHave512Bytes) {
  const ByteVector letters(600, 'x');
  ByteVector bytes = letters;
  bytes.push_back(0);
  expect_both(print("%s", bytes, 1000, 1), 512, std::string(511, 'x'));
  expect_both(print("%s%s", bytes, 1000, 2), -ENOSPC, "");
  expect_both(print("%s%d", bytes, 1000, 2), -ENOSPC, "");
  expect_both(print("%s%c", bytes, 1000, 2), -ENOSPC, "");
  const ByteVector shorter(500, 'y');
  bytes = shorter;
  bytes.push_back(0);
  expect_both(print("%s%s", bytes, 1000, 2), 511, std::string(510, 'y'));
}

/// Since Linux 6.16; older kernels refuse all that is not ASCII.
TEST(Format, TextMayBeUtf8ButConversionsEndInAscii) {
  const Row utf8[] = {
      {"caf\xc3\xa9", {}, "caf\xc3\xa9"},
      {"%d\xc3\xa9", {5}, "5\xc3\xa9"},
      {"%s\xc3\xa9", {0}, "EINVAL"},
      {"%p\xc3\xa9", {0}, "EINVAL"},
      {"%px\xc3\xa9|", {0}, "0000000000000000\xa9|"},
      {"%s\xe2\x82\xac", {0}, "EINVAL"},
      {"%s\xa3", {0}, "\xa3"},
      {"%s\xa0", {0}, "\xa0"},
      {"%s\xd7", {0}, "\xd7"},
      {"%\xc3\xa9", {0}, "EINVAL"},
      {"\x80", {}, "\x80"},
  };
  for (const Row& row : utf8) expect_row(row, twin::run_here(program_of(row)), "here");
  const auto probe = twin::run_on_linux(program_of(utf8[0]));
  if (!probe || probe->refused != 0) GTEST_SKIP() << "Linux cannot be asked, or is older than 6.16";
  for (const Row& row : utf8) expect_row(row, *twin::run_on_linux(program_of(row)), "on Linux");
}

TEST(Format, SizesOfArgumentMemoryAreChecked) {
  twin::Program program({twin::memory({}, 64), twin::constant("%d"), twin::memory({}, 200)});
  for (const std::int64_t bytes : {4, 7, 104, 200})
    program.call(HelperId::snprintf,
                 {twin::value(0), twin::number(64), twin::value(1), twin::value(2), twin::number(bytes)});
  const auto outcome = twin::run_here(program);
  EXPECT_EQ(outcome.results, std::vector<std::int64_t>(4, -EINVAL));
}

TEST(Format, PointersAreToldApartAndNotShown) {
  std::string first, second;
  const FormatMemory memory;
  const std::uint64_t a[] = {0xffff888012345678}, b[] = {0xffff888012345680};
  EXPECT_EQ(bpf_format(std::string_view("%p\0", 3), a, memory, first), 16);
  EXPECT_EQ(bpf_format(std::string_view("%p\0", 3), b, memory, second), 16);
  EXPECT_NE(first, second);
  EXPECT_EQ(first.substr(0, 8), "00000000");
  EXPECT_EQ(first.find("12345678"), std::string::npos);
}

TEST(Format, HugeWidthsCostNothing) {
  std::string out;
  const std::uint64_t arguments[] = {1, 1, 1};
  const std::string_view format("%999999999999d%8388607d%8388608d\0", 33);
  EXPECT_EQ(bpf_format(format, arguments, {}, out, 100), 3L * 8388607);
  EXPECT_EQ(out, std::string(100, ' '));
}

TEST(Format, NeedsItsTerminator) {
  std::string out;
  EXPECT_EQ(bpf_format("abc", {}, {}, out), -EINVAL);
  EXPECT_EQ(bpf_format("", {}, {}, out), -EINVAL);
}

}  // namespace
}  // namespace skep
