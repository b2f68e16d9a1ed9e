// Text to bytes and back: scalars at their edges, names, strings, lists, and what is said when a text is no value.
#include <gtest/gtest.h>

#include "skep/btf/btf.hpp"

namespace skep {
namespace {

class ParseValue : public testing::Test {
 protected:
  void SetUp() override {
    BtfBuilder builder;
    int_ = builder.add_integer("int", 4, 1);
    byte_ = builder.add_integer("unsigned char", 1, 0);
    char_ = builder.add_integer("char", 1, 1);
    long_ = builder.add_integer("unsigned long", 8, 0);
    bool_ = builder.add_integer("_Bool", 1, 4);
    enum_ = builder.add_enum("action", {{"XDP_DROP", 1}, {"XDP_PASS", 2}});
    signed_enum_ = builder.add_enum("state", {{"FAILED", -1}, {"FINE", 0}});
    text_ = builder.add_array(char_, int_, 8);
    list_ = builder.add_array(int_, int_, 3);
    pair_ = builder.add_struct("pair", 16, {{"number", int_, 0, 0}, {"text", text_, 64, 0}});
    nested_ = builder.add_array(pair_, int_, 2);
    fields_ = builder.add_struct("fields", 4, {{"low", int_, 0, 4}, {"high", int_, 4, 28}});
    typedef_ = builder.add_typedef("u64", long_);
    pointer_ = builder.add_pointer(pair_);
    variable_ = builder.add_variable("counter", int_, 1);
    function_ = builder.add_function("f", builder.add_function_proto(int_, {}), 1);
    auto parsed = Btf::parse(builder.write());
    ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
    btf_ = std::move(*parsed);
  }

  [[nodiscard]] std::string hex(std::uint32_t type, std::string_view text) const {
    const auto bytes = parse_value(*btf_, type, text);
    return bytes ? to_hex(*bytes, "") : "error: " + bytes.error().what;
  }
  [[nodiscard]] std::string error(std::uint32_t type, std::string_view text) const {
    const auto bytes = parse_value(*btf_, type, text);
    return bytes ? "" : bytes.error().what + " | " + bytes.error().help;
  }

  std::optional<Btf> btf_;
  std::uint32_t int_ = 0, byte_ = 0, char_ = 0, long_ = 0, bool_ = 0, enum_ = 0, signed_enum_ = 0, text_ = 0, list_ = 0,
                pair_ = 0, nested_ = 0, fields_ = 0, typedef_ = 0, pointer_ = 0, variable_ = 0, function_ = 0;
};

TEST_F(ParseValue, Integers) {
  EXPECT_EQ(hex(int_, "42"), "2a000000");
  EXPECT_EQ(hex(int_, " -2 "), "feffffff");
  EXPECT_EQ(hex(int_, "0x12"), "12000000");
  EXPECT_EQ(hex(int_, "0b101"), "05000000");
  EXPECT_EQ(hex(int_, "017"), "0f000000");
  EXPECT_EQ(hex(int_, "0xffffffff"), "ffffffff");
  EXPECT_EQ(hex(int_, "-2147483648"), "00000080");
  EXPECT_EQ(hex(byte_, "255"), "ff");
  EXPECT_EQ(hex(char_, "'a'"), "61");
  EXPECT_EQ(hex(long_, "18446744073709551615"), "ffffffffffffffff");
  EXPECT_EQ(hex(typedef_, "1"), "0100000000000000");
  EXPECT_EQ(hex(variable_, "7"), "07000000");
  EXPECT_EQ(hex(pointer_, "0xffff888000000001"), "010000008088ffff");
}

TEST_F(ParseValue, IntegersThatDoNotFit) {
  for (const char* text :
       {"4294967296", "-2147483649", "18446744073709551616", "", "x", "1x", "0x", "--1", "1 2", "0b2"})
    EXPECT_NE(error(int_, text), "") << text;
  EXPECT_NE(error(byte_, "256"), "");
  EXPECT_NE(error(int_, "2147483648"), "") << "a decimal number is no bit pattern";
  EXPECT_EQ(hex(int_, "2147483647"), "ffffff7f");
  EXPECT_NE(error(byte_, "-1"), "") << "unsigned";
  EXPECT_NE(error(int_, "4294967296").find("does not fit into int"), std::string::npos);
}

TEST_F(ParseValue, BoolsAndEnums) {
  EXPECT_EQ(hex(bool_, "true"), "01");
  EXPECT_EQ(hex(bool_, "0"), "00");
  EXPECT_NE(error(bool_, "2"), "");
  EXPECT_EQ(hex(enum_, "XDP_PASS"), "02000000");
  EXPECT_EQ(hex(enum_, "3"), "03000000") << "an enum holds other numbers too";
  EXPECT_EQ(hex(signed_enum_, "FAILED"), "ffffffff");
  EXPECT_EQ(hex(signed_enum_, "-5"), "fbffffff");
  const std::string message = error(enum_, "XDP_PAS");
  EXPECT_NE(message.find("enum action has no enumerator XDP_PAS"), std::string::npos) << message;
  EXPECT_NE(message.find("XDP_DROP, XDP_PASS"), std::string::npos) << message;
}

TEST_F(ParseValue, StringsAndLists) {
  EXPECT_EQ(hex(text_, "\"eth0\""), "6574683000000000");
  EXPECT_EQ(hex(text_, "eth0"), "6574683000000000");
  EXPECT_NE(error(text_, "\"ninechars\""), "");
  EXPECT_EQ(hex(list_, "{1, 2, 3}"), "010000000200000003000000");
  EXPECT_EQ(hex(list_, "[1,-1]"), "01000000ffffffff00000000") << "the rest is zero";
  EXPECT_EQ(hex(list_, "{}"), "000000000000000000000000");
  for (const char* text : {"{1, 2, 3, 4}", "1", "{1, 2", "{1}}", "{x}", "{\"1}"})
    EXPECT_NE(error(list_, text), "") << text;
}

TEST_F(ParseValue, Structs) {
  const std::string expected = "05000000000000006162000000000000";
  EXPECT_EQ(hex(pair_, "{number = 5, text = \"ab\"}"), expected);
  EXPECT_EQ(hex(pair_, "{.text = ab, .number = 5}"), expected);
  EXPECT_EQ(hex(pair_, R"({"number": 5, "text": "ab"})"), expected);
  EXPECT_EQ(hex(pair_, "{5, ab}"), expected);
  EXPECT_EQ(hex(nested_, "{{5, ab}, {5, ab}}"), expected + expected);
  EXPECT_EQ(hex(pair_, "{number = 5, text = \"a,}b\"}"), "0500000000000000612c7d6200000000");
  EXPECT_NE(error(pair_, "{nothing = 1}").find("no member nothing"), std::string::npos);
  EXPECT_NE(error(pair_, "{1, 2, 3}").find("no member number 3"), std::string::npos);
  EXPECT_NE(error(pair_, "5"), "");
  EXPECT_NE(error(fields_, "{low = 1}").find("bit field low"), std::string::npos);
  EXPECT_NE(error(function_, "1"), "");
  EXPECT_NE(error(0, "1"), "") << "void";
}

TEST_F(ParseValue, DeepNestingEnds) {
  const std::string deep = std::string(10'000, '{') + std::string(10'000, '}');
  EXPECT_NE(error(list_, deep), "");
  EXPECT_NE(error(pair_, deep), "");
}

TEST_F(ParseValue, WhatIsPrintedIsReadBack) {
  ByteVector memory(32);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<std::uint8_t>(i * 37);
  for (const std::uint32_t type : {int_, byte_, long_, enum_, signed_enum_, list_, typedef_, pointer_}) {
    const ByteView value = ByteView(memory).first(btf_->size_of(type).value());
    const std::string text = value_text(*btf_, type, value);
    EXPECT_EQ(hex(type, text), to_hex(value, "")) << c_type(*btf_, type) << ": " << text;
  }
}

TEST_F(ParseValue, ValuesPrintAsBpftoolsMapDump) {
  const auto json = [this](std::uint32_t type, const ByteVector& bytes) {
    JsonWriter writer;
    write_value(writer, *btf_, type, bytes);
    return writer.text();
  };
  EXPECT_EQ(json(int_, {0xff, 0xff, 0xff, 0xff}), "-1");
  EXPECT_EQ(json(bool_, {1}), "true");
  EXPECT_EQ(json(enum_, {2, 0, 0, 0}), "\"XDP_PASS\"");
  EXPECT_EQ(json(enum_, {9, 0, 0, 0}), "9");
  EXPECT_EQ(json(text_, {'e', 't', 'h', '0', 0, 0, 0, 0}), "\"eth0\"");
  EXPECT_EQ(json(list_, {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0}), "[1,2,3]");
  EXPECT_EQ(json(pair_, {5, 0, 0, 0, 0, 0, 0, 0, 'a', 0, 0, 0, 0, 0, 0, 0}), R"({"number":5,"text":"a"})");
  EXPECT_EQ(json(pointer_, {1, 0, 0, 0, 0x80, 0x88, 0xff, 0xff}), "\"0xffff888000000001\"");
  // Fewer bytes than the type has: nothing beyond them is read.
  for (std::uint32_t id = 1; id < btf_->type_count(); ++id) EXPECT_FALSE(json(id, {1}).empty()) << id;
}

}  // namespace
}  // namespace skep
