// Values as bpftool's BTF dumper shows them: each expectation was read off `bpftool map dump -j` of the same bytes,
// but for pointers, which it prints as decimal numbers in JSON.
#include "skep/btf/value.hpp"

#include <gtest/gtest.h>

#include "skep/btf/btf.hpp"

namespace skep {
namespace {

constexpr std::uint8_t is_signed = 1;
constexpr std::uint8_t is_bool = 4;

ByteVector zeros_with(std::size_t size, const std::vector<std::uint8_t>& first) {
  ByteVector bytes(size);
  std::copy(first.begin(), first.end(), bytes.begin());
  return bytes;
}

/// Types that the cases below share.
struct Types {
  BtfBuilder builder;
  std::uint32_t int_ = builder.add_integer("int", 4, is_signed);
  std::uint32_t unsigned_ = builder.add_integer("unsigned int", 4, 0);
  std::uint32_t long_ = builder.add_integer("long long", 8, is_signed);
  std::uint32_t unsigned_long = builder.add_integer("unsigned long long", 8, 0);
  std::uint32_t char_ = builder.add_integer("char", 1, is_signed);
  std::uint32_t byte = builder.add_integer("unsigned char", 1, 0);
  std::uint32_t bool_ = builder.add_integer("_Bool", 1, is_bool);
  std::uint32_t huge = builder.add_integer("unsigned __int128", 16, 0);
  std::uint32_t pointer = builder.add_pointer(0);
  std::uint32_t letter = builder.add_typedef("letter", char_);
  std::uint32_t name8 = builder.add_array(char_, unsigned_, 8);
  std::uint32_t letters4 = builder.add_array(letter, unsigned_, 4);
  std::uint32_t bytes4 = builder.add_array(byte, unsigned_, 4);
  std::uint32_t row = builder.add_array(int_, unsigned_, 3);
  std::uint32_t matrix = builder.add_array(row, unsigned_, 2);
  std::uint32_t color = builder.add_enum("color", {{"RED", 0}, {"GREEN", 5}, {"BLUE", -3}});

  [[nodiscard]] std::string json(std::uint32_t type, ByteView bytes) const {
    const auto btf = Btf::parse(builder.write());
    EXPECT_TRUE(btf) << btf.error().what;
    JsonWriter out;
    write_value(out, *btf, type, bytes);
    return out.take();
  }
  [[nodiscard]] std::string text(std::uint32_t type, ByteView bytes) const {
    const auto btf = Btf::parse(builder.write());
    EXPECT_TRUE(btf) << btf.error().what;
    return value_text(*btf, type, bytes);
  }
};

ByteVector text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

TEST(Value, Integers) {
  const Types t;
  const ByteVector ones(16, 0xff);
  EXPECT_EQ(t.json(t.int_, ones), "-1");
  EXPECT_EQ(t.json(t.unsigned_, ones), "4294967295");
  EXPECT_EQ(t.json(t.long_, ones), "-1");
  EXPECT_EQ(t.json(t.unsigned_long, ones), "18446744073709551615");
  EXPECT_EQ(t.json(t.char_, ByteVector{0xf4}), "-12");
  EXPECT_EQ(t.json(t.bool_, ByteVector{2}), "true");
  EXPECT_EQ(t.json(t.bool_, ByteVector{0}), "false");
}

TEST(Value, WideIntegersAreHex) {
  const Types t;
  ByteVector bytes(16);
  EXPECT_EQ(t.json(t.huge, bytes), "\"0x0\"");
  for (std::uint8_t i = 0; i < 16; ++i) bytes[i] = static_cast<std::uint8_t>(i + 1);
  EXPECT_EQ(t.json(t.huge, bytes), "\"0x100f0e0d0c0b0a090807060504030201\"");
}

TEST(Value, PointersAreHex) {
  const Types t;
  EXPECT_EQ(t.json(t.pointer, zeros_with(8, {0x34, 0x12})), "\"0x1234\"");
}

TEST(Value, CharArraysAreTextUpToTheFirstZero) {
  const Types t;
  EXPECT_EQ(t.json(t.name8, zeros_with(8, text_bytes("bash"))), "\"bash\"");
  EXPECT_EQ(t.json(t.name8, ByteVector(8)), "\"\"");
  EXPECT_EQ(t.json(t.name8, zeros_with(8, {'a', 0, 'x', 0xff})), "\"a\"");
}

TEST(Value, CharArraysThatAreNoTextAreNumbers) {
  const Types t;
  EXPECT_EQ(t.json(t.name8, text_bytes("12345678")), "[49,50,51,52,53,54,55,56]") << "no zero";
  EXPECT_EQ(t.json(t.name8, zeros_with(8, {'a', 7})), "[97,7,0,0,0,0,0,0]") << "not printable";
  EXPECT_EQ(t.json(t.letters4, zeros_with(4, {'a'})), "[97,0,0,0]") << "a typedef of char";
  EXPECT_EQ(t.json(t.bytes4, zeros_with(4, {'a'})), "[97,0,0,0]") << "unsigned char";
}

TEST(Value, ArraysNest) {
  const Types t;
  EXPECT_EQ(t.json(t.matrix, zeros_with(24, {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4})), "[[1,2,3],[4,0,0]]");
}

TEST(Value, EnumsAreNames) {
  const Types t;
  EXPECT_EQ(t.json(t.color, ByteVector{5, 0, 0, 0}), "\"GREEN\"");
  EXPECT_EQ(t.json(t.color, ByteVector{0xfd, 0xff, 0xff, 0xff}), "\"BLUE\"");
  EXPECT_EQ(t.json(t.color, ByteVector{0xfe, 0xff, 0xff, 0xff}), "-2");
}

TEST(Value, BitFieldsAreHexInJsonAndNumbersInText) {
  Types t;
  // struct { unsigned bits:3; int sbits:5; enum color c:4; }
  const auto id =
      t.builder.add_struct("fields", 4, {{"bits", t.unsigned_, 0, 3}, {"sbits", t.int_, 3, 5}, {"c", t.color, 8, 4}});
  const ByteVector bytes{0xa1, 0x0d, 0, 0};  // 1, 0b10100, 0b1101 (-3)
  EXPECT_EQ(t.json(id, bytes), R"({"bits":"0x1","sbits":"0x14","c":"BLUE"})");
  EXPECT_EQ(t.text(id, bytes), "{bits = 1, sbits = -12, c = BLUE}");
}

TEST(Value, AnonymousMembersHaveEmptyNames) {
  Types t;
  const auto inner = t.builder.add_struct("", 4, {{"x", t.int_, 0, 0}});
  const auto outer = t.builder.add_struct("outer", 8, {{"a", t.int_, 0, 0}, {"", inner, 32, 0}});
  const ByteVector bytes{1, 0, 0, 0, 2, 0, 0, 0};
  EXPECT_EQ(t.json(outer, bytes), R"({"a":1,"":{"x":2}})");
  EXPECT_EQ(t.text(outer, bytes), "{a = 1, {x = 2}}");
}

TEST(Value, DataSectionsListTheirVariables) {
  Types t;
  const auto counter = t.builder.add_variable("counter", t.int_, 1);
  const auto name = t.builder.add_variable("name", t.name8, 1);
  const auto section = t.builder.add_datasec(".data", 12, {{counter, 0, 4}, {name, 4, 8}});
  EXPECT_EQ(t.json(section, zeros_with(12, {3, 0, 0, 0, 'h', 'i'})), R"({".data":[{"counter":3},{"name":"hi"}]})");
}

TEST(Value, ReadsNothingPastTheBytes) {
  Types t;
  const auto tail =
      t.builder.add_struct("tail", 24, {{"a", t.long_, 0, 0}, {"h", t.huge, 64, 0}, {"n", t.name8, 64, 0}});
  // A copy on the heap of exactly this length: the address sanitizer sees a step outside.
  for (std::size_t size = 0; size <= 24; ++size) EXPECT_FALSE(t.json(tail, ByteVector(size, 1)).empty());
}

TEST(Value, TypesThatContainThemselvesEnd) {
  Types t;
  // struct self (the next id) { struct self a, b; }: impossible in C.
  const std::uint32_t self = t.color + 1;
  ASSERT_EQ(t.builder.add_struct("self", 4, {{"a", self, 0, 0}, {"b", self, 0, 0}}), self);
  EXPECT_FALSE(t.json(self, ByteVector(4)).empty());
}

TEST(Value, HostileTypesPrintLittle) {
  Types t;
  // Found by fuzzing: a few structs within each other with long names made a gigabyte from a kilobyte.
  const std::uint32_t self = t.color + 1;
  const std::string name(1000, '\1');
  ASSERT_EQ(t.builder.add_struct(name, 4, {{name, self, 0, 0}, {name, self, 0, 0}, {name, self, 0, 0}}), self);
  EXPECT_LT(t.json(self, ByteVector(1024)).size(), 10'000'000U);
}

TEST(Value, DenseBitFieldsAreAllPrinted) {
  Types t;
  const std::string name = "a_member_name_of_thirty_two_char";
  const std::uint32_t bytes = 2048;
  std::vector<BtfMember> members;
  for (std::uint32_t bit = 0; bit < bytes * 8; ++bit) members.push_back({name, t.unsigned_, bit, 1});
  const auto id = t.builder.add_struct("dense", bytes, members);
  const std::string json = t.json(id, ByteVector(bytes, 0xff));
  EXPECT_EQ(json.size(), std::size_t{bytes} * 8 * (name.size() + 9) + 1);  // "name":"0x1" and a comma
}

TEST(Value, TextIsEscaped) {
  const Types t;
  EXPECT_EQ(t.text(t.name8, zeros_with(8, text_bytes("a\"b"))), R"("a\"b")");
}

}  // namespace
}  // namespace skep
