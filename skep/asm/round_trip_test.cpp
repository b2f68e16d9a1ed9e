// What disassemble() prints, assemble() reads back to the same bytes: every shape of instruction with operands from the
// edges and at random, in every dialect and mode, and slots that are no instruction.
#include <gtest/gtest.h>

#include <unordered_map>

#include "skep/asm/assemble.hpp"
#include "skep/asm/disassemble.hpp"
#include "skep/asm/encoding_samples.hpp"

namespace skep {
namespace {

using test::Slots;

struct Mode {
  const char* name;
  DisassembleOptions options;
};

std::vector<Mode> modes() {
  std::vector<Mode> all;
  const auto add = [&all](const char* name, Dialect dialect, auto&& change) {
    DisassembleOptions options;
    options.dialect = dialect;
    change(options);
    all.push_back({name, options});
  };
  const auto nothing = [](DisassembleOptions&) {};
  add("kernel", Dialect::kernel, nothing);
  add("kernel without prefix", Dialect::kernel, [](DisassembleOptions& options) { options.opcode_prefix = false; });
  add("kernel without helper names", Dialect::kernel,
      [](DisassembleOptions& options) { options.helper_names = false; });
  add("llvm, decimal", Dialect::llvm, nothing);
  add("llvm, hexadecimal", Dialect::llvm, [](DisassembleOptions& options) { options.hex = true; });
  add("gnu", Dialect::gnu, nothing);
  return all;
}

std::vector<RawInsn> program(int of_each_shape, std::uint32_t seed) {
  test::Samples random(seed);
  const std::vector<Slots> shapes = test::shapes();
  std::vector<RawInsn> code;
  for (int i = 0; i < of_each_shape; ++i)
    for (const Slots& shape : shapes) {
      const Slots slots = random.fill(shape);
      code.insert(code.end(), slots.begin(), slots.begin() + (slots[0].code == 0x18 ? 2 : 1));
    }
  return code;
}

std::string text_of(const std::vector<RawInsn>& code, const DisassembleOptions& options) {
  std::string text;
  for (const DisassembledLine& line : disassemble(code, options)) text += line.text + "\n";
  return text;
}

std::string first_diagnostics(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (std::size_t i = 0; i < diagnostics.size() && i < 5; ++i) text += render(diagnostics[i], false);
  return text;
}

/// Assembles all of `text`; where that fails or differs says at which line.
void expect_round_trip(const std::vector<RawInsn>& code, const Mode& mode) {
  const auto assembled = assemble(text_of(code, mode.options));
  ASSERT_TRUE(assembled.has_value()) << mode.name << "\n" << first_diagnostics(assembled.error());
  if (*assembled == code) return;
  for (const DisassembledLine& line : disassemble(code, mode.options)) {
    const std::vector<RawInsn> expected(code.begin() + line.slot.value, code.begin() + line.slot.value + line.slots);
    const auto alone = assemble(line.text);
    ASSERT_TRUE(alone.has_value()) << mode.name << ": " << line.text;
    ASSERT_EQ(*alone, expected) << mode.name << ": " << line.text;
  }
  FAIL() << mode.name << ": the lines assemble alone, but not together";
}

TEST(RoundTrip, EveryInstructionInEveryDialect) {
  std::size_t instructions = 0;
  for (std::uint32_t seed = 0; seed < 6; ++seed) {
    const std::vector<RawInsn> code = program(20, seed);
    instructions += code.size();
    for (const Mode& mode : modes()) ASSERT_NO_FATAL_FAILURE(expect_round_trip(code, mode));
  }
  EXPECT_GT(instructions, 200'000U);
}

TEST(RoundTrip, SlotsThatAreNoInstruction) {
  std::mt19937_64 random(1);
  std::vector<RawInsn> code;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t bytes = random();
    const RawInsn raw = slots_from_bytes(bytes_of(bytes)).value()[0];
    if (!decode(std::array{raw, RawInsn{}}, Slot{0})) code.push_back(raw);
  }
  for (const Mode& mode : modes()) ASSERT_NO_FATAL_FAILURE(expect_round_trip(code, mode));
}

TEST(RoundTrip, TwoInstructionsNeverPrintAlike) {
  const std::vector<RawInsn> code = program(60, 4711);
  for (const Mode& mode : modes()) {
    std::unordered_map<std::string, std::vector<RawInsn>> seen;
    for (const DisassembledLine& line : disassemble(code, mode.options)) {
      const std::vector<RawInsn> slots(code.begin() + line.slot.value, code.begin() + line.slot.value + line.slots);
      const auto [at, is_new] = seen.emplace(line.text, slots);
      ASSERT_TRUE(is_new || at->second == slots) << mode.name << ": " << line.text;
    }
  }
}

}  // namespace
}  // namespace skep
