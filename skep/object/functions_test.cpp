// Which functions are programs, for each kind of symbol table that real compilers left behind (reference: objects.md).
#include "skep/object/test_objects.hpp"

namespace skep::test {
namespace {

TEST(Functions, SeveralProgramsShareASection) {
  ObjectBuilder builder;
  const auto xdp = builder.code("xdp", join(returns(1), returns(2)));
  builder.function("first", xdp, 0, 2);
  builder.function("second", xdp, 2, 2);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "first second");
  EXPECT_EQ(object.programs[1].code, returns(2));
  EXPECT_EQ(object.programs[1].section, "xdp");
  EXPECT_EQ(object.programs[1].type, ProgramType::xdp);
}

TEST(Functions, StaticFunctionsThatNobodyCallsArePrograms) {
  ObjectBuilder builder;
  const auto section = builder.code("tc", join(returns(1), std::vector{call_function(1), exit()}, returns(3)));
  builder.static_function("lonely", section, 0, 2);
  builder.static_function("called", section, 4, 2);
  builder.function("caller", section, 2, 2);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "lonely caller");
  EXPECT_TRUE(object.programs[0].is_static);
  EXPECT_EQ(layout_of(object.programs[1]), "caller@0 called@2");
}

TEST(Functions, OldCompilersMarkNothingAndLeaveLabels) {
  ObjectBuilder builder;
  const auto section = builder.code("socket1", join(returns(1), returns(2)));
  builder.add_symbol("LBB0_1", SymbolBinding::local, SymbolType::none, section, 8, 0);
  builder.add_symbol(".Ltmp1", SymbolBinding::local, SymbolType::none, section, 24, 0);
  builder.add_symbol("bpf_prog1", SymbolBinding::global, SymbolType::none, section, 0, 0);
  builder.add_symbol("bpf_prog2", SymbolBinding::global, SymbolType::none, section, 16, 0);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "bpf_prog1 bpf_prog2");
  EXPECT_EQ(object.programs[0].code, returns(1));
}

TEST(Functions, AssemblyHasLabelsOfAnyName) {
  ObjectBuilder builder;
  // if r0 == 0 goto done; r0 = 1; done: exit; helper: r0 = 2; exit
  const auto section =
      builder.code("tc", join(std::vector<RawInsn>{{0x15, 0, 0, 1, 0}, mov(0, 1), exit()}, returns(2)));
  builder.add_symbol("done", SymbolBinding::local, SymbolType::none, section, 16, 0);
  builder.add_symbol("middle", SymbolBinding::local, SymbolType::none, section, 8, 0);
  builder.add_symbol("helper", SymbolBinding::local, SymbolType::none, section, 24, 0);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "tc helper");
  EXPECT_EQ(object.programs[0].code.size(), 3U);
}

TEST(Functions, SectionsPerFunctionAreTextToo) {
  ObjectBuilder builder;
  const auto text = builder.code(".text.helper", returns(1));
  const auto xdp = builder.code("xdp", {call_function(-1), exit()});
  const auto helper = builder.function("helper", text, 0, 2);
  builder.function("main", xdp, 0, 2);
  builder.relocate_call(xdp, 0, helper);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "main");
  EXPECT_EQ(layout_of(object.programs[0]), "main@0 helper@2");
}

TEST(Functions, AFunctionInAnOddSectionThatIsCalledIsASubprogram) {
  ObjectBuilder builder;
  const auto other = builder.code("other", returns(1));
  const auto xdp = builder.code("xdp", {call_function(-1), exit()});
  const auto helper = builder.function("helper", other, 0, 2);
  builder.function("main", xdp, 0, 2);
  builder.relocate_call(xdp, 0, helper);
  EXPECT_EQ(names_of(open(builder.write()).programs), "main");
}

TEST(Functions, WithoutSymbolsASectionIsAProgram) {
  ObjectBuilder builder;
  builder.code("tc", returns(7));
  builder.code("xdp/drop", returns(1));
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "tc xdp/drop");
  EXPECT_EQ(object.programs[0].code, returns(7));
}

TEST(Functions, CodeOnlyInTextIsTakenForPrograms) {
  ObjectBuilder builder;
  const auto text = builder.code(".text", join(returns(1), returns(2)));
  builder.static_function("helper", text, 2, 2);
  builder.function("entry", text, 0, 2);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "entry");
  EXPECT_EQ(object.programs[0].type, ProgramType::unspec);
  EXPECT_FALSE(object.programs[0].type_known);
  EXPECT_TRUE(has_note(object, "all code is in .text"));
}

TEST(Functions, TextBesideProgramsHoldsOnlySubprograms) {
  ObjectBuilder builder;
  const auto text = builder.code(".text", returns(1));
  const auto xdp = builder.code("xdp", returns(2));
  builder.function("unused", text, 0, 2);
  builder.function("main", xdp, 0, 2);
  EXPECT_EQ(names_of(open(builder.write()).programs), "main");
}

TEST(Functions, BytesBetweenFunctionsBelongToNobody) {
  ObjectBuilder builder;
  const auto section = builder.code("xdp", join(returns(1), returns(9), returns(2)));
  builder.function("first", section, 0, 2);
  builder.function("second", section, 4, 2);
  EXPECT_EQ(open(builder.write()).programs[0].code, returns(1));
}

TEST(Functions, SymbolsThatMeetNoInstructionAreIgnored) {
  ObjectBuilder builder;
  const auto section = builder.code("xdp", returns(1));
  builder.add_symbol("odd", SymbolBinding::global, SymbolType::function, section, 4, 8);
  builder.add_symbol("far", SymbolBinding::global, SymbolType::function, section, ~std::uint64_t{7}, 8);
  builder.function("good", section, 0, 2);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "good");
  EXPECT_TRUE(has_note(object, "odd"));
  EXPECT_TRUE(has_note(object, "far"));
}

TEST(Functions, ASectionThatEndsInsideAnInstructionLosesItsEnd) {
  ObjectBuilder builder;
  ByteVector bytes = bytes_from_slots(returns(1));
  bytes.push_back(0x95);
  const auto section = builder.add_section("xdp", SectionType::progbits, code_flags, bytes);
  builder.function("f", section, 0, 2);
  const Object object = open(builder.write());
  EXPECT_EQ(object.programs.at(0).code, returns(1));
  EXPECT_TRUE(has_note(object, "17 bytes"));
}

}  // namespace
}  // namespace skep::test
