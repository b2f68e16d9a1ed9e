// Slots → Instruction. A whitelist: an encoding that no rule below names is refused with the first reason found — first
// the opcode, then the registers, then fields that must be zero (RFC 9669 section 3: "unused fields SHALL be cleared to
// zero"). Beyond the RFC it knows what Linux runs: legacy packet loads, load_acquire, store_release, may_goto,
// addr_space_cast, kfunc calls with a BTF offset.
#include "skep/isa/decode.hpp"

#include <array>

#include "skep/isa/opcode.hpp"
#include "skep/isa/operations.hpp"

namespace skep {
namespace {

using Outcome = tl::expected<Instruction, std::string>;

template <typename... Args>
tl::unexpected<std::string> refuse(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<std::string>(fmt::format(format, std::forward<Args>(args)...));
}

/// Sets of an instruction's fields.
enum FieldSet : std::uint8_t { none = 0, dst = 1, src = 2, off = 4, imm = 8 };
constexpr FieldSet operator|(FieldSet a, FieldSet b) {
  return static_cast<FieldSet>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

struct FieldValue {
  FieldSet field;
  std::int64_t value;
  std::string_view name;
};
std::array<FieldValue, 4> field_values(const RawInsn& raw) {
  return {FieldValue{dst, raw.dst, "destination register"}, FieldValue{src, raw.src, "source register"},
          FieldValue{off, raw.off, "offset"}, FieldValue{imm, raw.imm, "immediate"}};
}

/// How an instruction uses the fields: those that name a register must be r0–r10, those it does not use must be 0.
struct Fields {
  FieldSet registers;
  FieldSet unused;
};

tl::expected<void, std::string> check(const RawInsn& raw, std::string_view what, const Fields& fields) {
  for (const auto& [field, value, name] : field_values(raw)) {
    if ((fields.registers & field) != 0 && value >= register_count)
      return refuse("there is no register r{}: the {} of {} must be r0 to r10", value, name, what);
  }
  for (const auto& [field, value, name] : field_values(raw)) {
    if ((fields.unused & field) != 0 && value != 0)
      return refuse("the {} field must be 0 for {}, not {}", name, what, value);
  }
  return {};
}

#define CHECK_FIELDS(...) \
  if (auto checked = check(raw, __VA_ARGS__); !checked) return tl::unexpected<std::string>(std::move(checked).error())

constexpr Reg reg(std::uint8_t number) { return static_cast<Reg>(number); }

tl::unexpected<std::string> unassigned(const RawInsn& raw) {
  constexpr std::uint8_t call_through_register = opcode::jmp | opcode::call | opcode::source_reg;
  constexpr std::uint8_t goto_through_register = opcode::jmp | opcode::ja | opcode::source_reg;
  if (raw.code == call_through_register)
    return refuse("opcode 0x{:02x} is not assigned: there are no calls through a register", raw.code);
  if (raw.code == goto_through_register)
    return refuse("opcode 0x{:02x} is not assigned: there are no jumps through a register", raw.code);
  return refuse("opcode 0x{:02x} is not assigned", raw.code);
}

Source source_of(const RawInsn& raw) {
  return opcode::has_source_reg(raw.code) ? from_reg(reg(raw.src)) : from_imm(raw.imm);
}

Fields operand_fields(const RawInsn& raw) {
  if (opcode::has_source_reg(raw.code)) return {dst | src, imm};
  return {dst, src};
}

Outcome decode_byte_swap(const RawInsn& raw) {
  const std::uint8_t source_bit = raw.code & opcode::source_reg;
  for (const ByteSwapOpInfo& row : byte_swap_ops()) {
    if (row.insn_class != opcode::class_of(raw.code) || row.source_bit != source_bit) continue;
    CHECK_FIELDS("a byte swap", {dst, src | off});
    if (raw.imm != 16 && raw.imm != 32 && raw.imm != 64)
      return refuse("the immediate of a byte swap must be 16, 32 or 64 (bits), not {}", raw.imm);
    return ByteSwap{row.op, static_cast<std::uint8_t>(raw.imm), reg(raw.dst)};
  }
  return unassigned(raw);
}

Outcome decode_address_space_cast(const RawInsn& raw) {
  CHECK_FIELDS("addr_space_cast", {dst | src, none});
  // Linux knows one arena space, number 1: "addr_space_cast insn can only convert between address space 1 and 0".
  if (raw.imm != 1 && raw.imm != 1 << 16)
    return refuse("the immediate of addr_space_cast must be 0x1 (to 0 from 1) or 0x10000 (to 1 from 0), not {:#x}",
                  static_cast<std::uint32_t>(raw.imm));
  const auto spaces = static_cast<std::uint32_t>(raw.imm);
  return AddressSpaceCast{reg(raw.dst), reg(raw.src), static_cast<std::uint16_t>(spaces >> 16),
                          static_cast<std::uint16_t>(spaces)};
}

bool is_sign_extending_move(AluOp op) { return op == AluOp::movsx8 || op == AluOp::movsx16 || op == AluOp::movsx32; }

Outcome decode_alu(const RawInsn& raw) {
  const std::uint8_t operation = opcode::operation_of(raw.code);
  if (operation == opcode::byte_swap) return decode_byte_swap(raw);

  const Width width = opcode::class_of(raw.code) == opcode::alu64 ? Width::w64 : Width::w32;
  const bool has_reg = opcode::has_source_reg(raw.code);
  const AluOpInfo* opcode_row = nullptr;
  for (const AluOpInfo& row : alu_ops()) {
    if (row.code != operation) continue;
    opcode_row = &row;
    if (row.off != raw.off) continue;
    if (row.op == AluOp::neg) {
      if (has_reg) return unassigned(raw);
      CHECK_FIELDS("neg", {dst, src | imm});
      return Alu{row.op, width, reg(raw.dst), from_imm(0)};
    }
    if (is_sign_extending_move(row.op) && !has_reg)
      return refuse("the offset field must be 0 for mov of an immediate, not {}: only a register is sign-extended",
                    raw.off);
    if (row.op == AluOp::movsx32 && width == Width::w32)
      return refuse("a 32-bit mov sign-extends from 8 or 16 bits (the offset field), not {}", raw.off);
    CHECK_FIELDS(row.name, operand_fields(raw));
    return Alu{row.op, width, reg(raw.dst), source_of(raw)};
  }
  if (opcode_row == nullptr || (opcode_row->op == AluOp::neg && has_reg)) return unassigned(raw);
  const bool is_move = operation == info(AluOp::mov).code;
  if (is_move && width == Width::w64 && has_reg && raw.off == opcode::address_space_cast_off)
    return decode_address_space_cast(raw);
  if (is_move && has_reg)
    return refuse("the offset field of mov must be 0, 8, 16{}, not {}", width == Width::w64 ? " or 32" : "", raw.off);
  if (operation == info(AluOp::div).code || operation == info(AluOp::mod).code)
    return refuse("the offset field of div and mod must be 0 (unsigned) or 1 (signed), not {}", raw.off);
  return refuse("the offset field must be 0 for {}, not {}", is_move ? "mov of an immediate" : opcode_row->mnemonic,
                raw.off);
}

Outcome decode_call(const RawInsn& raw) {
  if (raw.src > static_cast<std::uint8_t>(CallKind::kfunc))
    return refuse("the source register field of a call must be 0 (helper), 1 (function) or 2 (kernel function), not {}",
                  raw.src);
  const auto kind = static_cast<CallKind>(raw.src);
  if (kind == CallKind::kfunc) {
    CHECK_FIELDS("a call of a kernel function", {none, dst});
  } else {
    CHECK_FIELDS("call", {none, dst | off});
  }
  return Call{kind, raw.imm, raw.off};
}

Outcome decode_jump(const RawInsn& raw) {
  const bool wide_class = opcode::class_of(raw.code) == opcode::jmp;
  const std::uint8_t operation = opcode::operation_of(raw.code);
  for (const JumpOpInfo& row : jump_ops()) {
    if (row.code != operation) continue;
    CHECK_FIELDS(row.mnemonic, operand_fields(raw));
    return Jump{row.op, wide_class ? Width::w64 : Width::w32, reg(raw.dst), source_of(raw), raw.off};
  }
  switch (raw.code) {
    case opcode::jmp | opcode::ja: CHECK_FIELDS("goto", {none, dst | src | imm}); return Goto{false, raw.off};
    case opcode::jmp32 | opcode::ja: CHECK_FIELDS("gotol", {none, dst | src | off}); return Goto{true, raw.imm};
    case opcode::jmp | opcode::jcond: CHECK_FIELDS("may_goto", {none, dst | src | imm}); return MayGoto{raw.off};
    case opcode::jmp | opcode::call: return decode_call(raw);
    case opcode::jmp | opcode::exit: CHECK_FIELDS("exit", {none, dst | src | off | imm}); return Exit{};
    default: return unassigned(raw);
  }
}

Outcome decode_load_imm64(const RawInsn& first, const RawInsn* second) {
  const RawInsn& raw = first;
  if (raw.src > static_cast<std::uint8_t>(ImmKind::map_index_value))
    return refuse("the source register field of a 64-bit immediate load must be 0 to 6 (what it loads), not {}",
                  raw.src);
  CHECK_FIELDS("a 64-bit immediate load", {dst, off});
  if (second == nullptr) return refuse("a 64-bit immediate load takes two slots, and the program ends after the first");
  if (second->code != 0 || second->dst != 0 || second->src != 0 || second->off != 0)
    return refuse(
        "the second slot of a 64-bit immediate load must have opcode, registers and offset 0, not opcode 0x{:02x}, "
        "dst {}, src {}, off {}",
        second->code, second->dst, second->src, second->off);
  const auto kind = static_cast<ImmKind>(raw.src);
  // The other kinds use it: a value's high half, an offset into a map's value, the BTF object of a variable; in a
  // program read back from Linux a function's entry has its subprogram number there.
  if ((kind == ImmKind::map_fd || kind == ImmKind::map_index) && second->imm != 0)
    return refuse("the immediate field of the second slot must be 0 for a map, not {}", second->imm);
  return LoadImm64{reg(raw.dst), kind, raw.imm, second->imm};
}

Outcome decode_load(const RawInsn& raw) {
  const Size size = opcode::size_of(raw.code);
  const std::uint8_t mode = opcode::mode_of(raw.code);
  if (opcode::class_of(raw.code) == opcode::ldx) {
    const bool sign_extend = mode == opcode::memsx;
    if (mode != opcode::mem && !sign_extend) return unassigned(raw);
    if (sign_extend && size == Size::dw) return unassigned(raw);
    CHECK_FIELDS("a load", {dst | src, imm});
    return Load{size, sign_extend, reg(raw.dst), reg(raw.src), raw.off};
  }
  if (size == Size::dw) return unassigned(raw);
  if (mode == opcode::abs) {
    CHECK_FIELDS("a packet load", {none, dst | src | off});
    return PacketLoad{size, false, Reg::r0, raw.imm};
  }
  if (mode == opcode::ind) {
    CHECK_FIELDS("a packet load", {src, dst | off});
    return PacketLoad{size, true, reg(raw.src), raw.imm};
  }
  return unassigned(raw);
}

bool takes_every_size(AtomicOp op) { return op == AtomicOp::load_acquire || op == AtomicOp::store_release; }

Outcome decode_atomic(const RawInsn& raw) {
  const Size size = opcode::size_of(raw.code);
  const bool is_word = size == Size::w || size == Size::dw;
  for (const AtomicOpInfo& row : atomic_ops()) {
    if (row.imm != raw.imm) continue;
    if (!is_word && !takes_every_size(row.op))
      return refuse("atomic {} works on 4 or 8 bytes, not on {}", row.name, bytes_of_size(size));
    CHECK_FIELDS("an atomic operation", {dst | src, none});
    if (row.op == AtomicOp::load_acquire) return Atomic{row.op, size, reg(raw.src), raw.off, reg(raw.dst)};
    return Atomic{row.op, size, reg(raw.dst), raw.off, reg(raw.src)};
  }
  return refuse("the immediate {:#x} names no atomic operation", static_cast<std::uint32_t>(raw.imm));
}

Outcome decode_store(const RawInsn& raw) {
  const Size size = opcode::size_of(raw.code);
  const std::uint8_t mode = opcode::mode_of(raw.code);
  const bool from_register = opcode::class_of(raw.code) == opcode::stx;
  if (mode == opcode::atomic && from_register) return decode_atomic(raw);
  if (mode != opcode::mem) return unassigned(raw);
  if (from_register) {
    CHECK_FIELDS("a store", {dst | src, imm});
    return Store{size, reg(raw.dst), raw.off, from_reg(reg(raw.src))};
  }
  CHECK_FIELDS("a store", {dst, src});
  return Store{size, reg(raw.dst), raw.off, from_imm(raw.imm)};
}

Outcome decode_slot(const RawInsn& raw, const RawInsn* second) {
  constexpr std::uint8_t load_imm64 = opcode::ld | opcode::imm | opcode::size_bits(Size::dw);
  if (raw.code == load_imm64) return decode_load_imm64(raw, second);
  switch (opcode::class_of(raw.code)) {
    case opcode::ld:
    case opcode::ldx: return decode_load(raw);
    case opcode::st:
    case opcode::stx: return decode_store(raw);
    case opcode::jmp:
    case opcode::jmp32: return decode_jump(raw);
    default: return decode_alu(raw);
  }
}

}  // namespace

tl::expected<Decoded, EncodingError> decode(std::span<const RawInsn> code, Slot at) {
  CHECK(at.value < code.size());
  const RawInsn& raw = code[at.value];
  const RawInsn* second = at.value + std::size_t{1} < code.size() ? &code[at.value + std::size_t{1}] : nullptr;
  Outcome outcome = decode_slot(raw, second);
  if (!outcome) return tl::unexpected<EncodingError>(EncodingError{at, raw, std::move(outcome).error()});
  const std::uint32_t slots = slots_of(*outcome);
  return Decoded{*outcome, slots};
}

}  // namespace skep
