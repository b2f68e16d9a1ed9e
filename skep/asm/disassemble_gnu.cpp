// The dialect of binutils-bpf (and, where they agree, uBPF): mnemonic, then operands with %, decimal numbers. Offsets
// keep a + before their sign
// (`[%r10+-4]`), which every version of GNU as reads.
#include "skep/asm/operand_text.hpp"

namespace skep {
namespace {

std::string reg(Reg number) { return "%" + reg_text(number); }
std::string memory(Reg base, std::int16_t offset) { return fmt::format("[{}+{}]", reg(base), offset); }
std::string source_text(const Source& source) {
  return source.is_reg ? reg(source.reg) : fmt::format("{}", source.imm);
}
std::string_view width_suffix(Width width) { return width == Width::w64 ? "" : "32"; }

/// GNU writes sign-extending moves as one mnemonic with the number of bits as an operand.
std::optional<unsigned> extended_bits(AluOp op) {
  if (op == AluOp::movsx8) return 8;
  if (op == AluOp::movsx16) return 16;
  if (op == AluOp::movsx32) return 32;
  return std::nullopt;
}

std::string_view byte_swap_mnemonic(ByteSwapOp op) {
  switch (op) {
    case ByteSwapOp::to_le: return "endle";
    case ByteSwapOp::to_be: return "endbe";
    case ByteSwapOp::bswap: return "bswap";
  }
  return "";
}

struct GnuPrinter {
  Slot at;
  const DisassembleOptions& options;

  [[nodiscard]] std::string target(std::int64_t offset) const {
    return label_of(options, at, offset).value_or(fmt::format("{:+}", offset));
  }

  std::string operator()(const Alu& alu) const {
    const std::string_view width = width_suffix(alu.width);
    if (const auto bits = extended_bits(alu.op))
      return fmt::format("movs{} {}, {}, {}", width, reg(alu.dst), source_text(alu.source), *bits);
    if (alu.op == AluOp::neg) return fmt::format("neg{} {}", width, reg(alu.dst));
    return fmt::format("{}{} {}, {}", info(alu.op).mnemonic, width, reg(alu.dst), source_text(alu.source));
  }

  std::string operator()(const ByteSwap& swap) const {
    return fmt::format("{} {}, {}", byte_swap_mnemonic(swap.op), reg(swap.dst), swap.bits);
  }

  std::string operator()(const AddressSpaceCast& cast) const {
    return fmt::format("addr_space_cast {}, {}, {}, {}", reg(cast.dst), reg(cast.src), cast.to, cast.from);
  }

  std::string operator()(const LoadImm64& load) const {
    return fmt::format("lddw {}, {}", reg(load.dst), pseudo_text(load));
  }

  std::string operator()(const Load& load) const {
    return fmt::format("ldx{}{} {}, {}", load.sign_extend ? "s" : "", size_suffix(load.size), reg(load.dst),
                       memory(load.base, load.offset));
  }

  std::string operator()(const Store& store) const {
    return fmt::format("{}{} {}, {}", store.source.is_reg ? "stx" : "st", size_suffix(store.size),
                       memory(store.base, store.offset), source_text(store.source));
  }

  std::string operator()(const Atomic& atomic) const {
    const std::string_view mnemonic = info(atomic.op).mnemonic;
    const std::string where = memory(atomic.base, atomic.offset);
    if (atomic.op == AtomicOp::load_acquire)
      return fmt::format("{}{} {}, {}", mnemonic, size_suffix(atomic.size), reg(atomic.value), where);
    if (atomic.op == AtomicOp::store_release)
      return fmt::format("{}{} {}, {}", mnemonic, size_suffix(atomic.size), where, reg(atomic.value));
    return fmt::format("{}{} {}, {}", mnemonic, width_suffix(width_of(atomic.size)), where, reg(atomic.value));
  }

  std::string operator()(const PacketLoad& load) const {
    if (!load.indirect) return fmt::format("ldabs{} {}", size_suffix(load.size), load.offset);
    return fmt::format("ldind{} {}, {}", size_suffix(load.size), reg(load.index), load.offset);
  }

  std::string operator()(const Jump& jump) const {
    return fmt::format("{}{} {}, {}, {}", info(jump.op).mnemonic, width_suffix(jump.width), reg(jump.dst),
                       source_text(jump.source), target(jump.offset));
  }

  std::string operator()(const Goto& jump) const {
    return fmt::format("{} {}", jump.wide ? "jal" : "ja", target(jump.offset));
  }

  std::string operator()(const MayGoto& jump) const { return fmt::format("may_goto {}", target(jump.offset)); }

  std::string operator()(const Call& call) const {
    switch (call.kind) {
      case CallKind::helper: break;
      case CallKind::function: return "call " + target(call.target);
      case CallKind::kfunc: return "call " + kfunc_text(call);
    }
    const auto name = options.helper_names ? helper_text(call.target) : std::nullopt;
    return fmt::format("call {}{}", static_cast<std::uint32_t>(call.target), name ? "  # " + *name : "");
  }

  std::string operator()(const Exit&) const { return "exit"; }
};

}  // namespace

std::string gnu_text(const Instruction& insn, Slot at, const DisassembleOptions& options) {
  return std::visit(GnuPrinter{at, options}, insn);
}

}  // namespace skep
