// Objects inside of other files: found at any offset, measured exactly, and not imagined where only the magic bytes
// stand.
#include <gtest/gtest.h>

#include "skep/elf/elf.hpp"

namespace skep {
namespace {

ByteVector object(std::uint16_t machine, std::size_t code_size) {
  ElfBuilder builder(machine);
  const auto code = builder.add_section("tc", SectionType::progbits, 6, ByteVector(code_size, 0));
  builder.add_symbol("f", SymbolBinding::global, SymbolType::function, code, 0, code_size);
  return builder.write();
}

TEST(FindEmbeddedObjects, FindsEachWithItsExactLength) {
  const ByteVector first = object(247, 8);
  const ByteVector second = object(0, 24);
  ByteVector host(33, 0x7f);
  append_bytes(host, as_bytes("\x7f"
                              "ELF\x02\x01 no object"));
  const std::size_t first_at = host.size();
  append_bytes(host, first);
  host.resize(host.size() + 5, 0xcc);
  const std::size_t second_at = host.size();
  append_bytes(host, second);
  host.resize(host.size() + 100, 0);

  const auto found = find_embedded_objects(host);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].offset, first_at);
  EXPECT_EQ(found[0].size, first.size());
  EXPECT_EQ(found[1].offset, second_at);
  EXPECT_EQ(found[1].size, second.size());
}

TEST(FindEmbeddedObjects, IgnoresTheFileItselfNativeCodeAndStumps) {
  EXPECT_TRUE(find_embedded_objects(object(247, 8)).empty());
  ByteVector host(16, 0);
  append_bytes(host, object(62, 8));
  EXPECT_TRUE(find_embedded_objects(host).empty());
  ByteVector stump(16, 0);
  const ByteVector whole = object(247, 8);
  append_bytes(stump, ByteView(whole).first(whole.size() - 1));
  EXPECT_TRUE(find_embedded_objects(stump).empty());
  EXPECT_TRUE(find_embedded_objects({}).empty());
}

}  // namespace
}  // namespace skep
