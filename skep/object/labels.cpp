// Assembly without `.type` directives marks nothing as a function. A label differs from a function by how control gets
// there: a function is called, a label is jumped to or run into.
#include "skep/object/labels.hpp"

namespace skep {

namespace {

/// The relative target of a jump, or nothing.
std::optional<std::int32_t> jump_offset(const Instruction& insn) {
  if (const auto* jump = std::get_if<Jump>(&insn)) return jump->offset;
  if (const auto* jump = std::get_if<Goto>(&insn)) return jump->offset;
  if (const auto* jump = std::get_if<MayGoto>(&insn)) return jump->offset;
  return std::nullopt;
}

bool falls_through(const Instruction& insn) {
  return !std::holds_alternative<Exit>(insn) && !std::holds_alternative<Goto>(insn);
}

}  // namespace

std::set<std::uint32_t> labelled_slots(std::span<const RawInsn> code) {
  std::set<std::uint32_t> slots;
  std::uint32_t at = 0;
  while (at < code.size()) {
    const auto decoded = decode(code, Slot{at});
    // What is no instruction ends nothing either.
    const std::uint32_t next = at + (decoded ? decoded->slots : 1);
    if (!decoded || falls_through(decoded->insn)) slots.insert(next);
    if (const auto offset = decoded ? jump_offset(decoded->insn) : std::nullopt) {
      const std::int64_t target = std::int64_t{at} + 1 + *offset;
      if (target >= 0 && target < static_cast<std::int64_t>(code.size()))
        slots.insert(static_cast<std::uint32_t>(target));
    }
    at = next;
  }
  return slots;
}

}  // namespace skep
