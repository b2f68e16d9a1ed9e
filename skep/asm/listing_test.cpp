// Listings as tools print them, pasted as they stand: llvm-objdump 9 and 14 with byte columns and relocations,
// bpftool's xlated dump, the verifier's log of Linux 6.18, and what the installed llvm-objdump says of what clang
// compiles. Where there are byte columns, they say what must come out.
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "skep/asm/assemble.hpp"
#include "skep/asm/listing.hpp"

namespace skep {
namespace {

constexpr std::string_view objdump_9 = R"(        test_bpf.o:	file format ELF64-unknown


        Disassembly of section .text:

        0000000000000000 bpf_prog:
            0:	b7 01 00 00 0a 00 00 00	r1 = 10
            1:	6b 1a fc ff 00 00 00 00	*(u16 *)(r10 - 4) = r1
            2:	b7 01 00 00 72 6c 64 21	r1 = 560229490
            3:	63 1a f8 ff 00 00 00 00	*(u32 *)(r10 - 8) = r1
            4:	18 01 00 00 48 65 6c 6c 00 00 00 00 6f 20 57 6f	r1 = 8022916924116329800 ll
            6:	7b 1a f0 ff 00 00 00 00	*(u64 *)(r10 - 16) = r1
            7:	bf a1 00 00 00 00 00 00	r1 = r10
            8:	07 01 00 00 f0 ff ff ff	r1 += -16
            9:	b7 02 00 00 0e 00 00 00	r2 = 14
            10:	85 00 00 00 06 00 00 00	call 6
            11:	b7 00 00 00 00 00 00 00	r0 = 0
            12:	95 00 00 00 00 00 00 00	exit)";

constexpr std::string_view objdump_relocations = R"(Disassembly of section kprobe/kmem_cache_free:

0000000000000000 bpf_prog1:
       0:	79 11 68 00 00 00 00 00 r1 = *(u64 *)(r1 + 0x68)
       1:	7b 1a f8 ff 00 00 00 00 *(u64 *)(r10 - 0x8) = r1
       2:	bf a2 00 00 00 00 00 00 r2 = r10
       3:	07 02 00 00 f8 ff ff ff r2 += -0x8
       4:	18 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 r1 = 0x0 ll
		0000000000000020:  R_BPF_64_64	my_map
       6:	85 00 00 00 03 00 00 00 call 0x3
       7:	b7 00 00 00 00 00 00 00 r0 = 0x0
       8:	95 00 00 00 00 00 00 00 exit

Disassembly of section kretprobe/kmem_cache_alloc_node:

0000000000000000 bpf_prog2:
       0:	79 12 50 00 00 00 00 00 r2 = *(u64 *)(r1 + 0x50)
       1:	7b 2a f8 ff 00 00 00 00 *(u64 *)(r10 - 0x8) = r2
       2:	b7 02 00 00 00 00 00 00 r2 = 0x0
       3:	7b 2a f0 ff 00 00 00 00 *(u64 *)(r10 - 0x10) = r2
       4:	79 13 20 00 00 00 00 00 r3 = *(u64 *)(r1 + 0x20)
       5:	07 03 00 00 08 00 00 00 r3 += 0x8
       6:	bf a1 00 00 00 00 00 00 r1 = r10
       7:	07 01 00 00 f0 ff ff ff r1 += -0x10
       8:	b7 02 00 00 08 00 00 00 r2 = 0x8
       9:	85 00 00 00 04 00 00 00 call 0x4
      10:	85 00 00 00 05 00 00 00 call 0x5
      11:	7b 0a e0 ff 00 00 00 00 *(u64 *)(r10 - 0x20) = r0
      12:	79 a1 f0 ff 00 00 00 00 r1 = *(u64 *)(r10 - 0x10)
      13:	7b 1a e8 ff 00 00 00 00 *(u64 *)(r10 - 0x18) = r1
      14:	bf a2 00 00 00 00 00 00 r2 = r10
      15:	07 02 00 00 f8 ff ff ff r2 += -0x8
      16:	bf a3 00 00 00 00 00 00 r3 = r10
      17:	07 03 00 00 e0 ff ff ff r3 += -0x20
      18:	18 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 r1 = 0x0 ll
		0000000000000090:  R_BPF_64_64	my_map
      20:	b7 04 00 00 00 00 00 00 r4 = 0x0
      21:	85 00 00 00 02 00 00 00 call 0x2
      22:	b7 00 00 00 00 00 00 00 r0 = 0x0
      23:	95 00 00 00 00 00 00 00 exit)";

constexpr std::string_view objdump_14 = R"(hello.bpf.o:    file format elf64-bpf

Disassembly of section xdp:

0000000000000000 <hello>:
;     bpf_printk("Hello World %d", counter);
       0:       18 06 00 00 00 00 00 00 00 00 00 00 00 00 00 00 r6 = 0 ll
       2:       61 63 00 00 00 00 00 00 r3 = *(u32 *)(r6 + 0)
       3:       18 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 r1 = 0 ll
       5:       b7 02 00 00 0f 00 00 00 r2 = 15
       6:       85 00 00 00 06 00 00 00 call 6
;     counter++; 
       7:       61 61 00 00 00 00 00 00 r1 = *(u32 *)(r6 + 0)
       8:       07 01 00 00 01 00 00 00 r1 += 1
       9:       63 16 00 00 00 00 00 00 *(u32 *)(r6 + 0) = r1
;     return XDP_PASS;
      10:       b7 00 00 00 02 00 00 00 r0 = 2
      11:       95 00 00 00 00 00 00 00 exit)";

constexpr std::string_view xlated = R"(int hello(struct xdp_md * ctx):
; bpf_printk("Hello World %d", counter);
   0: (18) r6 = map[id:20][0]+0
   2: (61) r3 = *(u32 *)(r6 +0)
   3: (18) r1 = map[id:21][0]+0
   5: (b7) r2 = 15
   6: (85) call bpf_trace_printk#-108416
; counter++; 
   7: (61) r1 = *(u32 *)(r6 +0)
   8: (07) r1 += 1
   9: (63) *(u32 *)(r6 +0) = r1
; return XDP_PASS;
  10: (b7) r0 = 2
  11: (95) exit)";

std::string shown(const std::vector<Diagnostic>& problems) {
  std::string text;
  for (const Diagnostic& problem : problems) text += render(problem, false);
  return text;
}

/// All bytes that stand behind slot numbers, read without the assembler.
ByteVector bytes_in(std::string_view listing) {
  ByteVector bytes;
  std::istringstream lines{std::string(listing)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word.back() != ':' || word.size() > 6) continue;
    while (words >> word && word.size() == 2 && word.find_first_not_of("0123456789abcdef") == std::string::npos)
      bytes.push_back(static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
  }
  return bytes;
}

ByteVector all_bytes(const AsmUnit& unit) {
  ByteVector bytes;
  for (const AsmSection& section : unit.sections) append_bytes(bytes, bytes_from_slots(section.code));
  return bytes;
}

AsmUnit assembled(std::string_view text) {
  auto unit = assemble_unit(text, "listing");
  EXPECT_TRUE(unit.has_value()) << (unit ? "" : shown(unit.error()));
  return unit ? std::move(*unit) : AsmUnit{};
}

std::vector<Diagnostic> refused(std::string_view text) {
  auto unit = assemble_unit(text, "listing");
  EXPECT_FALSE(unit.has_value()) << text;
  return unit ? std::vector<Diagnostic>(1) : std::move(unit).error();
}

TEST(Listing, Objdump9WithTabs) {
  const AsmUnit unit = assembled(objdump_9);
  EXPECT_EQ(all_bytes(unit), bytes_in(objdump_9));
  ASSERT_EQ(unit.sections.size(), 1U);
  EXPECT_EQ(unit.sections[0].code.size(), 13U);
  EXPECT_EQ(unit.sections[0].name, ".text");
  ASSERT_EQ(unit.sections[0].functions.size(), 1U);
  EXPECT_EQ(unit.sections[0].functions[0].name, "bpf_prog");
}

TEST(Listing, RelocationsBecomeReferences) {
  const AsmUnit unit = assembled(objdump_relocations);
  EXPECT_EQ(all_bytes(unit), bytes_in(objdump_relocations));
  ASSERT_EQ(unit.sections.size(), 2U);
  EXPECT_EQ(unit.sections[0].name, "kprobe/kmem_cache_free");
  EXPECT_EQ(unit.sections[1].name, "kretprobe/kmem_cache_alloc_node");
  EXPECT_EQ(unit.sections[1].functions.at(0).name, "bpf_prog2");
  for (const auto& [section, slots] : {std::pair{0, std::vector{4U}}, {1, {18U}}}) {
    const AsmSection& code = unit.sections[static_cast<std::size_t>(section)];
    ASSERT_EQ(code.references.size(), slots.size());
    EXPECT_EQ(code.references[0].slot.value, slots[0]);
    EXPECT_EQ(code.references[0].symbol, "my_map");
    EXPECT_EQ(code.references[0].kind, AsmReference::Kind::map);
  }
}

// `skep disasm` of what `bpftrace --emit-elf` writes.
TEST(Listing, NamesThatAreNoWordsStandInAngleBrackets) {
  const auto unit = assemble_unit(
      "program kprobe:a,kprobe:/bin/b in section s_1 (kprobe, guessed), 2 instructions\n"
      "<kprobe:a,kprobe:/bin/b>:\n"
      "   0: (b7) r0 = 0\n"
      "   1: (95) exit\n",
      "listing");
  ASSERT_TRUE(unit) << render(unit.error().front(), false);
  ASSERT_EQ(unit->sections.size(), 1U);
  EXPECT_EQ(unit->sections[0].code.size(), 2U);
  ASSERT_EQ(unit->sections[0].functions.size(), 1U);
  EXPECT_EQ(unit->sections[0].functions[0].name, "kprobe:a,kprobe:/bin/b");
}

TEST(Listing, Objdump14WithSourceLines) {
  const AsmUnit unit = assembled(objdump_14);
  EXPECT_EQ(all_bytes(unit), bytes_in(objdump_14));
  EXPECT_EQ(unit.sections.at(0).name, "xdp");
  EXPECT_EQ(unit.sections.at(0).functions.at(0).name, "hello");
}

/// The dump names maps by numbers of the kernel that it ran on: each is refused with what to write instead, and with
/// descriptors in their place the rest assembles to what objdump shows of the same program.
TEST(Listing, XlatedNamesMapsOfItsOwnKernel) {
  const auto problems = refused(xlated);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].where.line, 3U);
  EXPECT_NE(problems[0].what.find("map[id:20]"), std::string::npos);
  EXPECT_NE(problems[0].help.find("map[fd:4][0]+0"), std::string::npos);

  std::string bound(xlated);
  for (std::size_t at = 0; (at = bound.find("[id:", at)) != std::string::npos;) bound.replace(at, 4, "[fd:");
  const AsmUnit unit = assembled(bound);
  std::vector<RawInsn> code = unit.sections.at(0).code;
  EXPECT_EQ(unit.sections[0].functions.at(0).name, "hello");
  for (const std::size_t slot : {0U, 3U}) {
    EXPECT_EQ(code.at(slot).src, 2);
    EXPECT_EQ(code.at(slot).imm, slot == 0 ? 20 : 21);
    code[slot].src = 0;
    code[slot].imm = 0;
  }
  EXPECT_EQ(bytes_from_slots(code), bytes_in(objdump_14));
}

/// Linux 6.18, log level 2, shortened where it repeats itself.
constexpr std::string_view verifier_log = R"(func#0 @0
func#1 @14
Live regs before insn:
      0: .......... (85) call bpf_get_prandom_u32#7
      1: 0.2345.... (bf) r6 = r0
      2: ..23456... (57) r6 &= 3
      3: ..23456... (7b) *(u64 *)(r10 -8) = r6
      4: ..23456... (15) if r6 == 0x0 goto pc+1
      5: ..23456... (b7) r7 = 5
      6: ..23456... (b7) r7 = 4
  1   7: ..234567.. (07) r7 += -1
  1   8: ..234567.. (55) if r7 != 0x0 goto pc-2
      9: ..23456... (bf) r1 = r6
     10: .12345.... (85) call pc+3
     11: 0......... (18) r2 = 0x5566778811223344
     13: 0......... (95) exit
     14: .1........ (bf) r0 = r1
     15: 0......... (b7) r3 = 3
     16: 0..3...... (2d) if r0 > r3 goto pc+1
     17: 0......... (95) exit
     18: .......... (b7) r0 = 0
     19: 0......... (95) exit
0: R1=ctx() R10=fp0
0: (85) call bpf_get_prandom_u32#7    ; R0=scalar()
1: (bf) r6 = r0                       ; R0=scalar(id=1) R6=scalar(id=1)
2: (57) r6 &= 3                       ; R6=scalar(smin=smin32=0,smax=umax=smax32=umax32=3,var_off=(0x0; 0x3))
3: (7b) *(u64 *)(r10 -8) = r6         ; R6=scalar(id=2,smin=smin32=0,var_off=(0x0; 0x3)) R10=fp0 fp-8=scalar(id=2)
4: (15) if r6 == 0x0 goto pc+1        ; R6=scalar(id=2,smin=umin=smin32=umin32=1,var_off=(0x0; 0x3))
5: (b7) r7 = 5                        ; R7=5
6: (b7) r7 = 4
SCC enter (1)
7: R7=4
7: (07) r7 += -1                      ; R7=3
8: (55) if r7 != 0x0 goto pc-2
mark_precise: frame0: last_idx 8 first_idx 7 subseq_idx -1 
mark_precise: frame0: regs=r7 stack= before 7: (07) r7 += -1
mark_precise: frame0: parent state regs=r7 stack=:  R0=scalar(id=1) R7=P4 R10=fp0 fp-8=scalar(id=2)
8: R7=3
7: (07) r7 += -1                      ; R7=2
8: (55) if r7 != 0x0 goto pc-2
9: (bf) r1 = r6                       ; R1=scalar(id=2) R6=scalar(id=2)
10: (85) call pc+3
caller:
 R6=scalar(id=2,smin=umin=smin32=umin32=1,var_off=(0x0; 0x3)) R7=0 R10=fp0 fp-8=scalar(id=2)
callee:
 frame1: R1=scalar(id=2,smin=umin=smin32=umin32=1,var_off=(0x0; 0x3)) R10=fp0
14: frame1: R1=scalar(id=2,smin=umin=smin32=umin32=1) R10=fp0
14: (bf) r0 = r1                      ; frame1: R0=scalar(id=2) R1=scalar(id=2)
15: (b7) r3 = 3                       ; frame1: R3=3
16: (2d) if r0 > r3 goto pc+1
16: frame1: R0=scalar(id=2) R3=3
17: (95) exit
(0) frame 0 insn 3 +written -8 
(0) live stack update done in 2 iterations
returning from callee:
 frame1: R0=scalar(id=2) R1=scalar(id=2) R3=3 R10=fp0
to caller at 11:
 R0=scalar(id=2) R6=scalar(id=2) R7=0 R10=fp0 fp-8=scalar(id=2)

from 17 to 11: R0=scalar(id=2) R6=scalar(id=2) R7=0 R10=fp0 fp-8=scalar(id=2)
11: (18) r2 = 0x5566778811223344      ; R2=0x5566778811223344
13: (95) exit
SCC exit (1)

from 4 to 6: R0=scalar(id=1) R6=0 R10=fp0 fp-8=0
6: R0=scalar(id=1) R6=0 R10=fp0 fp-8=0
6: (b7) r7 = 4
caller:
callee:
processed 40 insns (limit 1000000) max_states_per_insn 2 total_states 4 peak_states 4 mark_read 0
)";

TEST(Listing, VerifierLogThatWalksThroughALoopAndACall) {
  const std::vector<RawInsn> loaded = {
      {0x85, 0, 0, 0, 7},       {0xbf, 6, 0, 0, 0}, {0x57, 6, 0, 0, 3}, {0x7b, 10, 6, -8, 0},
      {0x15, 6, 0, 1, 0},       {0xb7, 7, 0, 0, 5}, {0xb7, 7, 0, 0, 4}, {0x07, 7, 0, 0, -1},
      {0x55, 7, 0, -2, 0},      {0xbf, 1, 6, 0, 0}, {0x85, 0, 1, 0, 3}, {0x18, 2, 0, 0, 0x11223344},
      {0, 0, 0, 0, 0x55667788}, {0x95, 0, 0, 0, 0}, {0xbf, 0, 1, 0, 0}, {0xb7, 3, 0, 0, 3},
      {0x2d, 0, 3, 1, 0},       {0x95, 0, 0, 0, 0}, {0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
  const auto code = assemble(verifier_log);
  ASSERT_TRUE(code.has_value()) << shown(code.error());
  EXPECT_EQ(*code, loaded);
}

TEST(Listing, VerifierLogOfARefusedProgram) {
  const auto code = assemble(
      "0: R1=ctx() R10=fp0\n0: (b7) r0 = 0                        ; R0=0\n1: (79) r1 = *(u64 *)(r0 +0)\n"
      "R0 invalid mem access 'scalar'\nprocessed 2 insns (limit 1000000) max_states_per_insn 0\n");
  ASSERT_TRUE(code.has_value()) << shown(code.error());
  EXPECT_EQ(code->size(), 2U);
}

TEST(Listing, LogThatLeavesSlotsOut) {
  const auto problems = refused("0: (05) goto pc+1\n2: (b7) r0 = 0\n3: (95) exit\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].where.line, 2U);
  EXPECT_EQ(problems[0].what, "the listing says slot 2 here, but this is slot 1");
}

TEST(Listing, SameSlotWithAnotherInstruction) {
  const auto problems = refused("0: (b7) r0 = 0\n1: (95) exit\n0: (b7) r0 = 1\n1: (95) exit\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].where.line, 3U);
}

TEST(Listing, FunctionsWhoseNumbersStartAgain) {
  const AsmUnit unit =
      assembled("int first(void):\n0: (b7) r0 = 1\n1: (95) exit\nint second(void):\n0: (b7) r0 = 2\n1: (95) exit\n");
  ASSERT_EQ(unit.sections.size(), 1U);
  ASSERT_EQ(unit.sections[0].functions.size(), 2U);
  EXPECT_EQ(unit.sections[0].functions[1].name, "second");
  EXPECT_EQ(unit.sections[0].functions[1].start, Slot{2});
}

TEST(Listing, BytesOfBpftoolBelowTheInstruction) {
  const auto code =
      assemble("   0: (b7) r0 = 7\n       b7 00 00 00 07 00 00 00\n   1: (95) exit\n       95 00 00 00 00 00 00 00\n");
  ASSERT_TRUE(code.has_value()) << shown(code.error());
  EXPECT_EQ(code->size(), 2U);
}

TEST(Listing, TextThatWasChangedBehindItsBytes) {
  const auto bytes = refused("0: b7 00 00 00 07 00 00 00 r0 = 8\n");
  EXPECT_EQ(bytes[0].what, "the bytes in front say `r0 = 7`");
  const auto opcode = refused("0: (b7) r0 = r1\n");
  EXPECT_EQ(opcode[0].what, "the opcode in front is b7, this instruction's is bf");
}

/// What an older llvm-objdump cannot say stands in its bytes: a call of a function, sdiv, a fetching atomic, all else.
TEST(Listing, BytesSayWhatTheTextLeavesOut) {
  const std::string_view text =
      "0: 85 10 00 00 02 00 00 00 call 2\n"
      "1: 3f 21 01 00 00 00 00 00 r1 /= r2\n"
      "2: db 21 00 00 01 00 00 00 lock *(u64 *)(r1 + 0) += r2\n"
      "3: 18 11 00 00 04 00 00 00 00 00 00 00 00 00 00 00 r1 = 4 ll\n"
      "5: 06 00 00 00 01 00 00 00 <unknown>\n"
      "6: 95 00 00 00 00 00 00 00 exit\n";
  EXPECT_EQ(all_bytes(assembled(text)), bytes_in(text));
}

TEST(Listing, CompilerLabelsAreNoFunctions) {
  const AsmUnit unit = assembled(
      "Disassembly of section tc:\n0000000000000000 <f>:\n0: b7 00 00 00 00 00 00 00 r0 = 0\n"
      "1: 05 00 00 00 00 00 00 00 goto +0 <LBB0_1>\n\n0000000000000010 <LBB0_1>:\n2: 95 00 00 00 00 00 00 00 exit\n");
  ASSERT_EQ(unit.sections.at(0).functions.size(), 1U);
  EXPECT_EQ(unit.sections[0].functions[0].name, "f");
}

TEST(Listing, CopiesOfAStaticFunctionGetNamesOfTheirOwn) {
  const AsmUnit unit = assembled(
      "program a in section kprobe/a (kprobe), 1 instructions\nint a(void):\n0: (95) exit\nint shared(void):\n"
      "1: (95) exit\nprogram b in section kprobe/b (kprobe), 2 instructions\nint b(void):\n0: (95) exit\n"
      "int shared(void):\n1: (95) exit\n");
  ASSERT_EQ(unit.sections.size(), 2U);
  EXPECT_EQ(unit.sections[0].name, "kprobe/a");
  EXPECT_EQ(unit.sections[0].functions.at(1).name, "shared");
  EXPECT_EQ(unit.sections[1].functions.at(1).name, "shared.2");
}

TEST(Listing, CoreRelocationsNameNoSymbol) {
  const AsmUnit unit = assembled(
      "0: b7 01 00 00 08 00 00 00 r1 = 0x8\n\t\t0000000000000000:  CO-RE <byte_off> [4] struct s::a (0:1)\n1: 95 00 00 "
      "00 00 00 00 00 exit\n");
  EXPECT_TRUE(unit.sections.at(0).references.empty());
  EXPECT_EQ(unit.sections[0].code.size(), 2U);
}

/// The text counts, so the listing of a big-endian object assembles for this machine.
TEST(Listing, BigEndianBytes) {
  const auto code = assemble("0: b7 10 00 00 00 00 01 00 r1 = 0x100\n1: 85 01 00 00 ff ff ff ff call -0x1\n");
  ASSERT_TRUE(code.has_value()) << shown(code.error());
  EXPECT_EQ(*code, (std::vector<RawInsn>{{0xb7, 1, 0, 0, 256}, {0x85, 0, 1, 0, -1}}));
}

TEST(Listing, CommentsKeepColumns) {
  bool inside = false;
  EXPECT_EQ(without_comments("a /* b */ c // d", inside), "a         c     ");
  EXPECT_FALSE(inside);
  EXPECT_EQ(without_comments("call x#6 # six", inside), "call x#6      ");
  EXPECT_EQ(without_comments("a /* b", inside), "a     ");
  EXPECT_TRUE(inside);
  EXPECT_EQ(without_comments("; c */ d", inside), "       d");
  EXPECT_FALSE(inside);
  EXPECT_EQ(without_comments("; /* not opened", inside), std::string(15, ' '));
  EXPECT_FALSE(inside);
  EXPECT_EQ(without_comments(R"(.license "a // b")", inside), R"(.license "a // b")");
}

/// What the installed tools print of a program with a loop, a map, a call and atomics, whatever their version.
TEST(Listing, InstalledObjdump) {
  const std::filesystem::path scratch =
      std::filesystem::temp_directory_path() / fmt::format("skep-listing-{}", getpid());
  const auto runs = [](const std::string& command) { return std::system((command + " 2>/dev/null").c_str()) == 0; };
  std::filesystem::create_directories(scratch);
  const std::string base = (scratch / "p").string();
  std::ofstream(base + ".c") << R"(
    struct { int (*type)[1]; unsigned *key; long *value; int (*max_entries)[4]; } counts __attribute__((section(".maps")));
    static void *(*lookup)(void *, const void *) = (void *)1;
    static __attribute__((noinline)) long twice(long x) { long s = 0; for (long i = 0; i < x; i++) s += i ^ x; return s; }
    __attribute__((section("xdp"))) int count(unsigned *ctx) {
      unsigned key = ctx[3] / 3;
      long *value = lookup(&counts, &key);
      if (!value) return 1;
      __sync_fetch_and_add(value, twice(key));
      return *value < 5 ? 2 : (signed char)*value;
    })";
  int compared = 0;
  for (const char* version : {"14", "19"}) {
    const std::string object = base + version + ".o";
    const std::string listing = base + version + ".txt";
    if (!runs(fmt::format("clang-{} -O2 -g -target bpf -mcpu=v3 -c {}.c -o {}", version, base, object))) continue;
    for (const char* flags : {"-d -r", "-S -r"}) {
      if (!runs(fmt::format("llvm-objdump-{} {} {} > {}", version, flags, object, listing))) continue;
      std::stringstream text;
      text << std::ifstream(listing).rdbuf();
      const AsmUnit unit = assembled(text.str());
      EXPECT_EQ(all_bytes(unit), bytes_in(text.str())) << version << flags;
      ++compared;
    }
  }
  std::filesystem::remove_all(scratch);
  if (compared == 0) GTEST_SKIP() << "no clang with a matching llvm-objdump is installed";
}

}  // namespace
}  // namespace skep
