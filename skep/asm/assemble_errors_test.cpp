// Texts that are wrong: each mistake has its place, says what is wrong and, where that can be known, what was meant.
// All mistakes of a text are told, up to a bound, and long hostile texts take no longer than long good ones.
#include <gtest/gtest.h>

#include "skep/asm/assemble.hpp"

namespace skep {
namespace {

struct Case {
  const char* text;
  std::uint32_t line;
  std::uint32_t column;
  const char* what;  ///< part of it
  const char* help;  ///< part of it
};

std::vector<Diagnostic> problems_of(std::string_view text) {
  auto unit = assemble_unit(text, "text.s");
  EXPECT_FALSE(unit.has_value()) << text;
  return unit ? std::vector<Diagnostic>(1) : std::move(unit).error();
}

class AssembleErrors : public testing::TestWithParam<Case> {};

TEST_P(AssembleErrors, SayWhereAndWhat) {
  const Case& expected = GetParam();
  const auto problems = problems_of(expected.text);
  ASSERT_EQ(problems.size(), 1U) << render(problems.back(), false);
  const Diagnostic& problem = problems[0];
  EXPECT_EQ(problem.where.file, "text.s");
  EXPECT_EQ(problem.where.line, expected.line);
  EXPECT_EQ(problem.where.column, expected.column);
  EXPECT_NE(problem.what.find(expected.what), std::string::npos) << problem.what;
  EXPECT_NE(problem.help.find(expected.help), std::string::npos) << problem.help;
  EXPECT_EQ(problem.where.text.empty(), expected.line == 0);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, AssembleErrors,
    testing::Values(
        Case{"", 0, 0, "no instruction", "r0 = 0; exit"}, Case{"// only words\n", 0, 0, "no instruction", ""},
        Case{"r0 = 0\nexti\n", 2, 1, "`exti` does not start", "did you mean exit?"},
        Case{"  movv %r1, 2", 1, 3, "`movv`", "did you mean mov?"},
        Case{"r0 = 0; # fine\nr1 = 1; the answer", 2, 9, "`the`", ""}, Case{"r11 = 1", 1, 1, "r11", ""},
        Case{"r1 = r11", 1, 6, "no register r11", "r0 to r10"},
        Case{"r1 = 0x1ffffffff", 1, 6, "32-bit immediate", "ll"},
        Case{"r1 += -2147483649", 1, 7, "32-bit immediate", ""},
        Case{"mov %r1, 4294967296", 1, 10, "32-bit immediate", ""},
        Case{"r1 = 18446744073709551616 ll", 1, 6, "64 bits", ""}, Case{"r1 = 0x", 1, 7, "left over", ""},
        Case{"r1 = *(u64 *)(r2 + 32768)", 1, 18, "16 bits", ""}, Case{"stxb [r10-32769], r1", 1, 10, "16 bits", ""},
        Case{"r1 = *(u65 *)(r2 + 0)", 1, 8, "type", ""}, Case{"r1 = w2", 1, 8, "same width", ""},
        Case{"if r1 == 0 goto +32768", 1, 17, "32767", ""}, Case{"goto +40000", 1, 6, "32767", "gotol"},
        Case{"if r1 = 0 goto +1", 1, 7, "no comparison", "=="}, Case{"ja +4294967295", 1, 4, "32 bits", ""},
        Case{"loop: r0 = 0\ngoto lop\nexit", 2, 6, "no label lop", "did you mean loop?"},
        Case{"call bpf_trace_prink", 1, 6, "bpf_trace_prink", "did you mean bpf_trace_printk?"},
        Case{"call bpf_obj_new_impl#23455", 1, 6, "no helper bpf_obj_new_impl", "kfunc#23455"},
        Case{"r1 = counts ll", 1, 6, "no map and no function counts", ".map"},
        Case{"a: r0 = 0\na: exit", 2, 1, "a is defined twice", "line 1"},
        Case{".global start\nr0 = 0\nexit", 1, 1, "start is declared but not defined", "start:"},
        Case{"r0 = 0\nexit\n.function last", 3, 1, "last has no instructions", ""},
        Case{".sectoin xdp\nexit", 1, 1, ".sectoin is no directive", ".section"},
        Case{".map counts type=hsah key=4 value=8\nexit", 1, 1, "no map type hsah", ""},
        Case{".map counts type=hash keys=4\nexit", 1, 1, "`keys=4`", "key=4"},
        Case{".map a type=hash\n.map a type=hash\nexit", 2, 1, "map a is declared twice", ""},
        Case{".license GPL\nexit", 1, 1, "quotes", "\"GPL\""}, Case{".8byte 0x1ffffffffffffffff", 1, 1, "64 bits", ""},
        Case{"w1 = (s32)w2", 1, 13, "nothing to extend", ""}, Case{"r1 = be16 r2", 1, 6, "in place", ""},
        Case{"r3 = *(u8 *)skb[0]", 1, 19, "r0", ""}, Case{"r1 = -r2", 1, 9, "in place", ""},
        Case{"r1 = addr_space_cast(r2, 65536, 1)", 1, 26, "16 bits", ""},
        Case{"r1 = map[fd:4][1]+0", 1, 16, "element 0", ""}, Case{"exit now", 1, 6, "left over", ""},
        Case{"b7 00 00 00 00 00 00 00", 1, 1, "only bytes", "--input hex"}));

TEST(AssembleErrors, AllOfATextInOrder) {
  const auto problems = problems_of("goto nowhere\nr1 = \nexti\n\ncall nothing\n");
  ASSERT_EQ(problems.size(), 4U);
  EXPECT_EQ(problems[0].where.line, 1U);
  EXPECT_EQ(problems[1].where.line, 2U);
  EXPECT_EQ(problems[2].where.line, 3U);
  EXPECT_EQ(problems[3].where.line, 5U);
  EXPECT_EQ(problems[3].where.text, "call nothing");
}

TEST(AssembleErrors, ABoundedNumber) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "exti\n";
  EXPECT_EQ(problems_of(text).size(), 20U);
  text.clear();
  for (int i = 0; i < 1000; ++i) text += "call nothing\n";
  EXPECT_EQ(problems_of(text).size(), 20U);
}

/// Megabytes that a quadratic reader would chew on for minutes.
TEST(AssembleErrors, LongTextsTakeNoLonger) {
  std::string sections;
  std::string labels;
  std::string maps;
  for (int i = 0; i < 40'000; ++i) {
    sections += fmt::format(".section s{0}\nf{0}: call f{1}\nexit\n", i, i == 0 ? 0 : i - 1);
    labels += fmt::format("l{0}: gotol l{1}\n", i, 39'999 - i);
    maps += fmt::format(".map m{0} type=hash key=4 value=8 entries=1\nr1 = m{0} ll\n", i);
  }
  for (const std::string& text : {sections, labels, maps}) {
    const auto unit = assemble_unit(text, "text.s");
    EXPECT_TRUE(unit.has_value()) << (unit ? "" : render(unit.error()[0], false));
  }
  const std::string nested(200'000, '(');
  EXPECT_FALSE(assemble(nested).has_value());
  EXPECT_FALSE(assemble("r1 = " + nested).has_value());
  EXPECT_FALSE(assemble(std::string(200'000, ':')).has_value());
  EXPECT_FALSE(assemble("/*" + std::string(200'000, '\n')).has_value());
}

}  // namespace
}  // namespace skep
