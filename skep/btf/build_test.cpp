// The builder's records against btf.rst's layout, word by word; and what happens to data sections, as libbpf's
// btf_fixup_datasec leaves them.
#include <gtest/gtest.h>

#include "skep/btf/btf.hpp"

namespace skep {
namespace {

std::vector<std::uint32_t> words(ByteView bytes) {
  std::vector<std::uint32_t> out;
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4)
    out.push_back(load_unaligned<std::uint32_t>(bytes.data() + at));
  return out;
}

TEST(BuildBtf, RecordsAreAsTheFormatLaysThemOut) {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto array = builder.add_array(integer, integer, 7);
  builder.add_struct("s", 32, {{"a", integer, 0, 3}, {"int", array, 32, 0}});
  const ByteVector bytes = builder.write();
  constexpr std::uint32_t name_int = 1, name_s = 5, name_a = 7;
  const std::vector<std::uint32_t> expected{
      0x0001eb9f, 24,         0,        76,         76,      9,    // magic, version, flags; header; types; strings
      name_int,   0x01000000, 4,        0x01000020,                // INT, signed, 32 bits
      0,          0x03000000, 0,        integer,    integer, 7,    // ARRAY
      name_s,     0x84000002, 32,                                  // STRUCT with bit fields
      name_a,     integer,    3U << 24, name_int,   array,   32};  // bitfield_size << 24 | bit_offset
  EXPECT_EQ(words(ByteView(bytes).first(24 + 76)), expected);
  EXPECT_EQ(as_text(ByteView(bytes).subspan(24 + 76)), std::string_view("\0int\0s\0a\0", 9)) << "each name once";
}

TEST(BuildBtf, WhatIsWrittenIsReadBack) {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto pointer = builder.add_pointer(integer);
  const auto proto = builder.add_function_proto(integer, {{"ctx", pointer}});
  const auto function = builder.add_function("hello", proto, 1);
  const auto type = builder.add_typedef("number", integer);
  const auto choice = builder.add_enum("choice", {{"NO", -1}, {"YES", 1}});
  const auto btf = Btf::parse(builder.write());
  ASSERT_TRUE(btf) << btf.error().what;
  EXPECT_EQ(btf->type_count(), 7U);
  EXPECT_EQ(btf->type(function).linkage, 1U);
  EXPECT_EQ(btf->type(btf->type(function).type).parameters.at(0).name, "ctx");
  EXPECT_EQ(btf->resolve(type), integer);
  EXPECT_EQ(btf->type(choice).enumerators.at(0).value, -1);
  EXPECT_EQ(btf->find(BtfKind::function, "hello"), function);
}

/// A section as clang leaves it: size 0, offsets 0, variables in the order of their definition.
struct Sections {
  Sections() {
    const auto integer = builder.add_integer("int", 4, 1);
    const auto wide = builder.add_integer("long", 8, 1);
    late = builder.add_variable("late", wide, 1);
    early = builder.add_variable("early", integer, 1);
    data = builder.add_datasec(".data", 0, {{late, 0, 8}, {early, 0, 4}});
    builder.add_datasec(".bss", 0, {{late, 0, 8}});
    builder.add_typedef("after", integer);
  }
  BtfBuilder builder;
  std::uint32_t late = 0, early = 0, data = 0;
};

TEST(FixDatasecs, SizesAndOffsetsComeFromTheFileAndVariablesAreSorted) {
  const Sections s;
  const auto before = Btf::parse(s.builder.write());
  ASSERT_TRUE(before);
  const ByteVector fixed = fix_datasecs(*before, {{".data", 16, {{"late", 8}, {"early", 0}}}});
  const auto after = Btf::parse(fixed);
  ASSERT_TRUE(after) << after.error().what;
  const BtfType& section = after->type(s.data);
  EXPECT_EQ(section.size, 16U);
  ASSERT_EQ(section.variables.size(), 2U);
  EXPECT_EQ(section.variables[0].type, s.early);
  EXPECT_EQ(section.variables[0].offset, 0U);
  EXPECT_EQ(section.variables[0].size, 4U);
  EXPECT_EQ(section.variables[1].type, s.late);
  EXPECT_EQ(section.variables[1].offset, 8U);
  EXPECT_EQ(section.variables[1].size, 8U);
}

TEST(FixDatasecs, EverythingElseKeepsItsBytes) {
  const Sections s;
  const ByteVector bytes = s.builder.write();
  const auto btf = Btf::parse(bytes);
  ASSERT_TRUE(btf);
  EXPECT_EQ(fix_datasecs(*btf, {}), bytes);
  EXPECT_EQ(fix_datasecs(*btf, {{".rodata", 16, {{"late", 8}}}}), bytes);
  const ByteVector fixed = fix_datasecs(*btf, {{".data", 16, {{"late", 8}, {"early", 0}}}});
  ASSERT_EQ(fixed.size(), bytes.size());
  // INT 16, INT 16, VAR 16, VAR 16, then .data's head of 12 and two entries of 12.
  constexpr std::size_t start = 24 + 64, end = start + 36;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const bool outside = at < start + 8 || at >= end;
    EXPECT_TRUE(!outside || fixed[at] == bytes[at]) << at;
  }
}

TEST(FixDatasecs, AVariableTheFileDoesNotHaveKeepsItsOffset) {
  const Sections s;
  const auto btf = Btf::parse(s.builder.write());
  ASSERT_TRUE(btf);
  const auto after = Btf::parse(fix_datasecs(*btf, {{".data", 16, {{"early", 4}}}}));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->type(s.data).variables[0].type, s.late);
  EXPECT_EQ(after->type(s.data).variables[0].offset, 0U);
}

}  // namespace
}  // namespace skep
