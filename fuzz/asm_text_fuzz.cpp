// Assembly text from anywhere: a unit or diagnostics that say something. What was assembled has a line for every slot
// and references inside the code; printed again it assembles the same.
#include <cstdlib>

#include "skep/asm/asm.hpp"

static void require(bool holds) {
  if (!holds) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = skep::as_text(skep::ByteView(data, size));
  const auto unit = skep::assemble_unit(text, "text.s");
  if (!unit) {
    return require(!unit.error().empty() && !unit.error().front().what.empty()), 0;
  }
  for (const skep::AsmSection& section : unit->sections) {
    require(section.lines.size() == section.code.size() && !section.functions.empty());
    for (const auto& reference : section.references) require(reference.slot.value < section.code.size());
    std::string printed;
    for (const skep::DisassembledLine& line : skep::disassemble(section.code, {})) printed += line.text + "\n";
    require(skep::assemble(printed).value() == section.code);
  }
  return 0;
}
