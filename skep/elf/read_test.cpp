// Well-formed files read back as written, and each way of lying in the headers is refused with a sentence. Offsets into
// the file are the gABI's.
#include <gtest/gtest.h>

#include "skep/elf/elf.hpp"

namespace skep {
namespace {

constexpr std::uint64_t alloc_exec = 6;

ByteVector small_file() {
  ElfBuilder builder;
  const auto code = builder.add_section("xdp", SectionType::progbits, alloc_exec, ByteVector(16, 0x95));
  const auto bss = builder.add_section(".bss", SectionType::nobits, 3, ByteVector(32, 0));
  builder.add_symbol("", SymbolBinding::local, SymbolType::section, code, 0, 0);
  const auto counter = builder.add_symbol("counter", SymbolBinding::global, SymbolType::object, bss, 8, 4);
  builder.add_symbol("hello", SymbolBinding::global, SymbolType::function, code, 0, 16);
  builder.add_relocation(code, 0, r_bpf_64_64, counter);
  return builder.write();
}

// Positions in small_file(): header fields, and section headers by number.
std::size_t section_table(const ByteVector& file) { return load_unaligned<std::uint64_t>(file.data() + 40); }
std::size_t section_header(const ByteVector& file, std::size_t index) { return section_table(file) + index * 64; }
template <typename T>
ByteVector patched(ByteVector file, std::size_t at, T value) {
  store_unaligned(file.data() + at, value);
  return file;
}

std::string error_of(const ByteVector& file) {
  const auto elf = read_elf(file);
  return elf ? "" : elf.error().what;
}

TEST(ReadElf, ReadsBackWhatTheBuilderWrote) {
  const ByteVector file = small_file();
  const auto elf = read_elf(file);
  ASSERT_TRUE(elf) << elf.error().what;
  EXPECT_EQ(elf->header.machine, 247);
  EXPECT_EQ(elf->header.type, 1);
  EXPECT_EQ(elf->header.order, ByteOrder::little);
  ASSERT_EQ(elf->sections.size(), 6U);
  EXPECT_EQ(elf->sections[1].name, "xdp");
  EXPECT_TRUE(elf->sections[1].executable());
  EXPECT_EQ(elf->sections[1].content.size(), 16U);
  EXPECT_EQ(elf->sections[2].size, 32U);
  EXPECT_TRUE(elf->sections[2].content.empty());
  EXPECT_EQ(elf->find(".relxdp"), &elf->sections[3]);
  EXPECT_EQ(elf->find("tc"), nullptr);
  ASSERT_EQ(elf->symbols.size(), 4U);
  EXPECT_EQ(elf->symbols[2].name, "counter");
  EXPECT_EQ(elf->symbols[2].type, SymbolType::object);
  EXPECT_EQ(elf->symbols[2].value, 8U);
  EXPECT_EQ(elf->symbols[3].binding, SymbolBinding::global);
  ASSERT_EQ(elf->relocations[1].size(), 1U);
  EXPECT_EQ(elf->relocations[1][0].type, r_bpf_64_64);
  EXPECT_EQ(elf->relocations[1][0].symbol, 2U);
  EXPECT_FALSE(elf->relocations[1][0].addend);
}

TEST(ReadElf, EveryTruncationIsAnErrorAndNothingWorse) {
  const ByteVector file = small_file();
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_FALSE(read_elf(ByteView(file).first(length))) << length;
  }
}

TEST(ReadElf, RefusesWhatIsNoElf64) {
  EXPECT_NE(error_of({'#', '!', '/', 'b', 'i', 'n', '/', 's', 'h', '\n', 0, 0, 0, 0, 0, 0}).find("not an ELF file"),
            std::string::npos);
  EXPECT_NE(error_of(patched<std::uint8_t>(small_file(), 4, 1)).find("32-bit"), std::string::npos);
  EXPECT_NE(error_of(patched<std::uint8_t>(small_file(), 5, 3)).find("byte order 3"), std::string::npos);
}

TEST(ReadElf, ReadsBigEndian) {
  // An ELF header alone, big-endian: e_type 1, e_machine 247, no sections.
  ByteVector file(64, 0);
  const std::string_view ident =
      "\x7f"
      "ELF\x02\x02\x01";
  std::copy(ident.begin(), ident.end(), file.begin());
  file[17] = 1;
  file[19] = 247;
  const auto elf = read_elf(file);
  ASSERT_TRUE(elf) << elf.error().what;
  EXPECT_EQ(elf->header.order, ByteOrder::big);
  EXPECT_EQ(elf->header.machine, 247);
  EXPECT_TRUE(elf->sections.empty());
}

TEST(ReadElf, TakesExtendedCountsFromSectionZero) {
  ByteVector file = small_file();
  const std::size_t zero = section_header(file, 0);
  const auto count = load_unaligned<std::uint16_t>(file.data() + 60);
  const auto strings = load_unaligned<std::uint16_t>(file.data() + 62);
  store_unaligned<std::uint16_t>(file.data() + 60, 0);
  store_unaligned<std::uint16_t>(file.data() + 62, 0xffff);
  store_unaligned<std::uint64_t>(file.data() + zero + 32, count);
  store_unaligned<std::uint32_t>(file.data() + zero + 40, strings);
  const auto elf = read_elf(file);
  ASSERT_TRUE(elf) << elf.error().what;
  EXPECT_EQ(elf->header.section_count, count);
  EXPECT_EQ(elf->sections[1].name, "xdp");

  for (const std::uint64_t huge : {std::uint64_t{1} << 32, ~std::uint64_t{0}, std::uint64_t{1} << 58}) {
    EXPECT_NE(error_of(patched(file, zero + 32, huge)).find("beyond the end of the file"), std::string::npos) << huge;
  }
}

// gABI, SHN_XINDEX: the number stands in a table of words beside the symbols.
TEST(ReadElf, TakesExtendedSectionNumbersOfSymbols) {
  ElfBuilder builder;
  const auto code = builder.add_section("xdp", SectionType::progbits, alloc_exec, ByteVector(16, 0x95));
  ByteVector numbers(8, 0);
  numbers[4] = static_cast<std::uint8_t>(code);
  const auto table = builder.add_section(".symtab_shndx", SectionType::symtab_shndx, 0, numbers);
  builder.add_symbol("hello", SymbolBinding::global, SymbolType::function, 0xffff, 0, 16);
  ByteVector file = builder.write();
  EXPECT_NE(error_of(file).find("extended"), std::string::npos) << "the table belongs to no symbols";
  std::uint32_t symbols = 0;
  while (load_unaligned<std::uint32_t>(file.data() + section_header(file, symbols) + 4) != 2) ++symbols;
  store_unaligned(file.data() + section_header(file, table) + 40, symbols);
  const auto elf = read_elf(file);
  ASSERT_TRUE(elf) << elf.error().what;
  EXPECT_EQ(elf->symbols.at(1).section, code);
  const auto content = load_unaligned<std::uint64_t>(file.data() + section_header(file, table) + 24);
  EXPECT_NE(error_of(patched<std::uint32_t>(file, content + 4, 0xfff1)).find("section 65521"), std::string::npos);
}

TEST(ReadElf, RefusesTablesOutsideOfTheFile) {
  const ByteVector file = small_file();
  EXPECT_NE(error_of(patched<std::uint64_t>(file, 40, ~std::uint64_t{0} - 8)).find("section header table"),
            std::string::npos);
  EXPECT_NE(error_of(patched<std::uint16_t>(file, 60, 0xfe00)).find("section header table"), std::string::npos);
  EXPECT_NE(error_of(patched<std::uint16_t>(file, 58, 40)).find("40 bytes"), std::string::npos);
  EXPECT_NE(error_of(patched<std::uint16_t>(file, 62, 1)).find("no string table"), std::string::npos);
  EXPECT_NE(
      error_of(patched<std::uint64_t>(file, section_header(file, 1) + 24, ~std::uint64_t{0})).find("section 1 (xdp)"),
      std::string::npos);
  EXPECT_NE(
      error_of(patched<std::uint64_t>(file, section_header(file, 1) + 32, ~std::uint64_t{0})).find("section 1 (xdp)"),
      std::string::npos);
}

TEST(ReadElf, RefusesSectionsThatOverlap) {
  const ByteVector file = small_file();
  EXPECT_NE(error_of(patched<std::uint64_t>(file, section_header(file, 1) + 24, 0)).find("overlap"), std::string::npos);
  EXPECT_NE(error_of(patched<std::uint64_t>(file, section_header(file, 1) + 24, section_table(file))).find("overlap"),
            std::string::npos);
  EXPECT_NE(error_of(patched<std::uint64_t>(file, section_header(file, 1) + 32, 32)).find("overlap"),
            std::string::npos);
}

TEST(ReadElf, RefusesLinksThatLeadNowhereOrInCircles) {
  const ByteVector file = small_file();
  const std::size_t relocations = section_header(file, 3);
  const std::size_t symbols = section_header(file, 4);
  EXPECT_NE(error_of(patched<std::uint32_t>(file, relocations + 40, 3)).find("symbol table, which is none"),
            std::string::npos);
  EXPECT_NE(error_of(patched<std::uint32_t>(file, relocations + 40, 99)).find("symbol table, which is none"),
            std::string::npos);
  EXPECT_NE(error_of(patched<std::uint32_t>(file, relocations + 44, 99)).find("relocates section 99"),
            std::string::npos);
  EXPECT_NE(error_of(patched<std::uint32_t>(file, symbols + 40, 4)).find("string table, which is none"),
            std::string::npos);
  EXPECT_NE(error_of(patched<std::uint64_t>(file, symbols + 56, 16)).find("16 bytes"), std::string::npos);
  EXPECT_NE(error_of(patched<std::uint64_t>(file, symbols + 32, 95)).find("whole number"), std::string::npos);
}

TEST(ReadElf, RefusesWrongNumbersInTables) {
  const ByteVector file = small_file();
  const auto symbols = load_unaligned<std::uint64_t>(file.data() + section_header(file, 4) + 24);
  const auto relocations = load_unaligned<std::uint64_t>(file.data() + section_header(file, 3) + 24);
  EXPECT_NE(error_of(patched<std::uint32_t>(file, symbols + 24, 0xffff)).find("the name of symbol 1"),
            std::string::npos);
  EXPECT_NE(error_of(patched<std::uint16_t>(file, symbols + 24 + 6, 77)).find("section 77"), std::string::npos);
  EXPECT_NE(error_of(patched<std::uint16_t>(file, symbols + 24 + 6, 0xffff)).find("extended"), std::string::npos);
  const ByteVector absolute = patched<std::uint16_t>(file, symbols + 24 + 6, 0xfff1);
  EXPECT_EQ(error_of(absolute), "");
  EXPECT_EQ(read_elf(absolute)->symbols.at(1).section, absolute_section);
  EXPECT_NE(error_of(patched<std::uint32_t>(file, relocations + 12, 4)).find("names symbol 4"), std::string::npos);
  EXPECT_NE(error_of(patched<std::uint32_t>(file, section_header(file, 2), 0xffff)).find("the name of section 2"),
            std::string::npos);
}

TEST(ReadElf, RefusesAStringTableWithoutAnEnd) {
  ByteVector file = small_file();
  const std::size_t strings = section_header(file, 5);
  const auto offset = load_unaligned<std::uint64_t>(file.data() + strings + 24);
  const auto size = load_unaligned<std::uint64_t>(file.data() + strings + 32);
  file[offset + size - 1] = 'x';
  EXPECT_NE(error_of(file).find("has no end"), std::string::npos);
}

TEST(ReadElf, RefusesNamesWithoutMeasure) {
  ElfBuilder builder;
  builder.add_section(std::string(5000, 'a'), SectionType::progbits, 0, {});
  EXPECT_NE(error_of(builder.write()).find("longer than 4096"), std::string::npos);
}

}  // namespace
}  // namespace skep
