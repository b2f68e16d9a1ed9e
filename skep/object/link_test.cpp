// Linking: each way a compiler writes a reference between functions, and what becomes of references that lead out of
// the object.
#include "skep/object/test_objects.hpp"

namespace skep::test {
namespace {

/// A program `main` in section xdp with the given code beside a .text of three functions: two, three, nested (calls
/// two).
struct WithText : ObjectBuilder {
  explicit WithText(const std::vector<RawInsn>& main_code) {
    text = code(".text", join(returns(2), returns(3), std::vector{call_function(-1), exit()}));
    xdp = code("xdp", main_code);
    text_symbol = section_symbol(text);
    two = static_function("two", text, 0, 2);
    three = static_function("three", text, 2, 2);
    nested = function("nested", text, 4, 2);
    function("main", xdp, 0, static_cast<std::uint32_t>(main_code.size()));
    // nested calls two through the section symbol: imm is the slot - 1.
    relocate_call(text, 4, text_symbol);
  }
  std::uint16_t text, xdp;
  std::uint32_t text_symbol, two, three, nested;
};

TEST(Link, StaticSubprogramsAreCalledBySectionSymbolAndSlot) {
  // imm 1: slot 2 of .text, counted from -1.
  WithText builder({call_function(1), exit()});
  builder.relocate_call(builder.xdp, 0, builder.text_symbol);
  const Object object = open(builder.write());
  ASSERT_EQ(names_of(object.programs), "main");
  EXPECT_EQ(layout_of(object.programs[0]), "main@0 three@2");
  EXPECT_EQ(object.programs[0].code, join(std::vector{call_function(1), exit()}, returns(3)));
  EXPECT_FALSE(object.programs[0].functions[1].global);
}

TEST(Link, GlobalSubprogramsAreCalledByTheirSymbol) {
  WithText builder({mov(1, 0), call_function(-1), exit()});
  builder.relocate_call(builder.xdp, 1, builder.nested);
  const Object object = open(builder.write());
  // nested's own call has imm -1 against .text: slot 0, two.
  EXPECT_EQ(layout_of(object.programs.at(0)), "main@0 nested@3 two@5");
  EXPECT_EQ(object.programs[0].code,
            join(std::vector{mov(1, 0), call_function(1), exit(), call_function(1), exit()}, returns(2)));
  EXPECT_TRUE(object.programs[0].functions[1].global);
}

TEST(Link, EachSubprogramIsAppendedOnce) {
  WithText builder({call_function(-1), call_function(-1), call_function(-1), exit()});
  builder.relocate_call(builder.xdp, 0, builder.two);
  builder.relocate_call(builder.xdp, 1, builder.nested);
  builder.relocate_call(builder.xdp, 2, builder.two);
  const Object object = open(builder.write());
  EXPECT_EQ(layout_of(object.programs.at(0)), "main@0 two@4 nested@6");
  EXPECT_EQ(object.programs[0].code[0].imm, 3);
  EXPECT_EQ(object.programs[0].code[2].imm, 1);
  EXPECT_EQ(object.programs[0].code[6].imm, -3);  // nested@6 → two@4
}

TEST(Link, RelativeCallsCrossFunctionsOfASection) {
  ObjectBuilder builder;
  const auto section = builder.code("tc", join(std::vector{call_function(3), exit()}, returns(9), returns(4)));
  builder.static_function("local", section, 4, 2);
  builder.function("main", section, 0, 2);
  builder.function("other", section, 2, 2);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "main other");
  EXPECT_EQ(layout_of(object.programs[0]), "main@0 local@2");
  EXPECT_EQ(object.programs[0].code[0].imm, 1);
}

TEST(Link, CalledCodeWithoutASymbolIsAFunction) {
  ObjectBuilder builder;
  builder.code("tc", join(std::vector{call_function(1), exit()}, returns(4)));
  const Object object = open(builder.write());
  EXPECT_EQ(layout_of(object.programs.at(0)), "tc@0 tc+0x10@2");
  EXPECT_EQ(object.programs[0].code[0].imm, 1);
}

// llvm-strip --strip-all drops the relocations: what was `call helper` is then a call to itself.
TEST(Link, ACallThatLostItsRelocationIsAProblemAndNoFunction) {
  ObjectBuilder builder;
  builder.code(".text", returns(4));
  builder.code("tc", {mov(1, 0), call_function(-1), exit()});
  const Object object = open(builder.write());
  EXPECT_EQ(layout_of(object.programs.at(0)), "tc@0");
  EXPECT_EQ(object.programs[0].code.size(), 3U);
  ASSERT_EQ(object.programs[0].problems.size(), 1U);
  EXPECT_NE(object.programs[0].problems[0].what.find("stripped"), std::string::npos);
}

// What bpf-as 2.40 (binutils-bpf of Debian 12) makes of gcc's output: readelf and objdump show the symbol's value in
// each immediate, and -1 + 0x18 for the call of `second` at 0x18.
TEST(Link, GnuAssemblersAddTheSymbolsValue) {
  for (const bool later : {false, true}) {
    ObjectBuilder builder;
    const auto text = builder.code(".text", join(returns(2), std::vector{mov(1, 0)}, returns(3)));
    const auto data = builder.data(".data", ByteVector(24, 0));
    builder.add_section(".bss", SectionType::nobits, data_flags, {});
    const auto xdp =
        builder.code("xdp", {load_low(1, later ? 0 : 16), load_high(), call_function(later ? -1 : 0x18 - 1), exit()});
    builder.function("first", text, 0, 3);
    const auto second = builder.function("second", text, 3, 2);
    const auto limit = builder.object("limit", data, 16, 4);
    builder.function("main", xdp, 0, 4);
    builder.relocate_load(xdp, 0, limit);
    builder.relocate_call(xdp, 2, second);
    const Object object = open(builder.write());
    const ProgramSpec& program = object.programs.at(0);
    EXPECT_EQ(layout_of(program), "main@0 second@4") << later;
    EXPECT_EQ(program.relocations.at(0).offset, 16U) << later;
    EXPECT_TRUE(program.problems.empty()) << later;
  }
}

TEST(Link, CallbacksAreAddressesOfFunctions) {
  // Section symbol + byte offset in the immediate.
  WithText builder({load_low(2, 16), load_high(), call_helper(181), exit()});
  builder.relocate_load(builder.xdp, 0, builder.text_symbol);
  const Object object = open(builder.write());
  EXPECT_EQ(layout_of(object.programs.at(0)), "main@0 three@4");
  EXPECT_EQ(object.programs[0].code[0], (RawInsn{0x18, 2, 4, 0, 3}));
  EXPECT_EQ(object.programs[0].code[1], load_high());
  EXPECT_TRUE(object.programs[0].relocations.empty());
}

TEST(Link, CallsMayLeadIntoAnotherProgram) {
  ObjectBuilder builder;
  const auto xdp = builder.code("xdp", {call_function(-1), exit()});
  const auto tc = builder.code("tc", returns(5));
  builder.function("main", xdp, 0, 2);
  const auto other = builder.function("other", tc, 0, 2);
  builder.relocate_call(xdp, 0, other);
  const Object object = open(builder.write());
  EXPECT_EQ(names_of(object.programs), "main other");
  EXPECT_EQ(layout_of(object.programs[0]), "main@0 other@2");
}

TEST(Link, RecursionIsLinkedOnce) {
  ObjectBuilder builder;
  const auto xdp = builder.code("xdp", {call_function(-1), exit()});
  const auto main = builder.function("main", xdp, 0, 2);
  builder.relocate_call(xdp, 0, main);
  const Object object = open(builder.write());
  EXPECT_EQ(layout_of(object.programs.at(0)), "main@0");
  EXPECT_EQ(object.programs[0].code[0].imm, -1);
}

TEST(Link, DataIsReachedByNameAndBySection) {
  ObjectBuilder builder;
  const auto xdp = builder.code("xdp", {load_low(1), load_high(), load_low(2, 4), load_high(), exit()});
  const auto data = builder.data(".data", ByteVector(16, 1));
  const auto section = builder.section_symbol(data);
  const auto named = builder.object("counter", data, 8, 8);
  builder.function("main", xdp, 0, 5);
  builder.relocate_load(xdp, 0, named);
  builder.relocate_load(xdp, 2, section);
  const Object object = open(builder.write());
  const auto& relocations = object.programs.at(0).relocations;
  ASSERT_EQ(relocations.size(), 2U);
  EXPECT_EQ(relocations[0].kind, Relocation::Kind::map_value);
  EXPECT_EQ(relocations[0].offset, 8U);
  EXPECT_EQ(relocations[0].symbol, "counter");
  EXPECT_EQ(relocations[1].slot, Slot{2});
  EXPECT_EQ(relocations[1].offset, 4U);
  EXPECT_EQ(relocations[1].symbol, ".data");
}

TEST(Link, ObjectsWithoutAMachineHaveTypelessRelocationsWithAddends) {
  ObjectBuilder builder(0);
  const auto section = builder.code("socket", {load_low(1), load_high(), {0x85, 0, 0, 0, -1}, exit()});
  const auto text = builder.code(".text", returns(2));
  const auto maps = builder.data("maps", ByteVector(20, 1));
  const auto map = builder.object("my_map", maps, 0, 20);
  const auto helper = builder.function("helper", text, 0, 2);
  builder.function("main", section, 0, 4);
  builder.add_relocation(section, 0, 0, map, 0);
  builder.add_relocation(section, 16, 0, helper, 0);
  const Object object = open(builder.write());
  ASSERT_EQ(object.programs.size(), 1U);
  ASSERT_EQ(object.programs[0].relocations.size(), 1U);
  EXPECT_EQ(object.programs[0].relocations[0].kind, Relocation::Kind::map);
  EXPECT_EQ(layout_of(object.programs[0]), "main@0 helper@4");
  EXPECT_EQ(object.programs[0].code[2], call_function(1));
}

TEST(Link, UndefinedSymbolsAreTheProgramsProblemOnly) {
  ObjectBuilder builder;
  const auto xdp = builder.code("xdp", {call_function(-1), load_low(1), load_high(), exit()});
  const auto tc = builder.code("tc", returns(0));
  const auto missing = builder.undefined("memset");
  const auto constant = builder.undefined("MY_CONST");
  builder.function("broken", xdp, 0, 4);
  builder.function("fine", tc, 0, 2);
  builder.relocate_call(xdp, 0, missing);
  builder.relocate_load(xdp, 1, constant);
  const Object object = open(builder.write());
  ASSERT_EQ(names_of(object.programs), "broken fine");
  ASSERT_EQ(object.programs[0].problems.size(), 2U);
  EXPECT_NE(object.programs[0].problems[0].what.find("memset"), std::string::npos);
  EXPECT_EQ(object.programs[0].problems[0].slot, 0U);
  EXPECT_EQ(object.programs[0].relocations.at(1).kind, Relocation::Kind::unresolved);
  EXPECT_EQ(object.programs[0].relocations.at(1).symbol, "MY_CONST");
  EXPECT_NE(object.programs[0].problems[0].help.find("__builtin_memset"), std::string::npos);
  EXPECT_NE(object.programs[0].problems[1].what.find("without BTF"), std::string::npos) << "it could be a __ksym";
  EXPECT_TRUE(object.programs[1].problems.empty());
  EXPECT_EQ(object.externs.at(0).kind, Extern::Kind::unknown);
}

TEST(Link, AbsoluteSymbolsAreNumbers) {
  ObjectBuilder builder;
  const auto xdp = builder.code("xdp", {load_low(1), load_high(), exit()});
  const auto number =
      builder.add_symbol("NUMBER", SymbolBinding::global, SymbolType::none, 0xfff1, 0x1122334455667788, 0);
  builder.function("main", xdp, 0, 3);
  builder.relocate_load(xdp, 0, number);
  const Object object = open(builder.write());
  EXPECT_EQ(object.programs.at(0).code[0].imm, 0x55667788);
  EXPECT_EQ(object.programs[0].code[1].imm, 0x11223344);
}

TEST(Link, ReferencesThatLeadNowhereAreProblems) {
  ObjectBuilder builder;
  const auto xdp =
      builder.code("xdp", {call_function(100), mov(1, 0), load_low(1), load_high(), load_low(1), load_high(), exit()});
  const auto other = builder.data("something", ByteVector(8, 0));
  const auto data = builder.data(".data", ByteVector(8, 0));
  const auto section = builder.section_symbol(other);
  const auto beyond = builder.object("beyond", data, 9, 1);
  builder.function("main", xdp, 0, 7);
  builder.relocate_load(xdp, 1, section);
  builder.relocate_load(xdp, 2, section);
  builder.relocate_load(xdp, 4, beyond);
  const Object object = open(builder.write());
  const auto& problems = object.programs.at(0).problems;
  ASSERT_EQ(problems.size(), 4U);
  EXPECT_NE(problems[1].what.find("neither a call nor a 64-bit load"), std::string::npos);
  EXPECT_NE(problems[2].what.find("section something holds no code, maps or data"), std::string::npos);
  EXPECT_NE(problems[3].what.find("beyond section .data"), std::string::npos);
}

// Found by fuzzing: an offset of -2^63 has no negation.
TEST(Link, AddressesBeforeTheSectionAreProblems) {
  ObjectBuilder builder;
  const auto xdp = builder.code("xdp", {load_low(1), load_high(), exit()});
  const auto data = builder.data(".data", ByteVector(8, 0));
  const auto before = builder.object("before", data, std::uint64_t{1} << 63, 1);
  builder.function("main", xdp, 0, 3);
  builder.relocate_load(xdp, 0, before);
  const Object object = open(builder.write());
  ASSERT_EQ(object.programs.at(0).problems.size(), 1U);
  EXPECT_NE(object.programs[0].problems[0].what.find("before section .data"), std::string::npos);
}

TEST(Link, SharedChainsCannotMakeASmallFileHuge) {
  // 4000 programs, each calling the next: linked in full, that is 4000² functions.
  constexpr std::uint32_t count = 4000;
  std::vector<RawInsn> code;
  for (std::uint32_t i = 0; i < count; ++i) {
    code.push_back(call_function(i + 1 < count ? 1 : -2));
    code.push_back(exit());
  }
  ObjectBuilder builder;
  const auto section = builder.code("xdp", code);
  for (std::uint32_t i = 0; i < count; ++i)
    builder.function(std::string(1000, 'a') + std::to_string(i), section, i * 2, 2);
  const Object object = open(builder.write());
  std::uint64_t bytes = 0;
  for (const ProgramSpec& program : object.programs) {
    bytes += program.code.size() * sizeof(RawInsn);
    for (const FunctionSpan& function : program.functions) bytes += function.name.size() + sizeof function;
  }
  EXPECT_LE(bytes, 300U << 20);
  EXPECT_FALSE(object.programs[0].functions.empty());
  EXPECT_FALSE(object.programs[count - 1].problems.empty());
}

}  // namespace
}  // namespace skep::test
