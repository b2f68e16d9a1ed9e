// The bit fields of the opcode byte (RFC 9669 sections 3.1, 4 and 5), for the few files that must name them: decode and
// encode here, the opcode's spelling in asm. Everyone else works with Instruction.
#pragma once

#include <cstdint>

#include "skep/isa/instruction.hpp"

namespace skep::opcode {

// Instruction classes, bits 0–2.
inline constexpr std::uint8_t class_mask = 0x07;
inline constexpr std::uint8_t ld = 0x00;
inline constexpr std::uint8_t ldx = 0x01;
inline constexpr std::uint8_t st = 0x02;
inline constexpr std::uint8_t stx = 0x03;
inline constexpr std::uint8_t alu = 0x04;
inline constexpr std::uint8_t jmp = 0x05;
inline constexpr std::uint8_t jmp32 = 0x06;
inline constexpr std::uint8_t alu64 = 0x07;

// Arithmetic and jumps: source, bit 3; operation, bits 4–7. Those of jumps that are no comparison.
inline constexpr std::uint8_t source_reg = 0x08;
inline constexpr std::uint8_t operation_mask = 0xf0;
inline constexpr std::uint8_t byte_swap = 0xd0;
inline constexpr std::uint8_t ja = 0x00;
inline constexpr std::uint8_t call = 0x80;
inline constexpr std::uint8_t exit = 0x90;
inline constexpr std::uint8_t jcond = 0xe0;  ///< may_goto (Linux 6.8).

// Loads and stores: size, bits 3–4; mode, bits 5–7.
inline constexpr std::uint8_t size_mask = 0x18;
inline constexpr std::uint8_t mode_mask = 0xe0;
inline constexpr std::uint8_t imm = 0x00;
inline constexpr std::uint8_t abs = 0x20;
inline constexpr std::uint8_t ind = 0x40;
inline constexpr std::uint8_t mem = 0x60;
inline constexpr std::uint8_t memsx = 0x80;
inline constexpr std::uint8_t atomic = 0xc0;

/// The off field of a register move that makes it an addr_space_cast (Linux 6.9).
inline constexpr std::int16_t address_space_cast_off = 1;

[[nodiscard]] constexpr std::uint8_t class_of(std::uint8_t code) { return code & class_mask; }
[[nodiscard]] constexpr std::uint8_t operation_of(std::uint8_t code) { return code & operation_mask; }
[[nodiscard]] constexpr std::uint8_t mode_of(std::uint8_t code) { return code & mode_mask; }
[[nodiscard]] constexpr bool has_source_reg(std::uint8_t code) { return (code & source_reg) != 0; }

[[nodiscard]] constexpr Size size_of(std::uint8_t code) {
  constexpr Size sizes[] = {Size::w, Size::h, Size::b, Size::dw};
  return sizes[(code & size_mask) >> 3];
}
[[nodiscard]] constexpr std::uint8_t size_bits(Size size) {
  switch (size) {
    case Size::w: return 0x00;
    case Size::h: return 0x08;
    case Size::b: return 0x10;
    case Size::dw: return 0x18;
  }
  return 0;
}

}  // namespace skep::opcode
