// For tests: instructions of every shape. A shape is an opcode with the field values that select a variant (offset of
// sdiv, immediate of an atomic operation, src of a 64-bit immediate); its free fields get values from the edges and
// from the generator.
#pragma once

#include <random>
#include <vector>

#include "skep/isa/isa.hpp"

namespace skep::test {

using Slots = std::array<RawInsn, 2>;

[[nodiscard]] inline bool decodes(const Slots& slots) { return decode(slots, Slot{0}).has_value(); }
[[nodiscard]] inline Instruction decoded(const Slots& slots) { return decode(slots, Slot{0}).value().insn; }

/// One encoding of each variant there is, with every free field 0 (or the first value that decodes).
[[nodiscard]] inline std::vector<Slots> shapes() {
  std::vector<Slots> found;
  const auto add = [&found](const RawInsn& raw) {
    const Slots slots = {raw, RawInsn{}};
    if (decodes(slots)) found.push_back(slots);
  };
  for (int number = 0; number < 256; ++number) {
    const auto code = static_cast<std::uint8_t>(number);
    for (const std::uint8_t src : std::array<std::uint8_t, 7>{0, 1, 2, 3, 4, 5, 6}) add({code, 0, src, 0, 0});
    for (const std::int16_t off : std::array<std::int16_t, 4>{1, 8, 16, 32}) add({code, 0, 0, off, 0});
    for (const std::int32_t imm : {1, 16, 32, 64, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1, 0x100, 0x110})
      add({code, 0, 0, 0, imm});
    for (const std::int32_t imm : {1, 0x10000}) add({code, 0, 0, 1, imm});
  }
  return found;
}

class Samples {
 public:
  explicit Samples(std::uint32_t seed) : random_(seed) {}

  /// The shape with its free fields filled in; a field whose new value would be no instruction keeps the shape's.
  Slots fill(Slots slots) {
    try_field(slots, [this](Slots& s) { s[0].dst = reg(); });
    try_field(slots, [this](Slots& s) { s[0].src = reg(); });
    try_field(slots, [this](Slots& s) { s[0].off = static_cast<std::int16_t>(number()); });
    try_field(slots, [this](Slots& s) { s[0].imm = number(); });
    if (slots[0].code == 0x18) try_field(slots, [this](Slots& s) { s[1].imm = number(); });
    return slots;
  }

 private:
  std::uint8_t reg() { return static_cast<std::uint8_t>(random_() % register_count); }

  std::int32_t number() {
    static constexpr std::array<std::int32_t, 16> edges = {
        0, 1, -1, 2, 9, 10, 15, 16, 0x7fff, -8, 0x8000, 0x10000, INT32_MAX, INT32_MIN, -0x8000, 255};
    const auto choice = static_cast<std::uint32_t>(random_());
    return choice % 2 == 0 ? edges[choice / 2 % edges.size()] : static_cast<std::int32_t>(random_());
  }

  template <typename Change>
  static void try_field(Slots& slots, const Change& change) {
    Slots changed = slots;
    change(changed);
    if (decodes(changed)) slots = changed;
  }

  std::mt19937 random_;
};

}  // namespace skep::test
