// The dialect of kernel/bpf/disasm.c: decimal immediates and offsets, but comparisons with hexadecimal ones and 64-bit
// immediates in hex; the opcode in front tells apart what the text alone does not.
#include "skep/asm/operand_text.hpp"

namespace skep {
namespace {

std::string address(Reg base, std::int16_t offset) { return fmt::format("({} {:+})", reg_text(base), offset); }
std::string memory(Size size, Reg base, std::int16_t offset, bool is_signed = false) {
  return fmt::format("({} *){}", type_text(size, is_signed), address(base, offset));
}

std::string source_text(const Source& source, Width width) {
  return source.is_reg ? reg_text(source.reg, width) : fmt::format("{}", source.imm);
}

struct KernelPrinter {
  Slot at;
  const DisassembleOptions& options;

  [[nodiscard]] std::string target(std::int64_t offset) const {
    return label_of(options, at, offset).value_or(fmt::format("pc{:+}", offset));
  }

  std::string operator()(const Alu& alu) const {
    const std::string dst = reg_text(alu.dst, alu.width);
    if (alu.op == AluOp::neg) return fmt::format("{} = -{}", dst, dst);
    // "= (s8)" and its register stand without a blank.
    const bool is_cast = info(alu.op).symbol.back() == ')';
    return fmt::format("{} {}{}{}", dst, info(alu.op).symbol, is_cast ? "" : " ", source_text(alu.source, alu.width));
  }

  std::string operator()(const ByteSwap& swap) const {
    return fmt::format("{0} = {1}{2} {0}", reg_text(swap.dst), info(swap.op).mnemonic, swap.bits);
  }

  std::string operator()(const AddressSpaceCast& cast) const {
    return fmt::format("{} = addr_space_cast({}, {}, {})", reg_text(cast.dst), reg_text(cast.src), cast.to, cast.from);
  }

  std::string operator()(const LoadImm64& load) const {
    // Without the (18) in front only the suffix tells it from a mov.
    return fmt::format("{} = {}{}", reg_text(load.dst), pseudo_text(load), options.opcode_prefix ? "" : " ll");
  }

  std::string operator()(const Load& load) const {
    return fmt::format("{} = *{}", reg_text(load.dst), memory(load.size, load.base, load.offset, load.sign_extend));
  }

  std::string operator()(const Store& store) const {
    return fmt::format("*{} = {}", memory(store.size, store.base, store.offset), source_text(store.source, Width::w64));
  }

  std::string operator()(const Atomic& atomic) const {
    const std::string where = memory(atomic.size, atomic.base, atomic.offset);
    const std::string value = reg_text(atomic.value);
    if (atomic.op == AtomicOp::load_acquire) return fmt::format("{} = load_acquire({})", value, where);
    if (atomic.op == AtomicOp::store_release) return fmt::format("store_release({}, {})", where, value);
    if (!info(atomic.op).fetches) return fmt::format("lock *{} {} {}", where, info(atomic.op).symbol, value);
    const std::string function = fmt::format("atomic{}_{}", atomic.size == Size::dw ? "64" : "", info(atomic.op).name);
    if (atomic.op == AtomicOp::cmpxchg) return fmt::format("r0 = {}({}, r0, {})", function, where, value);
    return fmt::format("{} = {}({}, {})", value, function, where, value);
  }

  std::string operator()(const PacketLoad& load) const {
    if (!load.indirect) return fmt::format("r0 = *({} *)skb[{}]", type_text(load.size), load.offset);
    return fmt::format("r0 = *({} *)skb[{} + {}]", type_text(load.size), reg_text(load.index), load.offset);
  }

  std::string operator()(const Jump& jump) const {
    const std::string source = jump.source.is_reg ? reg_text(jump.source.reg, jump.width)
                                                  : fmt::format("{:#x}", static_cast<std::uint32_t>(jump.source.imm));
    return fmt::format("if {} {} {} goto {}", reg_text(jump.dst, jump.width), info(jump.op).symbol, source,
                       target(jump.offset));
  }

  std::string operator()(const Goto& jump) const {
    return fmt::format("{} {}", jump.wide ? "gotol" : "goto", target(jump.offset));
  }

  std::string operator()(const MayGoto& jump) const { return fmt::format("may_goto {}", target(jump.offset)); }

  std::string operator()(const Call& call) const {
    switch (call.kind) {
      case CallKind::helper: break;
      case CallKind::function: {
        const auto label = label_of(options, at, call.target);
        return fmt::format("call pc{:+}{}", call.target, label ? "#" + *label : "");
      }
      case CallKind::kfunc: return "call " + kfunc_text(call);
    }
    if (!options.helper_names) return fmt::format("call {}", static_cast<std::uint32_t>(call.target));
    return fmt::format("call {}#{}", helper_text(call.target).value_or("unknown"), call.target);
  }

  std::string operator()(const Exit&) const { return "exit"; }
};

}  // namespace

std::string kernel_text(const Instruction& insn, Slot at, const DisassembleOptions& options) {
  const std::string text = std::visit(KernelPrinter{at, options}, insn);
  if (!options.opcode_prefix) return text;
  return fmt::format("({:02x}) {}", encode(insn).raw[0].code, text);
}

}  // namespace skep
