// Text, bytes and hashes: what everything above trusts.
#include "skep/base/base.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace skep {
namespace {

TEST(Escape, TerminalsGetNoControlCharacters) {
  EXPECT_EQ(escape_for_terminal("plain äöü 日本"), "plain äöü 日本");
  EXPECT_EQ(escape_for_terminal("\033]52;c;evil\a"), "\\x1b]52;c;evil\\x07");
  EXPECT_EQ(escape_for_terminal("a\nb\tc\x7f"), "a\\x0ab\tc\\x7f");
  EXPECT_EQ(escape_lines_for_terminal("a\nb\r"), "a\nb\\x0d");
  EXPECT_EQ(escape_for_terminal("\u202eabc"), "\\u{202e}abc");        // right-to-left override
  EXPECT_EQ(escape_for_terminal("\xc2\x9b"), "\\u{9b}");              // C1: CSI
  EXPECT_EQ(escape_for_terminal("\xff\xc0\x80"), "\\xff\\xc0\\x80");  // not UTF-8, overlong
  EXPECT_EQ(escape_for_terminal("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(Escape, AnyBytesMakeValidJson) {
  for (int a = 0; a < 256; ++a) {
    for (const int b : {0, 10, 34, 92, 128, 159, 195, 240, 255}) {
      const std::string bytes{static_cast<char>(a), static_cast<char>(b), 'x'};
      const std::string text = json_string(bytes);
      for (const char c : text) EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f);
      // A lone low surrogate is how invalid bytes travel; strict readers refuse those, so only valid text is read back.
      if (text.find("\\udc") == std::string::npos) {
        EXPECT_EQ(nlohmann::json::parse(text).get<std::string>(), bytes);
      }
    }
  }
}

TEST(JsonWriter, NestsAndSeparates) {
  JsonWriter json;
  json.begin_object();
  json.field("a", 1);
  json.key("b");
  json.begin_array();
  json.value(true);
  json.null();
  json.value("x\"y");
  json.end_array();
  json.key("c");
  json.begin_object();
  json.end_object();
  json.end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[true,null,"x\"y"],"c":{}})");
}

TEST(Hex, ReadsWhatPeopleWrite) {
  const ByteVector expected{0xb7, 0x01, 0xff};
  for (const char* text :
       {"b701ff", "b7 01 ff", "0xb7, 0x1, 0xFF", "\\xb7\\x01\\xff", "b7 01 # comment ff\nff", "b7:01;ff // 00"}) {
    const auto bytes = parse_hex(text);
    ASSERT_TRUE(bytes) << text;
    EXPECT_EQ(*bytes, expected) << text;
  }
  const auto wrong = parse_hex("b7 01\nzz");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().what, "line 2, column 1: not a pair of hex digits");
  EXPECT_FALSE(parse_hex("b7 0"));
}

// The same 35 bytes as hexdump, hexdump -C, xxd and od -A x -t x1 print them (util-linux 2.38, xxd 2022-01-14).
TEST(HexDump, ReadsWhatTheToolsPrint) {
  ByteVector expected(35, 0);
  expected[0] = 0xb7;
  expected[1] = 0x01;
  expected[34] = 0x95;
  const char* const dumps[] = {
      "0000000 01b7 0000 0000 0000 0000 0000 0000 0000\n0000010 0000 0000 0000 0000 0000 0000 0000 0000\n"
      "0000020 0000 0095                              \n0000023\n",
      "00000000  b7 01 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
      "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
      "00000020  00 00 95                                          |...|\n00000023\n",
      "00000000: b701 0000 0000 0000 0000 0000 0000 0000  ................\n"
      "00000010: 0000 0000 0000 0000 0000 0000 0000 0000  ................\n"
      "00000020: 0000 95                                  ...\n",
      "000000 b7 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
      "000010 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n000020 00 00 95\n000023\n"};
  for (const std::string dump : dumps) {
    EXPECT_TRUE(is_hex_dump(dump)) << dump;
    const auto bytes = parse_hex_dump(dump);
    ASSERT_TRUE(bytes) << bytes.error().what;
    EXPECT_EQ(*bytes, expected) << dump;
  }
  EXPECT_EQ(parse_hex_dump(hex_dump(expected)).value(), expected);
}

TEST(HexDump, AStarRepeatsTheLine) {
  const auto bytes = parse_hex_dump("0000000 0001 0002\n*\n0000010 0095\n0000012\n");
  ASSERT_TRUE(bytes) << bytes.error().what;
  EXPECT_EQ(to_hex(*bytes, ""),
            "01000200010002000100020001000200"
            "9500");
}

TEST(HexDump, SaysWhichLineIsWrong) {
  EXPECT_EQ(parse_hex_dump("0000000 01b7 0000\n0000010 0095\n").error().what,
            "line 2: 4 bytes come before it, and it begins at 0000010");
  EXPECT_EQ(parse_hex_dump("0000000 01b7\nhello\n").error().what,
            "line 2: not a line of a dump: an offset and bytes in hex");
  EXPECT_EQ(parse_hex_dump("0000000 01b7\n*\nffffffffff 01\n").error().what, "line 3: the dump is too long");
}

TEST(HexDump, PlainHexIsNone) {
  for (const char* text : {"", "b7 01 00 00", "b701000000000000", "0000000000000000 95", "00 00 00 00", "00000000",
                           "00000000 b7010000", "0000010 0001"})
    EXPECT_FALSE(is_hex_dump(text)) << text;
}

TEST(Sha, KnownAnswers) {
  // FIPS 180-4 examples: "abc".
  EXPECT_EQ(to_hex(sha1(as_bytes("abc")), ""), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc")), ""), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha1({}), ""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST(Suggest, FindsTheSlipAndNothingElse) {
  EXPECT_EQ(nearest("rnu", {"run", "asm", "disasm"}), "run");
  EXPECT_EQ(nearest("xpd", {"xdp", "kprobe"}), "xdp");
  EXPECT_EQ(nearest("completely", {"run", "asm"}), "");
}

TEST(ByteReader, NeverReadsOutside) {
  const ByteVector bytes{1, 2, 3, 4, 'a', 0};
  const ByteReader reader(bytes, "test");
  EXPECT_EQ(reader.read<std::uint32_t>(0).value(), 0x04030201U);
  EXPECT_EQ(ByteReader(bytes, "test", ByteOrder::big).read<std::uint16_t>(0).value(), 0x0102);
  EXPECT_FALSE(reader.read<std::uint32_t>(3));
  EXPECT_FALSE(reader.read<std::uint8_t>(~std::uint64_t{0}));
  EXPECT_FALSE(reader.slice(1, ~std::uint64_t{0}));
  EXPECT_EQ(reader.string(4).value(), "a");
  EXPECT_FALSE(ByteReader(ByteView(bytes).first(5), "test").string(4));
}

}  // namespace
}  // namespace skep
