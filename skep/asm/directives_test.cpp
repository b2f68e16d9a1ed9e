// What a text declares and how names become numbers: sections, functions, maps, license, data; labels in both
// directions, calls by name, and where statements and comments end. Bytes are those of RFC 9669.
#include <gtest/gtest.h>

#include "skep/asm/assemble.hpp"

namespace skep {
namespace {

AsmUnit unit_of(std::string_view text) {
  auto unit = assemble_unit(text, "text.s");
  EXPECT_TRUE(unit.has_value()) << text << "\n" << (unit ? "" : render(unit.error().front(), false));
  return unit ? std::move(*unit) : AsmUnit{};
}

std::string hex_of(const std::vector<RawInsn>& code) {
  std::string text;
  const ByteVector bytes = bytes_from_slots(code);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    text += (i == 0 ? "" : i % 8 == 0 ? " " : "") + fmt::format("{:02x}", bytes[i]);
  return text;
}

std::string hex(std::string_view text) {
  const auto code = assemble(text);
  return code ? hex_of(*code) : render(code.error().front(), false);
}

constexpr const char* exits = "9500000000000000";

std::string then_exit(const std::string& code) { return code + " " + exits; }

TEST(Directives, SectionsFunctionsMapsAndLicense) {
  const AsmUnit unit = unit_of(R"(
.license "Dual BSD/GPL"
.map counts type=hash key=4 value=8 entries=16 flags=1
.section xdp
.global main
main:
  r1 = counts ll
  call helper
  exit
.section .text
.function helper
  r0 = 2
  exit
)");
  EXPECT_EQ(unit.license, "Dual BSD/GPL");
  ASSERT_EQ(unit.maps.size(), 1U);
  EXPECT_EQ(unit.maps[0].name, "counts");
  EXPECT_EQ(unit.maps[0].type, 1U);
  EXPECT_EQ(unit.maps[0].key_size, 4U);
  EXPECT_EQ(unit.maps[0].value_size, 8U);
  EXPECT_EQ(unit.maps[0].max_entries, 16U);
  EXPECT_EQ(unit.maps[0].flags, 1U);
  ASSERT_EQ(unit.sections.size(), 2U);
  const AsmSection& xdp = unit.sections[0];
  EXPECT_EQ(xdp.name, "xdp");
  ASSERT_EQ(xdp.functions.size(), 1U);
  EXPECT_EQ(xdp.functions[0].name, "main");
  EXPECT_TRUE(xdp.functions[0].global);
  ASSERT_EQ(xdp.references.size(), 2U);
  EXPECT_EQ(xdp.references[0].kind, AsmReference::Kind::map);
  EXPECT_EQ(xdp.references[0].symbol, "counts");
  EXPECT_EQ(xdp.references[0].slot, Slot{0});
  EXPECT_EQ(xdp.references[1].kind, AsmReference::Kind::function);
  EXPECT_EQ(xdp.references[1].symbol, "helper");
  EXPECT_EQ(xdp.references[1].slot, Slot{2});
  EXPECT_EQ(xdp.lines, (std::vector<std::uint32_t>{7, 7, 8, 9}));
  const AsmSection& text = unit.sections[1];
  EXPECT_EQ(text.name, ".text");
  ASSERT_EQ(text.functions.size(), 1U);
  EXPECT_EQ(text.functions[0].name, "helper");
}

TEST(Directives, ASectionMayBeLeftAndEnteredAgain) {
  const AsmUnit unit = unit_of(".section a\nf: r0 = 1\n.section b\ng: exit\n.section a\nexit\n");
  ASSERT_EQ(unit.sections.size(), 2U);
  EXPECT_EQ(unit.sections[0].code.size(), 2U);
  EXPECT_EQ(unit.sections[1].code.size(), 1U);
}

TEST(Directives, SeveralSectionsOrReferencesNeedAnObject) {
  EXPECT_FALSE(assemble(".section a\nexit\n.section b\nexit").has_value());
  EXPECT_FALSE(assemble(".map m type=array key=4 value=4 entries=1\nr1 = m ll\nexit").has_value());
}

TEST(Directives, Data) {
  EXPECT_EQ(hex(".8byte 0x00000002000000b7"), "b700000002000000");
  EXPECT_EQ(hex(".8byte 0x95; exit"), then_exit(exits));
}

TEST(Labels, BothDirections) {
  EXPECT_EQ(hex("goto end\nr0 = 1\nend: exit"), then_exit("0500010000000000 b700000001000000"));
  EXPECT_EQ(hex("loop: r1 += 1\nif r1 < 5 goto loop\nexit"), then_exit("0701000001000000 a501feff05000000"));
  EXPECT_EQ(hex("loop: goto loop"), "0500ffff00000000");
  EXPECT_EQ(hex("gotol far\nr0 = 1\nfar: exit"), then_exit("0600000001000000 b700000001000000"));
  EXPECT_EQ(hex("jeq %r1, 0, out\nmov %r0, 1\nout:\nexit"), then_exit("1501010000000000 b700000001000000"));
  EXPECT_EQ(hex("a: b: exit"), exits);
}

TEST(Labels, ALdImm64TakesTwoSlots) {
  EXPECT_EQ(hex("goto end; r1 = 1 ll; end: exit"), then_exit("0500020000000000 1801000001000000 0000000000000000"));
}

TEST(Labels, JumpsReachSixteenBits) {
  std::string text = "goto end\n";
  for (int i = 0; i < 32767; ++i) text += "r0 = 0\n";
  EXPECT_TRUE(assemble(text + "end: exit").has_value());
  const auto refused = assemble(text + "r0 = 0\nend: exit");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error()[0].where.line, 1U);
  EXPECT_NE(refused.error()[0].help.find("gotol"), std::string::npos);
  EXPECT_TRUE(assemble("gotol" + text.substr(4) + "r0 = 0\nend: exit").has_value());
}

TEST(Calls, HelpersByNumberAndName) {
  const std::string printk = then_exit("8500000006000000");
  EXPECT_EQ(hex("call 6; exit"), printk);
  EXPECT_EQ(hex("call 0x6; exit"), printk);
  EXPECT_EQ(hex("call bpf_trace_printk; exit"), printk);
  EXPECT_EQ(hex("call bpf_trace_printk#6; exit"), printk);
  EXPECT_EQ(hex("call bpf_trace_printk#-108416; exit"), printk) << "bpftool prints an address behind the name";
}

TEST(Calls, FunctionsOfTheSection) {
  EXPECT_EQ(hex("call twice; exit; twice: r0 = 2; exit"),
            "8510000001000000 9500000000000000 b700000002000000 9500000000000000");
  EXPECT_EQ(hex("call +1; exit; r0 = 2; exit"), "8510000001000000 9500000000000000 b700000002000000 9500000000000000");
  const AsmUnit unit = unit_of(".section xdp\nmain: call twice; exit; twice: r0 = 2; exit");
  ASSERT_EQ(unit.sections[0].functions.size(), 2U);
  EXPECT_EQ(unit.sections[0].functions[1].name, "twice");
  EXPECT_EQ(unit.sections[0].functions[1].start, Slot{2});
}

TEST(Statements, SeparatorsAndComments) {
  const std::string expected = then_exit("b700000002000000");
  for (const char* text :
       {"r0 = 2; exit", "r0 = 2;exit;", "; a comment\nr0 = 2 // two\nexit # done", "\tr0=2\r\n\texit\r\n",
        "/* over\nlines */ r0 = 2\nexit", "r0 = 2\n;exit\nexit", "0: r0 = 2 ; a listing's comment\n1: exit",
        "0: (b7) r0 = 2 ; R0_w=2\n1: (95) exit", "mov %r0, 2; exit", "\xef\xbb\xbfr0 = 2\nexit", "r0 = 0x2; exit"})
    EXPECT_EQ(hex(text), expected) << text;
}

TEST(Statements, ImmediatesAtTheirEdges) {
  EXPECT_EQ(hex("r1 = -2147483648"), "b701000000000080");
  EXPECT_EQ(hex("r1 = 0xffffffff"), "b7010000ffffffff");
  EXPECT_EQ(hex("r1 = 0xffffffffffffffff ll"), "18010000ffffffff 00000000ffffffff");
  EXPECT_EQ(hex("r1 = -1 ll"), "18010000ffffffff 00000000ffffffff");
  EXPECT_EQ(hex("r1 = *(u64 *)(r2 - 32768)"), "7921008000000000");
  EXPECT_EQ(hex("*(u8 *)(r10 + 32767) = r1"), "731aff7f00000000");
  EXPECT_EQ(hex("if r1 s> -1 goto -32768"), "65010080ffffffff");
}

}  // namespace
}  // namespace skep
