// Types as C spells them: declarators inside out, qualifiers where they belong, prototypes as bpftool prints them.
#include <gtest/gtest.h>

#include "skep/btf/btf.hpp"

namespace skep {
namespace {

TEST(CDeclaration, DeclaratorsAreBuiltFromTheInsideOut) {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto pointer = builder.add_pointer(integer);
  const auto array = builder.add_array(integer, integer, 4);
  const auto array_of_pointers = builder.add_array(pointer, integer, 2);
  const auto pointer_to_array = builder.add_pointer(array);
  const auto matrix = builder.add_array(array, integer, 3);
  const auto record = builder.add_struct("xdp_md", 4, {{"data", integer, 0, 0}});
  const auto context = builder.add_pointer(record);
  const auto proto = builder.add_function_proto(integer, {{"ctx", context}});
  const auto callback = builder.add_pointer(proto);
  const auto alias = builder.add_typedef("u32", integer);
  const auto nothing = builder.add_function_proto(0, {});
  const auto hello = builder.add_function("hello", proto, 1);
  const auto parsed = Btf::parse(builder.write());
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  EXPECT_EQ(c_type(*parsed, 0), "void");
  EXPECT_EQ(c_type(*parsed, integer, "x"), "int x");
  EXPECT_EQ(c_type(*parsed, pointer, "x"), "int *x");
  EXPECT_EQ(c_type(*parsed, array, "x"), "int x[4]");
  EXPECT_EQ(c_type(*parsed, array), "int[4]");
  EXPECT_EQ(c_type(*parsed, array_of_pointers, "x"), "int *x[2]");
  EXPECT_EQ(c_type(*parsed, pointer_to_array, "x"), "int (*x)[4]");
  EXPECT_EQ(c_type(*parsed, matrix, "x"), "int x[3][4]");
  EXPECT_EQ(c_type(*parsed, context, "ctx"), "struct xdp_md *ctx");
  EXPECT_EQ(c_type(*parsed, callback, "x"), "int (*x)(struct xdp_md *ctx)");
  EXPECT_EQ(c_type(*parsed, alias, "x"), "u32 x");
  EXPECT_EQ(c_type(*parsed, nothing, "x"), "void x(void)");
  EXPECT_EQ(c_prototype(*parsed, hello), "int hello(struct xdp_md * ctx)");  // as bpftool prog dump xlated has it
  EXPECT_EQ(c_type(*parsed, parsed->type_count(), "x"), "? x");
}

TEST(CDeclaration, DefinitionsSayOffsets) {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto record =
      builder.add_struct("flags", 8, {{"low", integer, 0, 4}, {"high", integer, 4, 28}, {"all", integer, 32, 0}});
  const auto choice = builder.add_enum("state", {{"FAILED", -1}, {"FINE", 0}});
  const auto parsed = Btf::parse(builder.write());
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  const std::string text = c_definition(*parsed, record);
  EXPECT_NE(text.find("struct flags {\n"), std::string::npos) << text;
  EXPECT_NE(text.find("int low : 4;"), std::string::npos) << text;
  EXPECT_NE(text.find("bit 4"), std::string::npos) << text;
  EXPECT_NE(text.find("int all;  /* offset 4 */"), std::string::npos) << text;
  EXPECT_NE(c_definition(*parsed, choice).find("FAILED = -1,"), std::string::npos);
}

}  // namespace
}  // namespace skep
