// An instruction as a value. RawInsn is one 8-byte slot as RFC 9669 section 3 lays it out; Instruction is what it
// means: a variant of small structs, one a kind, so that nobody downstream takes an opcode byte apart. decode() and
// encode() (decode.hpp) convert; they are exact inverses on every assigned encoding. Operations are rows (alu_ops.def,
// jump_ops.def, atomic_ops.def, byte_swap_ops.def).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <variant>

namespace skep {

/// r0 result, r1–r5 arguments, r6–r9 callee-saved, r10 read-only frame pointer.
enum class Reg : std::uint8_t { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 };
inline constexpr std::uint8_t register_count = 11;

/// Which half of the registers an ALU or jump operation uses.
enum class Width : std::uint8_t { w32 = 32, w64 = 64 };

/// Bytes of a memory access.
enum class Size : std::uint8_t { b = 1, h = 2, w = 4, dw = 8 };
[[nodiscard]] constexpr std::uint32_t bytes_of_size(Size size) { return static_cast<std::uint32_t>(size); }

/// The instruction-set level that brought an operation, as clang's -mcpu counts them; `legacy` are the packet loads,
/// `later` what came after RFC 9669.
enum class IsaLevel : std::uint8_t { v1 = 1, v2 = 2, v3 = 3, v4 = 4, later = 5 };

/// A position in a program, counted in 8-byte slots (a 64-bit immediate load takes two). Jumps and calls count in slots
/// too.
struct Slot {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(Slot, Slot) = default;
};
[[nodiscard]] constexpr Slot operator+(Slot slot, std::uint32_t count) { return Slot{slot.value + count}; }
[[nodiscard]] constexpr Slot next(Slot slot) { return slot + 1; }

/// One slot, unpacked from its little-endian wire form.
struct RawInsn {
  std::uint8_t code = 0;
  std::uint8_t dst = 0;  ///< low nibble of byte 1
  std::uint8_t src = 0;  ///< high nibble of byte 1
  std::int16_t off = 0;
  std::int32_t imm = 0;
  friend constexpr bool operator==(const RawInsn&, const RawInsn&) = default;
};
inline constexpr std::uint32_t slot_bytes = 8;

enum class AluOp : std::uint8_t {
#define ALU_OP(name, ...) name,
#include "skep/isa/alu_ops.def"
#undef ALU_OP
};

enum class ByteSwapOp : std::uint8_t {
#define BYTE_SWAP_OP(name, ...) name,
#include "skep/isa/byte_swap_ops.def"
#undef BYTE_SWAP_OP
};

enum class JumpOp : std::uint8_t {
#define JUMP_OP(name, ...) name,
#include "skep/isa/jump_ops.def"
#undef JUMP_OP
};

enum class AtomicOp : std::uint8_t {
#define ATOMIC_OP(name, ...) name,
#include "skep/isa/atomic_ops.def"
#undef ATOMIC_OP
};

/// The second operand: a register or a 32-bit immediate (sign-extended to the operation's width).
struct Source {
  bool is_reg = false;
  Reg reg = Reg::r0;
  std::int32_t imm = 0;
  friend constexpr bool operator==(const Source&, const Source&) = default;
};
[[nodiscard]] constexpr Source from_reg(Reg reg) { return Source{true, reg, 0}; }
[[nodiscard]] constexpr Source from_imm(std::int32_t imm) { return Source{false, Reg::r0, imm}; }

/// dst = dst op source, or dst = source (mov, movsx); neg ignores its source.
struct Alu {
  AluOp op;
  Width width;
  Reg dst;
  Source source;
  friend constexpr bool operator==(const Alu&, const Alu&) = default;
};

/// dst = its low `bits` (16, 32, 64) bits, converted or reversed; the rest zero.
struct ByteSwap {
  ByteSwapOp op;
  std::uint8_t bits;
  Reg dst;
  friend constexpr bool operator==(const ByteSwap&, const ByteSwap&) = default;
};

/// dst = src between address spaces of an arena (Linux 6.9; not in RFC 9669).
struct AddressSpaceCast {
  Reg dst;
  Reg src;
  std::uint16_t to;
  std::uint16_t from;
  friend constexpr bool operator==(const AddressSpaceCast&, const AddressSpaceCast&) = default;
};

/// What the two immediates of a 64-bit immediate load mean (RFC 9669 section 5.4); the number is the src field.
enum class ImmKind : std::uint8_t {
  value = 0,
  map_fd = 1,
  map_value = 2,
  variable = 3,
  function = 4,
  map_index = 5,
  map_index_value = 6
};

/// Two slots. `low` is the first imm (value: low half; map_fd: the fd; function: relative slot offset), `high` the
/// second.
struct LoadImm64 {
  Reg dst;
  ImmKind kind;
  std::int32_t low;
  std::int32_t high;
  [[nodiscard]] constexpr std::uint64_t value() const {
    return static_cast<std::uint32_t>(low) | static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32;
  }
  friend constexpr bool operator==(const LoadImm64&, const LoadImm64&) = default;
};

/// dst = *(size*)(base + offset), zero- or sign-extended.
struct Load {
  Size size;
  bool sign_extend;
  Reg dst;
  Reg base;
  std::int16_t offset;
  friend constexpr bool operator==(const Load&, const Load&) = default;
};

/// *(size*)(base + offset) = source.
struct Store {
  Size size;
  Reg base;
  std::int16_t offset;
  Source source;
  friend constexpr bool operator==(const Store&, const Store&) = default;
};

/// An atomic operation on *(size*)(base + offset) with `value`: the operand, and the result too where the row fetches.
/// load_acquire reads into `value`, store_release writes it. cmpxchg compares with r0 and leaves the old value there.
struct Atomic {
  AtomicOp op;
  Size size;
  Reg base;
  std::int16_t offset;
  Reg value;
  friend constexpr bool operator==(const Atomic&, const Atomic&) = default;
};

/// Legacy: r0 = big-endian field of the packet at `offset` (+ index, if indirect); past the end the program ends with
/// 0. r6 is the context.
struct PacketLoad {
  Size size;
  bool indirect;
  Reg index;
  std::int32_t offset;
  friend constexpr bool operator==(const PacketLoad&, const PacketLoad&) = default;
};

/// if dst op source, continue `offset` slots after the next one.
struct Jump {
  JumpOp op;
  Width width;
  Reg dst;
  Source source;
  std::int16_t offset;
  friend constexpr bool operator==(const Jump&, const Jump&) = default;
};

/// `goto` (16-bit offset) or, wide, `gotol` (32-bit offset).
struct Goto {
  bool wide;
  std::int32_t offset;
  friend constexpr bool operator==(const Goto&, const Goto&) = default;
};

/// Goes to the target once the kernel has had enough of the loop, else falls through (Linux 6.8; not in RFC 9669).
struct MayGoto {
  std::int16_t offset;
  friend constexpr bool operator==(const MayGoto&, const MayGoto&) = default;
};

/// The number is the src field: a helper by number, a function of this program (relative slots), a kernel function by
/// BTF id.
enum class CallKind : std::uint8_t { helper = 0, function = 1, kfunc = 2 };

struct Call {
  CallKind kind;
  std::int32_t target;
  std::int16_t offset;  ///< kfunc: which BTF (0: vmlinux); else 0.
  friend constexpr bool operator==(const Call&, const Call&) = default;
};

struct Exit {
  friend constexpr bool operator==(const Exit&, const Exit&) = default;
};

using Instruction = std::variant<Alu, ByteSwap, AddressSpaceCast, LoadImm64, Load, Store, Atomic, PacketLoad, Jump,
                                 Goto, MayGoto, Call, Exit>;

/// Slots the instruction takes: 2 for LoadImm64, else 1.
[[nodiscard]] constexpr std::uint32_t slots_of(const Instruction& insn) {
  return std::holds_alternative<LoadImm64>(insn) ? 2 : 1;
}

/// `std::visit` with a lambda a kind: `visit_insn(insn, [](const Alu& a) {…}, [](const auto&) {…})`.
template <typename... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overload(Fs...) -> Overload<Fs...>;

}  // namespace skep
