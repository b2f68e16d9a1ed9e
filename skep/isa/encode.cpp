// Instruction → slots: where each kind keeps its operands (RFC 9669 sections 3 to 5). The inverse of decode.cpp; unused
// fields are 0.
#include "skep/isa/decode.hpp"
#include "skep/isa/opcode.hpp"
#include "skep/isa/operations.hpp"

namespace skep {
namespace {

constexpr std::uint8_t number(Reg reg) { return static_cast<std::uint8_t>(reg); }

constexpr std::uint8_t bits(std::initializer_list<std::uint8_t> parts) {
  std::uint8_t code = 0;
  for (const std::uint8_t part : parts) code = static_cast<std::uint8_t>(code | part);
  return code;
}

/// The source bit, the src field and the imm field of `dst op source`.
RawInsn with_source(std::uint8_t code, Reg dst, const Source& source, std::int16_t off) {
  if (source.is_reg) return {bits({code, opcode::source_reg}), number(dst), number(source.reg), off, 0};
  return {code, number(dst), 0, off, source.imm};
}

RawInsn encode_one(const Alu& alu) {
  const AluOpInfo& row = info(alu.op);
  const std::uint8_t code = bits({alu.width == Width::w64 ? opcode::alu64 : opcode::alu, row.code});
  if (alu.op == AluOp::neg) return {code, number(alu.dst), 0, row.off, 0};
  return with_source(code, alu.dst, alu.source, row.off);
}

RawInsn encode_one(const ByteSwap& swap) {
  const ByteSwapOpInfo& row = info(swap.op);
  return {bits({row.insn_class, row.source_bit, opcode::byte_swap}), number(swap.dst), 0, 0, swap.bits};
}

RawInsn encode_one(const AddressSpaceCast& cast) {
  const std::uint8_t code = bits({opcode::alu64, opcode::source_reg, info(AluOp::mov).code});
  const auto spaces = static_cast<std::uint32_t>(cast.to) << 16 | cast.from;
  return {code, number(cast.dst), number(cast.src), opcode::address_space_cast_off, static_cast<std::int32_t>(spaces)};
}

RawInsn encode_one(const LoadImm64& load) {
  const std::uint8_t code = bits({opcode::ld, opcode::imm, opcode::size_bits(Size::dw)});
  return {code, number(load.dst), static_cast<std::uint8_t>(load.kind), 0, load.low};
}

RawInsn encode_one(const Load& load) {
  const std::uint8_t mode = load.sign_extend ? opcode::memsx : opcode::mem;
  return {bits({opcode::ldx, mode, opcode::size_bits(load.size)}), number(load.dst), number(load.base), load.offset, 0};
}

RawInsn encode_one(const Store& store) {
  const std::uint8_t size_and_mode = bits({opcode::mem, opcode::size_bits(store.size)});
  if (store.source.is_reg)
    return {bits({opcode::stx, size_and_mode}), number(store.base), number(store.source.reg), store.offset, 0};
  return {bits({opcode::st, size_and_mode}), number(store.base), 0, store.offset, store.source.imm};
}

RawInsn encode_one(const Atomic& atomic) {
  const std::uint8_t code = bits({opcode::stx, opcode::atomic, opcode::size_bits(atomic.size)});
  const std::int32_t operation = info(atomic.op).imm;
  // load_acquire is the one atomic operation that reads like a load: dst is the register, src the address.
  if (atomic.op == AtomicOp::load_acquire)
    return {code, number(atomic.value), number(atomic.base), atomic.offset, operation};
  return {code, number(atomic.base), number(atomic.value), atomic.offset, operation};
}

RawInsn encode_one(const PacketLoad& load) {
  const std::uint8_t mode = load.indirect ? opcode::ind : opcode::abs;
  const std::uint8_t index = load.indirect ? number(load.index) : std::uint8_t{0};
  return {bits({opcode::ld, mode, opcode::size_bits(load.size)}), 0, index, 0, load.offset};
}

RawInsn encode_one(const Jump& jump) {
  const std::uint8_t insn_class = jump.width == Width::w64 ? opcode::jmp : opcode::jmp32;
  return with_source(bits({insn_class, info(jump.op).code}), jump.dst, jump.source, jump.offset);
}

RawInsn encode_one(const Goto& jump) {
  if (jump.wide) return {bits({opcode::jmp32, opcode::ja}), 0, 0, 0, jump.offset};
  return {bits({opcode::jmp, opcode::ja}), 0, 0, static_cast<std::int16_t>(jump.offset), 0};
}

RawInsn encode_one(const MayGoto& jump) { return {bits({opcode::jmp, opcode::jcond}), 0, 0, jump.offset, 0}; }

RawInsn encode_one(const Call& call) {
  return {bits({opcode::jmp, opcode::call}), 0, static_cast<std::uint8_t>(call.kind), call.offset, call.target};
}

RawInsn encode_one(const Exit&) { return {bits({opcode::jmp, opcode::exit}), 0, 0, 0, 0}; }

}  // namespace

Encoded encode(const Instruction& insn) {
  Encoded encoded{{}, slots_of(insn)};
  encoded.raw[0] = std::visit([](const auto& kind) { return encode_one(kind); }, insn);
  if (const auto* load = std::get_if<LoadImm64>(&insn)) encoded.raw[1].imm = load->high;
  return encoded;
}

}  // namespace skep
