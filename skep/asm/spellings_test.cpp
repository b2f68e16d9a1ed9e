// Expected bytes are written from the comments of the documents that print these arrays, and from the macros'
// documented fields.
#include "skep/asm/spellings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "skep/asm/insn_macros.hpp"

namespace skep {
namespace {

std::vector<RawInsn> parsed(std::string_view text, std::string_view name = {}) {
  auto code = parse_c_array(text, "prog.c", name);
  if (!code) {
    for (const Diagnostic& diagnostic : code.error()) ADD_FAILURE() << render(diagnostic, false);
    return {};
  }
  return *std::move(code);
}

std::vector<Diagnostic> complaints(std::string_view text, std::string_view name = {}) {
  const auto code = parse_c_array(text, "prog.c", name);
  if (!code) return code.error();
  ADD_FAILURE() << "accepted: " << text;
  return std::vector<Diagnostic>(1);
}

std::int32_t number(std::string_view expression) {
  const auto code = parsed("{ .imm = " + std::string(expression) + " }");
  return code.size() == 1 ? code[0].imm : 0x7eadbeef;
}

// examples/hello-bytecode/hello.insns, as the document has it.
constexpr std::string_view hello = R"(struct bpf_insn bpf_prog[] = {
    { 0xb7, 1, 0, 0, 0 }, //r1 = 0
    { 0x73, 0xa, 0x1, 0xfffc, 0}, //*(u8*)(r10 - 4 ) = r1
    { 0xb7, 1, 0, 0, 0x0a646c72}, //r1 = b'\ndlr'
    { 0x63, 0xa, 0x1, 0xfff8, 0}, //*(u32*)(r10 - 8 ) = r1
    { 0x18, 1, 0, 0, 0x6c6c6568}, //r1 = b'lleh'
    { 0x00, 0, 0, 0, 0x6f77206f}, //b'ow o'
    //7b 1a e0 ff 00 00 00 00 *(u64 *)(r10 - 16) = r1
    { 0x7b, 0xa, 0x1, 0xfff0, 0}, 
    {0xbf, 0x1, 0xa, 0, 0}, //r1 = r10
    {0x07, 0x1, 0, 0, 0xfffffff0}, //r1 += -16
    //b7 02 00 00 08 00 00 00 r2 = 13
    {0xb7, 2, 0, 0, 0x0d},
    //85 00 00 00 06 00 00 00 call 6
    {0x85, 0, 0, 0, 0x06},
    {0xb7, 0, 0, 0, 0x1},//r0 = 1
    {0x95, 0, 0, 0, 0x0 }, //exit;
};
)";

TEST(CArray, ReadsTheHelloWorldOfTheTutorial) {
  const std::vector<std::uint8_t> expected = {
      0xb7, 0x01, 0,    0,    0,    0,    0,    0,     // r1 = 0
      0x73, 0x1a, 0xfc, 0xff, 0,    0,    0,    0,     // *(u8 *)(r10 - 4) = r1
      0xb7, 0x01, 0,    0,    'r',  'l',  'd',  '\n',  // r1 = "rld\n"
      0x63, 0x1a, 0xf8, 0xff, 0,    0,    0,    0,     // *(u32 *)(r10 - 8) = r1
      0x18, 0x01, 0,    0,    'h',  'e',  'l',  'l',   // r1 = "hello wo"
      0x00, 0x00, 0,    0,    'o',  ' ',  'w',  'o',   //
      0x7b, 0x1a, 0xf0, 0xff, 0,    0,    0,    0,     // *(u64 *)(r10 - 16) = r1
      0xbf, 0xa1, 0,    0,    0,    0,    0,    0,     // r1 = r10
      0x07, 0x01, 0,    0,    0xf0, 0xff, 0xff, 0xff,  // r1 += -16
      0xb7, 0x02, 0,    0,    13,   0,    0,    0,     // r2 = 13
      0x85, 0x00, 0,    0,    6,    0,    0,    0,     // call 6
      0xb7, 0x00, 0,    0,    1,    0,    0,    0,     // r0 = 1
      0x95, 0x00, 0,    0,    0,    0,    0,    0,     // exit
  };
  const auto code = parsed(hello);
  EXPECT_EQ(code.size(), 13U);
  EXPECT_EQ(bytes_from_slots(code), expected);
}

TEST(CArray, ReadsDesignatedInitialisers) {
  const auto code = parsed(R"(static const struct bpf_insn p[2] __attribute__((aligned(8))) = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = -1 },
    { .imm = 1, .off = -8, .code = BPF_STX | BPF_DW | BPF_ATOMIC, .src_reg = BPF_REG_2, .dst_reg = BPF_REG_10, },
  };)");
  EXPECT_EQ(code, (std::vector<RawInsn>{{0xb7, 3, 0, 0, -1}, {0xdb, 10, 2, -8, 1}}));
}

struct MacroCase {
  std::string_view text;
  std::vector<RawInsn> code;
};

const std::vector<MacroCase>& macro_cases() {
  static const std::vector<MacroCase> cases = {
      {"BPF_ALU64_REG(BPF_SUB, BPF_REG_1, BPF_REG_2)", {{0x1f, 1, 2, 0, 0}}},
      {"BPF_ALU64_REG_OFF(BPF_DIV, BPF_REG_1, BPF_REG_2, 1)", {{0x3f, 1, 2, 1, 0}}},
      {"BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4)", {{0x07, 2, 0, 0, -4}}},
      {"BPF_ALU64_IMM_OFF(BPF_MOD, BPF_REG_2, 3, 1)", {{0x97, 2, 0, 1, 3}}},
      {"BPF_ALU32_REG(BPF_XOR, 3, 4)", {{0xac, 3, 4, 0, 0}}},
      {"BPF_ALU32_REG_OFF(BPF_MOD, 3, 4, 1)", {{0x9c, 3, 4, 1, 0}}},
      {"BPF_ALU32_IMM(BPF_ARSH, 5, 7)", {{0xc4, 5, 0, 0, 7}}},
      {"BPF_ALU32_IMM_OFF(BPF_DIV, 5, 7, 1)", {{0x34, 5, 0, 1, 7}}},
      {"BPF_ENDIAN(BPF_TO_BE, BPF_REG_1, 16)", {{0xdc, 1, 0, 0, 16}}},
      {"BPF_BSWAP(BPF_REG_1, 64)", {{0xd7, 1, 0, 0, 64}}},
      {"BPF_MOV64_REG(BPF_REG_2, BPF_REG_FP)", {{0xbf, 2, 10, 0, 0}}},
      {"BPF_MOV64_IMM(BPF_REG_0, 1)", {{0xb7, 0, 0, 0, 1}}},
      {"BPF_MOV32_REG(1, 2)", {{0xbc, 1, 2, 0, 0}}},
      {"BPF_MOV32_IMM(1, 0xffffffff)", {{0xb4, 1, 0, 0, -1}}},
      {"BPF_MOVSX64_REG(1, 2, 16)", {{0xbf, 1, 2, 16, 0}}},
      {"BPF_MOVSX32_REG(1, 2, 8)", {{0xbc, 1, 2, 8, 0}}},
      {"BPF_MOV64_RAW(BPF_X, 1, 2, 3)", {{0xbf, 1, 2, 0, 3}}},
      {"BPF_MOV32_RAW(BPF_K, 1, 0, 3)", {{0xb4, 1, 0, 0, 3}}},
      {"BPF_ZEXT_REG(4)", {{0xbc, 4, 4, 0, 1}}},
      {"BPF_LD_ABS(BPF_B, 14)", {{0x30, 0, 0, 0, 14}}},
      {"BPF_LD_IND(BPF_H, BPF_REG_7, 2)", {{0x48, 0, 7, 0, 2}}},
      {"BPF_LDX_MEM(BPF_W, BPF_REG_1, BPF_REG_2, 8)", {{0x61, 1, 2, 8, 0}}},
      {"BPF_LDX_MEMSX(BPF_H, 1, 2, -2)", {{0x89, 1, 2, -2, 0}}},
      {"BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -8)", {{0x7b, 10, 1, -8, 0}}},
      {"BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 5)", {{0x62, 10, 0, -4, 5}}},
      {"BPF_STX_XADD(BPF_DW, 0, 1, 0)", {{0xdb, 0, 1, 0, 0}}},
      {"BPF_ATOMIC_OP(BPF_W, BPF_ADD | BPF_FETCH, 10, 1, -4)", {{0xc3, 10, 1, -4, 1}}},
      {"BPF_JMP_REG(BPF_JGT, 1, 2, 3)", {{0x2d, 1, 2, 3, 0}}},
      {"BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2)", {{0x15, 0, 0, 2, 0}}},
      {"BPF_JMP32_REG(BPF_JSLE, 1, 2, -3)", {{0xde, 1, 2, -3, 0}}},
      {"BPF_JMP32_IMM(BPF_JNE, 1, 9, 4)", {{0x56, 1, 0, 4, 9}}},
      {"BPF_JMP_A(-1)", {{0x05, 0, 0, -1, 0}}},
      {"BPF_JMP32_A(70000)", {{0x06, 0, 0, 0, 70000}}},
      {"BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem)", {{0x85, 0, 0, 0, 1}}},
      {"BPF_CALL_REL(2)", {{0x85, 0, 1, 0, 2}}},
      {"BPF_CALL_KFUNC(3, 1000)", {{0x85, 0, 2, 3, 1000}}},
      {"BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_trace_printk)", {{0x85, 0, 0, 0, 6}}},
      {"BPF_EXIT_INSN()", {{0x95, 0, 0, 0, 0}}},
      {"BPF_LD_IMM64(1, 0x1122334455667788)", {{0x18, 1, 0, 0, 0x55667788}, {0, 0, 0, 0, 0x11223344}}},
      {"BPF_LD_IMM64_RAW(1, BPF_PSEUDO_FUNC, 5)", {{0x18, 1, 4, 0, 5}, {0, 0, 0, 0, 0}}},
      {"BPF_LD_IMM64_RAW_FULL(1, 6, 0, 0, 2, 16)", {{0x18, 1, 6, 0, 2}, {0, 0, 0, 0, 16}}},
      {"BPF_LD_MAP_FD(BPF_REG_1, 4)", {{0x18, 1, 1, 0, 4}, {0, 0, 0, 0, 0}}},
      {"BPF_LD_MAP_VALUE(BPF_REG_1, 4, 8)", {{0x18, 1, 2, 0, 4}, {0, 0, 0, 0, 8}}},
  };
  return cases;
}

TEST(CArray, ReadsTheMacros) {
  for (const MacroCase& it : macro_cases()) EXPECT_EQ(parsed(it.text), it.code) << it.text;
}

TEST(CArray, EveryMacroIsTested) {
  for (const InsnMacro& row : insn_macros()) {
    const std::string call = std::string(row.name) + "(";
    const auto& cases = macro_cases();
    EXPECT_TRUE(std::any_of(cases.begin(), cases.end(), [&](const MacroCase& it) { return it.text.starts_with(call); }))
        << row.name;
  }
}

TEST(CArray, EvaluatesAsCDoes) {
  EXPECT_EQ(number("1 + 2 * 3"), 7);
  EXPECT_EQ(number("(1 + 2) * 3"), 9);
  EXPECT_EQ(number("10 - 3 - 2"), 5);
  EXPECT_EQ(number("1 << 4 | 3 & 2 ^ 1"), 19);
  EXPECT_EQ(number("-(1 + ~2)"), 2);
  EXPECT_EQ(number("0x10 + 010 + 0b11 + 5u"), 32);
  EXPECT_EQ(number("'A'"), 65);
  EXPECT_EQ(number("'\\n' + '\\x41' + '\\0'"), 75);
  EXPECT_EQ(number("(__u8)-1"), 255);
  EXPECT_EQ(number("(unsigned long)1 << 32 >> 31"), 2);
  EXPECT_EQ(number("-16 >> 2"), -4);
  EXPECT_EQ(number("BPF_FUNC_get_current_pid_tgid"), 14);
  EXPECT_EQ(number("4 /* four */ + // and\n 1"), 5);
  // ~0U has 32 bits: its upper half is zero.
  EXPECT_EQ(parsed("BPF_LD_IMM64(1, ~0U)"), (std::vector<RawInsn>{{0x18, 1, 0, 0, -1}, {}}));
  EXPECT_EQ(parsed("BPF_LD_IMM64(1, -1)"), (std::vector<RawInsn>{{0x18, 1, 0, 0, -1}, {0, 0, 0, 0, -1}}));
}

TEST(CArray, ChoosesTheArray) {
  constexpr std::string_view two =
      "int x; struct bpf_insn a[] = { {1} }; void f(struct bpf_insn *i); struct bpf_insn b[1] = { {2} };";
  EXPECT_EQ(parsed(two, "a")[0].code, 1);
  EXPECT_EQ(parsed(two, "b")[0].code, 2);
  EXPECT_EQ(complaints(two, "c")[0].help, "there is: a, b");
  EXPECT_EQ(complaints(two)[0].what, "the text has 2 arrays of struct bpf_insn");
  EXPECT_EQ(complaints(two)[0].help, "choose one with --program; there is: a, b");
}

TEST(CArray, NeedsNoDeclaration) {
  const std::vector<RawInsn> expected = {{0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
  EXPECT_EQ(parsed("{0xb7},{0x95}"), expected);
  EXPECT_EQ(parsed("{ {0xb7}, {0x95}, };"), expected);
  EXPECT_EQ(parsed("BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN(),"), expected);
  EXPECT_EQ(parsed("f((struct bpf_insn[]) { {0xb7}, BPF_EXIT_INSN() }, 2);"), expected);
}

TEST(CArray, SaysWhatIsWrongAndWhere) {
  const auto found = complaints(
      "struct bpf_insn p[] = {\n  { 0xb7, 1, 0, 70000, 0 },\n  BPF_MOV64_IM(BPF_REG_0, 0),\n  { BPF_ALU46 },\n};\n");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].where.file, "prog.c");
  EXPECT_EQ(found[0].where.line, 2U);
  EXPECT_EQ(found[0].where.column, 17U);
  EXPECT_EQ(found[0].where.text, "  { 0xb7, 1, 0, 70000, 0 },");
  EXPECT_EQ(found[0].what, "70000 does not fit in off");
  EXPECT_EQ(found[0].help, "it holds -32768 to 65535");
  EXPECT_EQ(found[1].where.line, 3U);
  EXPECT_EQ(found[1].help, "did you mean BPF_MOV64_IMM?");
  EXPECT_EQ(found[2].where.line, 4U);
  EXPECT_EQ(found[2].what, "unknown name BPF_ALU46");
}

TEST(CArray, RefusesWhatIsNoArray) {
  for (const std::string_view text : {"",
                                      "int main(void) {}",
                                      "struct bpf_insn p[] = { {1}",
                                      "struct bpf_insn p[] = { {1,2,3,4,5,6} };",
                                      "{ .dest = 1 }",
                                      "{ 1 2 }",
                                      "{1} {2}",
                                      "{ 1 << 32 }",
                                      "{ (1 }",
                                      "{ 99999999999999999999 }",
                                      "{ 0x }",
                                      "{ 08 }",
                                      "{ 'ab' }",
                                      "{ \"s\" }",
                                      "/* never",
                                      "{ 1, /* never",
                                      "BPF_EXIT_INSN",
                                      "BPF_EXIT_INSN(1)",
                                      "BPF_MOV64_IMM(1)",
                                      "{ .imm 1 }",
                                      "{ 256 }",
                                      "{ 1, 16 }",
                                      "struct bpf_insn p[] = {\n#ifdef X\n{1}\n#endif\n};"}) {
    EXPECT_FALSE(complaints(text).at(0).what.empty()) << text;
  }
}

TEST(CArray, NestingIsLimitedAndTimeIsLinear) {
  EXPECT_EQ(number(std::string(64, '(') + "1" + std::string(64, ')')), 1);
  EXPECT_NE(complaints("{" + std::string(65, '(') + "1" + std::string(65, ')') + "}")[0].what.find("nest"),
            std::string::npos);
  std::string repeated;
  for (int i = 0; i < 200000; ++i) repeated += "bpf_insn[ ";
  EXPECT_EQ(complaints(repeated).size(), 1U);
  EXPECT_EQ(number(std::string(400000, '~') + "5"), 5);
}

Spelling guessed(std::string_view text, std::string_view name = "prog") { return guess_spelling(as_bytes(text), name); }

TEST(GuessSpelling, ByBytesAndName) {
  EXPECT_EQ(guessed("\177ELF\2\1\1", "prog.c"), Spelling::elf);
  EXPECT_EQ(guessed(std::string_view("\xb7\0\0\0\0\0\0\0\x95\0\0\0\0\0\0\0", 16)), Spelling::raw);
  EXPECT_EQ(guessed("b7 01 00 00 00 00 00 00\n95 00 00 00 00 00 00 00 # exit\n"), Spelling::hex);
  EXPECT_EQ(guessed("0xb7, 0x01\n"), Spelling::hex);
  EXPECT_EQ(guessed("\\xb7\\x01 0xb701\n"), Spelling::hex);
  EXPECT_EQ(guessed("r0 = 0\nexit\n"), Spelling::assembly);
  EXPECT_EQ(guessed("mov %r0, 0\nexit\n"), Spelling::assembly);
  EXPECT_EQ(guessed(""), Spelling::assembly);
  EXPECT_EQ(guessed(hello), Spelling::c_array);
  EXPECT_EQ(guessed(hello, "hello.c"), Spelling::c_array);
  EXPECT_EQ(guessed("{0xb7},{0x95}"), Spelling::c_array);
  EXPECT_EQ(guessed("BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN()"), Spelling::c_array);
  EXPECT_EQ(guessed("#include <linux/bpf.h>\nSEC(\"xdp\") int f(void *ctx) { return 2; }", "x.c"), Spelling::c_source);
  EXPECT_EQ(guessed("#include <stdio.h>\n" + std::string(hello) + "int main(void) { return 0; }", "x.c"),
            Spelling::c_array)
      << "the whole loader of a tutorial: its array is the program";
  EXPECT_EQ(guessed(std::string(hello) + "SEC(\"xdp\") int f(void *ctx) { return 2; }", "x.c"), Spelling::c_source);
  EXPECT_EQ(guessed("#include <linux/bpf.h>\nSEC(\"xdp\") int f(void *ctx) { return 2; }", "-"), Spelling::c_source);
  EXPECT_EQ(guessed("int f(void *ctx) { return 2; }", "-"), Spelling::c_source);
  EXPECT_EQ(guessed("int x;", "x.c"), Spelling::c_source);
}

TEST(GuessSpelling, DumpsAreHex) {
  for (const std::string_view dump :
       {"0000000 01b7 0000 000a 0000\n0000008\n", "00000000: b701 0000 0a00 0000  {{{{....\n",
        "00000000  b7 01 00 00 0a 00 00 00                           |........|\n"})
    EXPECT_EQ(guess_spelling(as_bytes(dump), "dump"), Spelling::hex) << dump;
}

TEST(GuessSpelling, AListingWithItsSourceIsNoC) {
  constexpr std::string_view listing =
      "program f in section xdp (xdp), 2 instructions\n"
      "f:\n"
      "; #include <linux/bpf.h>\n"
      "; SEC(\"xdp\") int f(struct xdp_md *context) {\n"
      "   0: (b7) r0 = 0\n"
      "; \tif (x) {\n"
      "   1: (95) exit\n";
  EXPECT_EQ(guess_spelling(as_bytes(listing), "-"), Spelling::assembly);
  EXPECT_EQ(guess_spelling(as_bytes("SEC(\"xdp\") int f(void *context) { return 1; }"), "-"), Spelling::c_source);
}

TEST(GuessSpelling, Names) {
  EXPECT_EQ(name_of(Spelling::elf), "elf");
  EXPECT_EQ(name_of(Spelling::c_array), "c-array");
  EXPECT_EQ(name_of(Spelling::c_source), "c-source");
}

}  // namespace
}  // namespace skep
