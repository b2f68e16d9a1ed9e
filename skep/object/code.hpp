// The code sections of an object, taken apart into functions: what is an entry of its own, what is a subprogram.
// Private to the module.
#pragma once

#include <span>

#include "skep/object/input.hpp"

namespace skep {

struct CodeFunction {
  std::string name;
  std::uint32_t section;
  Slot start;
  std::uint32_t slots = 0;
  bool global = false;
  bool hidden = false;     ///< global for the linker only: libbpf has the kernel verify it as static
  bool entry = false;      ///< a program, not a subprogram
  bool anonymous = false;  ///< no symbol: something calls it
};

struct SlotRelocation {
  Slot slot;
  const ElfRelocation* relocation;
};

struct CodeSection {
  std::uint32_t section;
  std::vector<RawInsn> code;
  std::vector<SlotRelocation> relocations;  ///< by slot
  // The section's part of .BTF.ext, by offset.
  std::vector<FunctionRecord> function_records;
  std::vector<LineRecord> lines;
  std::vector<CoreRecord> core;

  [[nodiscard]] const ElfRelocation* relocation_at(Slot slot) const;
};

struct ObjectCode {
  std::vector<CodeSection> sections;
  std::vector<CodeFunction> functions;  ///< by section and start
  std::map<Place, std::uint32_t> function_index;

  [[nodiscard]] const CodeSection* find(std::uint32_t section) const;
  /// The function that starts at a place.
  [[nodiscard]] std::optional<std::uint32_t> function_at(Place place) const;

  std::vector<std::optional<std::uint32_t>> section_index;  ///< by section number
};

/// Calls visit(slot, insn) for every instruction, stepping over the second half of 64-bit loads.
template <typename Visit>
void for_each_insn(std::span<const RawInsn> code, Visit visit) {
  for (std::uint32_t at = 0; at < code.size(); ++at) {
    visit(Slot{at}, code[at]);
    if (code[at].code == 0x18) ++at;
  }
}

/// How an instruction of the file refers to code or data; the rest of the linker asks this, not opcode bytes.
[[nodiscard]] bool is_load_imm64(const RawInsn& insn);
[[nodiscard]] bool is_call(const RawInsn& insn);
[[nodiscard]] bool is_function_call(const RawInsn& insn);     ///< call with a relative target
[[nodiscard]] bool is_function_address(const RawInsn& insn);  ///< 64-bit load of a function's relative slot
/// A call to itself, which is what compilers write where a relocation is to say whom, in a file without symbols: it was
/// stripped.
[[nodiscard]] bool lost_its_relocation(const ObjectInput& input, const RawInsn& insn);

/// Where an instruction in `section` at `slot` points if that is code: through its relocation, or relative.
[[nodiscard]] std::optional<Place> code_reference(const ObjectInput& input, const CodeSection& section, Slot slot);

/// Decodes all code sections and finds their functions. Oddities go into the object's notes.
[[nodiscard]] ObjectCode read_code(const ObjectInput& input);

}  // namespace skep
