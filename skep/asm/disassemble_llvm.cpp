// The dialect of llvm-objdump, 19 with hexadecimal numbers (a sign before the 0x), 14 with decimal ones. Registers are
// the r names that both print without --mcpu for loads and stores; 32-bit atomics that need v3 carry w names. 64-bit
// immediate kinds and kernel functions, which LLVM knows only from relocations, are spelled as in the other dialects; a
// call of a function keeps its sign (`call -0x1`), a helper's number has none.
#include "skep/asm/operand_text.hpp"

namespace skep {
namespace {

struct LlvmPrinter {
  Slot at;
  const DisassembleOptions& options;

  [[nodiscard]] std::string number(std::int64_t value) const {
    const bool negative = value < 0;
    const std::uint64_t bits = static_cast<std::uint64_t>(value);
    const std::uint64_t magnitude = negative ? std::uint64_t{0} - bits : bits;
    return fmt::format(fmt::runtime(options.hex ? "{}{:#x}" : "{}{}"), negative ? "-" : "", magnitude);
  }
  [[nodiscard]] std::string signed_number(std::int64_t value) const { return (value < 0 ? "" : "+") + number(value); }

  [[nodiscard]] std::string target(std::int64_t offset) const {
    const auto label = label_of(options, at, offset);
    return label ? fmt::format("{} <{}>", signed_number(offset), *label) : signed_number(offset);
  }

  [[nodiscard]] std::string address(Reg base, std::int16_t offset) const {
    return fmt::format("{} {} {}", reg_text(base), offset < 0 ? '-' : '+', number(offset < 0 ? -offset : offset));
  }
  [[nodiscard]] std::string memory(Size size, Reg base, std::int16_t offset, bool is_signed = false) const {
    return fmt::format("({} *)({})", type_text(size, is_signed), address(base, offset));
  }
  [[nodiscard]] std::string source_text(const Source& source, Width width) const {
    return source.is_reg ? reg_text(source.reg, width) : number(source.imm);
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
    return fmt::format("{} = addr_space_cast({}, {}, {})", reg_text(cast.dst), reg_text(cast.src), number(cast.to),
                       number(cast.from));
  }

  std::string operator()(const LoadImm64& load) const {
    const bool is_value = load.kind == ImmKind::value;
    return fmt::format("{} = {} ll", reg_text(load.dst),
                       is_value ? number(static_cast<std::int64_t>(load.value())) : pseudo_text(load));
  }

  std::string operator()(const Load& load) const {
    return fmt::format("{} = *{}", reg_text(load.dst), memory(load.size, load.base, load.offset, load.sign_extend));
  }

  std::string operator()(const Store& store) const {
    return fmt::format("*{} = {}", memory(store.size, store.base, store.offset), source_text(store.source, Width::w64));
  }

  std::string operator()(const Atomic& atomic) const {
    const Width width = width_of(atomic.size);
    const std::string where = memory(atomic.size, atomic.base, atomic.offset);
    const std::string value = reg_text(atomic.value, width);
    if (atomic.op == AtomicOp::load_acquire) return fmt::format("{} = load_acquire({})", value, where);
    if (atomic.op == AtomicOp::store_release) return fmt::format("store_release({}, {})", where, value);
    if (atomic.op == AtomicOp::add) return fmt::format("lock *{} += {}", where, reg_text(atomic.value));
    if (!info(atomic.op).fetches) return fmt::format("lock *{} {} {}", where, info(atomic.op).symbol, value);
    const std::string place = address(atomic.base, atomic.offset);
    const std::string_view suffix = width == Width::w64 ? "_64" : "32_32";
    if (atomic.op == AtomicOp::xchg) return fmt::format("{} = xchg{}({}, {})", value, suffix, place, value);
    if (atomic.op == AtomicOp::cmpxchg) {
      const std::string r0 = reg_text(Reg::r0, width);
      return fmt::format("{} = cmpxchg{}({}, {}, {})", r0, suffix, place, r0, value);
    }
    return fmt::format("{} = atomic_{}({}, {})", value, info(atomic.op).name, where, value);
  }

  std::string operator()(const PacketLoad& load) const {
    const std::string type = type_text(load.size);
    if (!load.indirect) return fmt::format("r0 = *({} *)skb[{}]", type, number(load.offset));
    // LLVM never makes an indirect load with an offset and prints none.
    if (load.offset == 0) return fmt::format("r0 = *({} *)skb[{}]", type, reg_text(load.index));
    return fmt::format("r0 = *({} *)skb[{} + {}]", type, reg_text(load.index), number(load.offset));
  }

  std::string operator()(const Jump& jump) const {
    return fmt::format("if {} {} {} goto {}", reg_text(jump.dst, jump.width), info(jump.op).symbol,
                       source_text(jump.source, jump.width), target(jump.offset));
  }

  std::string operator()(const Goto& jump) const {
    return fmt::format("{} {}", jump.wide ? "gotol" : "goto", target(jump.offset));
  }

  std::string operator()(const MayGoto& jump) const { return fmt::format("may_goto {}", target(jump.offset)); }

  std::string operator()(const Call& call) const {
    switch (call.kind) {
      case CallKind::helper: break;
      case CallKind::function: return "call " + target(call.target);
      case CallKind::kfunc: return "call " + kfunc_text(call);
    }
    const auto name = options.helper_names ? helper_text(call.target) : std::nullopt;
    return fmt::format("call {}{}", number(static_cast<std::uint32_t>(call.target)), name ? "  # " + *name : "");
  }

  std::string operator()(const Exit&) const { return "exit"; }
};

}  // namespace

std::string llvm_text(const Instruction& insn, Slot at, const DisassembleOptions& options) {
  return std::visit(LlvmPrinter{at, options}, insn);
}

}  // namespace skep
