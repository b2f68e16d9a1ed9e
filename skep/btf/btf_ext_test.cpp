// .BTF.ext written word by word as btf.rst lays it out, read back; then each lie in it.
#include <gtest/gtest.h>

#include "skep/btf/btf.hpp"

namespace skep {
namespace {

/// Names come from a BTF with one function: the parser only borrows its strings and kinds.
struct Fixture {
  Fixture() {
    BtfBuilder builder;
    const auto integer = builder.add_integer("int", 4, 1);
    function = builder.add_function("hello", builder.add_function_proto(integer, {}), 1);
    builder.add_integer("xdp", 4, 0);
    builder.add_integer("0:1:2", 4, 0);
    builder.add_integer("hello.c", 4, 0);
    btf.emplace(*Btf::parse(builder.write()));
  }
  /// The offset of a name in the string section.
  [[nodiscard]] std::uint32_t name(std::string_view text) const {
    for (std::uint32_t offset = 0; offset < btf->bytes().size(); ++offset) {
      if (btf->string(offset) == text) return offset;
    }
    ADD_FAILURE() << text;
    return 0;
  }
  std::uint32_t function = 0;
  std::optional<Btf> btf;
};

ByteVector words(const std::vector<std::uint32_t>& values) {
  ByteVector bytes;
  for (const std::uint32_t value : values) append(bytes, value);
  return bytes;
}

/// One function, one line with records of 20 bytes, one CO-RE relocation.
std::vector<std::uint32_t> example(const Fixture& f) {
  const std::uint32_t xdp = f.name("xdp");
  return {0x0001eb9f,
          32,
          0,
          20,
          20,
          32,
          52,
          28,  //
          8,
          xdp,
          1,
          0,
          f.function,  //
          20,
          xdp,
          1,
          16,
          f.name("hello.c"),
          f.name("hello"),
          7U << 10 | 3,
          0xdeadbeef,  //
          16,
          xdp,
          1,
          24,
          1,
          f.name("0:1:2"),
          2};
}

TEST(BtfExt, ReadsFunctionsLinesAndCoreRelocations) {
  const Fixture f;
  const auto ext = parse_btf_ext(words(example(f)), *f.btf);
  ASSERT_TRUE(ext) << ext.error().what;
  ASSERT_EQ(ext->sections.size(), 1U);
  EXPECT_EQ(ext->find("tc"), nullptr);
  const BtfExtSection* section = ext->find("xdp");
  ASSERT_NE(section, nullptr);
  ASSERT_EQ(section->functions.size(), 1U);
  EXPECT_EQ(section->functions[0].type, f.function);
  ASSERT_EQ(section->lines.size(), 1U);
  EXPECT_EQ(section->lines[0].byte_offset, 16U);
  EXPECT_EQ(section->lines[0].file, "hello.c");
  EXPECT_EQ(section->lines[0].text, "hello");
  EXPECT_EQ(section->lines[0].line, 7U);
  EXPECT_EQ(section->lines[0].column, 3U);
  ASSERT_EQ(section->core.size(), 1U);
  EXPECT_EQ(section->core[0].access, "0:1:2");
  EXPECT_EQ(section->core[0].kind, CoreKind::field_exists);
}

TEST(BtfExt, AHeaderBeforeCoReHasNoRelocations) {
  const Fixture f;
  auto file = example(f);
  file[1] = 24;
  file.erase(file.begin() + 6, file.begin() + 8);
  const auto ext = parse_btf_ext(words(file), *f.btf);
  ASSERT_TRUE(ext) << ext.error().what;
  EXPECT_EQ(ext->sections[0].lines.size(), 1U);
  EXPECT_TRUE(ext->sections[0].core.empty());
}

TEST(BtfExt, EveryTruncationIsAnError) {
  const Fixture f;
  const ByteVector file = words(example(f));
  for (std::size_t length = 0; length < file.size(); ++length)
    EXPECT_FALSE(parse_btf_ext(ByteView(file).first(length), *f.btf)) << length;
}

TEST(BtfExt, EachLieIsAnError) {
  const Fixture f;
  const auto with = [&](std::size_t word, std::uint32_t value) {
    auto file = example(f);
    file[word] = value;
    const auto ext = parse_btf_ext(words(file), *f.btf);
    return ext ? std::string() : ext.error().what;
  };
  EXPECT_NE(with(0, 0x0001abcd).find("magic"), std::string::npos);
  EXPECT_NE(with(0, 0x0009eb9f).find("version 9"), std::string::npos);
  EXPECT_NE(with(1, 8).find("header of 8"), std::string::npos);
  EXPECT_NE(with(2, 0xffffffff).find("beyond the end"), std::string::npos);
  EXPECT_NE(with(8, 4).find("records of 4 bytes"), std::string::npos);
  EXPECT_NE(with(9, 0xffffff).find("name at offset"), std::string::npos);
  EXPECT_NE(with(10, 0xffffffff).find("more than it holds"), std::string::npos);
  EXPECT_NE(with(12, 1).find("no function"), std::string::npos);
  EXPECT_NE(with(12, 99).find("no function"), std::string::npos);
  EXPECT_NE(with(17, 0x7fffffff).find("name at offset"), std::string::npos);
  EXPECT_NE(with(25, 99).find("does not exist"), std::string::npos);
}

}  // namespace
}  // namespace skep
