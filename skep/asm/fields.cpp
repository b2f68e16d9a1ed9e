// The opcode byte in the names of include/uapi/linux/bpf.h, also for opcodes that are not assigned: bits always have a
// name, in the kernel's headers or as a number.
#include "skep/asm/fields.hpp"

#include <array>

#include "skep/base/base.hpp"

namespace skep {
namespace {

using Names16 = std::array<std::string_view, 16>;

constexpr std::array<std::string_view, 8> class_names = {"BPF_LD",  "BPF_LDX", "BPF_ST",    "BPF_STX",
                                                         "BPF_ALU", "BPF_JMP", "BPF_JMP32", "BPF_ALU64"};
constexpr std::array<std::string_view, 4> size_names = {"BPF_W", "BPF_H", "BPF_B", "BPF_DW"};
constexpr std::array<std::string_view, 8> mode_names = {"BPF_IMM",   "BPF_ABS", "BPF_IND",    "BPF_MEM",
                                                        "BPF_MEMSX", "0xa0",    "BPF_ATOMIC", "0xe0"};
constexpr Names16 alu_names = {"BPF_ADD", "BPF_SUB", "BPF_MUL", "BPF_DIV", "BPF_OR",   "BPF_AND", "BPF_LSH", "BPF_RSH",
                               "BPF_NEG", "BPF_MOD", "BPF_XOR", "BPF_MOV", "BPF_ARSH", "BPF_END", "0xe0",    "0xf0"};
constexpr Names16 jump_names = {"BPF_JA",   "BPF_JEQ",  "BPF_JGT",   "BPF_JGE",  "BPF_JSET", "BPF_JNE",
                                "BPF_JSGT", "BPF_JSGE", "BPF_CALL",  "BPF_EXIT", "BPF_JLT",  "BPF_JLE",
                                "BPF_JSLT", "BPF_JSLE", "BPF_JCOND", "0xf0"};

enum class Family : std::uint8_t { memory, alu, byte_swap, jump };

Family family_of(std::uint8_t code) {
  const std::uint8_t insn_class = code & 0x07;
  if (insn_class < 4) return Family::memory;
  if (insn_class == 5 || insn_class == 6) return Family::jump;
  return (code & 0xf0) == 0xd0 ? Family::byte_swap : Family::alu;
}

bool source_bit(std::uint8_t code) { return (code & 0x08) != 0; }

std::string source_text(std::uint8_t code) {
  if (family_of(code) == Family::memory) return "";
  // In a byte swap of class ALU the source bit says to which order.
  if (family_of(code) == Family::byte_swap && (code & 0x07) == 4) return source_bit(code) ? "BPF_TO_BE" : "BPF_TO_LE";
  return source_bit(code) ? "BPF_X" : "BPF_K";
}

}  // namespace

OpcodeParts opcode_parts(std::uint8_t code) {
  OpcodeParts parts{std::string(class_names[code & 0x07]), "", source_text(code)};
  switch (family_of(code)) {
    case Family::memory:
      parts.operation = fmt::format("{}|{}", size_names[code >> 3 & 3], mode_names[code >> 5]);
      break;
    case Family::alu:
    case Family::byte_swap: parts.operation = alu_names[code >> 4]; break;
    case Family::jump: parts.operation = jump_names[code >> 4]; break;
  }
  return parts;
}

std::string opcode_text(std::uint8_t code) {
  const OpcodeParts parts = opcode_parts(code);
  if (family_of(code) == Family::memory) return fmt::format("{}|{}", parts.insn_class, parts.operation);
  return fmt::format("{}|{}|{}", parts.insn_class, source_bit(code) ? "BPF_X" : "BPF_K", parts.operation);
}

}  // namespace skep
