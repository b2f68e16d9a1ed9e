// The C-like dialects: what the verifier's log, bpftool and llvm-objdump print.
#include <algorithm>

#include "skep/asm/statement.hpp"

namespace skep {
namespace {

/// "u8" … "u64", "s8" …
struct MemoryType {
  Size size;
  bool is_signed;
};
std::optional<MemoryType> memory_type(std::string_view text) {
  static constexpr std::pair<std::string_view, Size> sizes[] = {
      {"8", Size::b}, {"16", Size::h}, {"32", Size::w}, {"64", Size::dw}};
  if (text.size() < 2 || (text[0] != 'u' && text[0] != 's')) return std::nullopt;
  for (const auto& [name, size] : sizes) {
    if (text.substr(1) == name) return MemoryType{size, text[0] == 's'};
  }
  return std::nullopt;
}

/// "r11": what was meant is clear, and that it is not there.
bool looks_like_register(std::string_view word) {
  return word.size() > 1 && (word[0] == 'r' || word[0] == 'w') &&
         word.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

class CLikeParser {
 public:
  CLikeParser(Cursor cursor, bool wide) : cursor_(std::move(cursor)), wide_(wide) {}

  StatementResult parse() {
    if (cursor_.is_name("if")) return conditional();
    if (cursor_.is_name("goto") || cursor_.is_name("gotol") || cursor_.is_name("may_goto")) return jump();
    if (cursor_.is_name("call") || cursor_.is_name("exit")) return parse_call(cursor_);
    if (cursor_.is_name("lock")) return locked();
    if (cursor_.is_name("store_release")) return store_release();
    if (cursor_.is_mark("*")) return store();
    if (const auto reg = cursor_.take_register()) return assignment(*reg);
    return unknown();
  }

 private:
  using Register = Cursor::Register;

  StatementResult fail() { return cursor_.finish(Exit{}); }

  StatementResult unknown() {
    cursor_.complain_unknown(cursor_.peek(),
                             "for example: r0 = 2, *(u32 *)(r10 - 4) = r1, if r1 == 0 goto +2, call 6, exit");
    return fail();
  }

  void same_width(Register reg, Width width) {
    if (reg.width != width)
      cursor_.complain(cursor_.peek().column, "both registers must have the same width (r… with r…, w… with w…)");
  }

  /// A register or an immediate for an operation of `width`.
  Source source(Width width) {
    if (const auto reg = cursor_.take_register()) {
      same_width(*reg, width);
      return from_reg(reg->reg);
    }
    return from_imm(cursor_.expect_imm32());
  }

  StatementResult conditional() {
    cursor_.skip();
    const auto left = cursor_.take_register();
    if (!left) {
      cursor_.complain(cursor_.peek().column, "expected a register behind `if`");
      return fail();
    }
    Jump jump{JumpOp::eq, left->width, left->reg, {}, 0};
    const auto rows = jump_ops();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const JumpOpInfo& op) { return op.symbol == cursor_.peek().text; });
    if (row == rows.end()) {
      cursor_.complain(cursor_.peek().column, fmt::format("`{}` is no comparison", cursor_.peek().text),
                       "use ==, !=, >, >=, <, <=, s>, s>=, s<, s<= or & (any bit set)");
      return fail();
    }
    cursor_.skip();
    jump.op = row->op;
    jump.source = source(left->width);
    cursor_.expect("goto");
    std::optional<NamedTarget> target;
    const std::uint32_t column = cursor_.peek().column;
    const std::int32_t offset = cursor_.expect_target(target, NamedTarget::Kind::jump);
    if (offset < -32768 || offset > 32767) cursor_.complain(column, "a conditional jump reaches 32767 slots at most");
    jump.offset = static_cast<std::int16_t>(offset);
    return cursor_.finish(jump, std::move(target));
  }

  StatementResult jump() {
    const bool wide = cursor_.is_name("gotol");
    const bool may = cursor_.is_name("may_goto");
    cursor_.skip();
    std::optional<NamedTarget> target;
    const std::uint32_t column = cursor_.peek().column;
    const std::int32_t offset = cursor_.expect_target(target, NamedTarget::Kind::jump);
    if (!wide && (offset < -32768 || offset > 32767))
      cursor_.complain(column, "goto reaches 32767 slots at most", "use gotol, which has a 32-bit offset");
    if (may) return cursor_.finish(MayGoto{static_cast<std::int16_t>(offset)}, std::move(target));
    return cursor_.finish(Goto{wide, offset}, std::move(target));
  }

  /// "(u64 *)" or "*(u64 *)" has been announced by its first mark.
  MemoryType type() {
    cursor_.expect("(");
    const auto parsed = memory_type(cursor_.peek().text);
    if (!parsed) cursor_.complain(cursor_.peek().column, "expected a type here: u8, u16, u32, u64, s8, s16 or s32");
    cursor_.skip();
    cursor_.expect("*");
    cursor_.expect(")");
    return parsed.value_or(MemoryType{Size::dw, false});
  }

  struct Place {
    Reg base;
    std::int16_t offset;
  };
  /// "(r1 + 8)", "(r1 +8)", "(r10 - 4)", "(r1)"
  Place place() {
    cursor_.expect("(");
    const Place parsed = inner_place();
    cursor_.expect(")");
    return parsed;
  }
  Place inner_place() {
    Place parsed{cursor_.expect_register(), 0};
    if (cursor_.is_mark("+") || cursor_.is_mark("-")) parsed.offset = cursor_.expect_off16();
    return parsed;
  }

  StatementResult store() {
    cursor_.skip();
    const MemoryType memory = type();
    const Place to = place();
    cursor_.expect("=");
    if (memory.is_signed) cursor_.complain(cursor_.peek().column, "a store has no sign: write u8, u16, u32 or u64");
    Source value{};
    if (const auto reg = cursor_.take_register()) {
      value = from_reg(reg->reg);
    } else {
      value = from_imm(cursor_.expect_imm32());
    }
    return cursor_.finish(Store{memory.size, to.base, to.offset, value});
  }

  /// lock *(u64 *)(r1 + 0) += r2
  StatementResult locked() {
    cursor_.skip();
    cursor_.expect("*");
    const MemoryType memory = type();
    const Place to = place();
    static constexpr std::pair<std::string_view, AtomicOp> ops[] = {
        {"+=", AtomicOp::add}, {"|=", AtomicOp::or_}, {"&=", AtomicOp::and_}, {"^=", AtomicOp::xor_}};
    for (const auto& [symbol, op] : ops) {
      if (!cursor_.take(symbol)) continue;
      return cursor_.finish(checked(Atomic{op, memory.size, to.base, to.offset, cursor_.expect_register()}));
    }
    cursor_.complain(cursor_.peek().column, "expected +=, |=, &= or ^= here");
    return fail();
  }

  Atomic checked(Atomic atomic) {
    const bool any_size = atomic.op == AtomicOp::load_acquire || atomic.op == AtomicOp::store_release;
    if (!any_size && atomic.size != Size::w && atomic.size != Size::dw)
      cursor_.complain(cursor_.peek().column, "atomic operations work on u32 and u64");
    return atomic;
  }

  StatementResult store_release() {
    cursor_.skip();
    cursor_.expect("(");
    const MemoryType memory = type();
    const Place to = place();
    cursor_.expect(",");
    const Reg value = cursor_.expect_register();
    cursor_.expect(")");
    return cursor_.finish(Atomic{AtomicOp::store_release, memory.size, to.base, to.offset, value});
  }

  StatementResult assignment(Register dst) {
    const auto rows = alu_ops();
    const std::string_view symbol = cursor_.peek().text;
    if (symbol == "=") {
      cursor_.skip();
      return value_of(dst);
    }
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const AluOpInfo& op) { return op.symbol == symbol && op.op != AluOp::neg; });
    if (row == rows.end()) {
      cursor_.complain(cursor_.peek().column, fmt::format("`{}` is no operation", symbol),
                       "use =, +=, -=, *=, /=, %=, s/=, s%=, |=, &=, ^=, <<=, >>= or s>>=");
      return fail();
    }
    cursor_.skip();
    return cursor_.finish(Alu{row->op, dst.width, dst.reg, source(dst.width)});
  }

  StatementResult value_of(Register dst) {
    if (cursor_.is_mark("-") && cursor_.peek_register(1)) return negation(dst);
    if (const auto reg = cursor_.take_register()) {
      same_width(*reg, dst.width);
      return cursor_.finish(Alu{AluOp::mov, dst.width, dst.reg, from_reg(reg->reg)});
    }
    if (cursor_.is_mark("*")) return load(dst);
    if (cursor_.is_mark("(")) return sign_extension(dst);
    if (cursor_.next_is_pseudo()) {
      const LoadImm64 loaded = cursor_.expect_pseudo(dst.reg);
      cursor_.take("ll");
      return cursor_.finish(loaded);
    }
    if (cursor_.peek().kind == Token::Kind::name) return named(dst);
    return constant(dst);
  }

  StatementResult negation(Register dst) {
    cursor_.skip();
    const auto reg = cursor_.take_register();
    if (reg->reg != dst.reg || reg->width != dst.width)
      cursor_.complain(cursor_.peek().column, "negation works in place: r1 = -r1");
    return cursor_.finish(Alu{AluOp::neg, dst.width, dst.reg, from_imm(0)});
  }

  /// r1 = (s8)r2
  StatementResult sign_extension(Register dst) {
    cursor_.skip();
    static constexpr std::pair<std::string_view, AluOp> ops[] = {
        {"s8", AluOp::movsx8}, {"s16", AluOp::movsx16}, {"s32", AluOp::movsx32}};
    for (const auto& [name, op] : ops) {
      if (!cursor_.take(name)) continue;
      cursor_.expect(")");
      const auto reg = cursor_.take_register();
      if (!reg) cursor_.complain(cursor_.peek().column, "expected a register behind the cast");
      if (reg) same_width(*reg, dst.width);
      if (op == AluOp::movsx32 && dst.width == Width::w32)
        cursor_.complain(cursor_.peek().column, "w registers have only 32 bits: there is nothing to extend");
      return cursor_.finish(Alu{op, dst.width, dst.reg, from_reg(reg ? reg->reg : Reg::r0)});
    }
    cursor_.complain(cursor_.peek().column, "expected s8, s16 or s32 in the cast");
    return fail();
  }

  StatementResult load(Register dst) {
    cursor_.skip();
    const MemoryType memory = type();
    if (cursor_.is_name("skb")) return packet_load(dst, memory);
    const Place from = place();
    if (memory.is_signed && memory.size == Size::dw)
      cursor_.complain(cursor_.peek().column, "64 bits have no sign to extend: write u64");
    return cursor_.finish(Load{memory.size, memory.is_signed, dst.reg, from.base, from.offset});
  }

  /// r0 = *(u16 *)skb[12], r0 = *(u8 *)skb[r3 + 4]
  StatementResult packet_load(Register dst, MemoryType memory) {
    cursor_.skip();
    cursor_.expect("[");
    PacketLoad load{memory.size, false, Reg::r0, 0};
    if (const auto index = cursor_.take_register()) {
      load.indirect = true;
      load.index = index->reg;
    }
    if (!load.indirect || cursor_.is_mark("+") || cursor_.is_mark("-")) load.offset = cursor_.expect_imm32();
    cursor_.expect("]");
    if (dst.reg != Reg::r0) cursor_.complain(cursor_.peek().column, "packet loads go to r0");
    if (memory.is_signed || memory.size == Size::dw)
      cursor_.complain(cursor_.peek().column, "packet loads read u8, u16 or u32");
    return cursor_.finish(load);
  }

  StatementResult constant(Register dst) {
    const std::uint32_t column = cursor_.peek().column;
    const auto value = cursor_.expect_number();
    const bool has_suffix = cursor_.take("ll");
    if (value && (has_suffix || wide_)) {
      if (dst.width == Width::w32) cursor_.complain(column, "a 64-bit constant needs an r register");
      return cursor_.finish(LoadImm64{dst.reg, ImmKind::value,
                                      static_cast<std::int32_t>(static_cast<std::uint32_t>(*value)),
                                      static_cast<std::int32_t>(*value >> 32)});
    }
    if (!value) return fail();
    const auto as_signed = static_cast<std::int64_t>(*value);
    if (as_signed < INT32_MIN || as_signed > UINT32_MAX) {
      cursor_.complain(column, "the number does not fit into the instruction's 32-bit immediate",
                       "a 64-bit constant is written with ll: r1 = 0x1122334455667788 ll");
    }
    return cursor_.finish(
        Alu{AluOp::mov, dst.width, dst.reg, from_imm(static_cast<std::int32_t>(static_cast<std::uint32_t>(*value)))});
  }

  /// Everything that starts with a word: byte swaps, atomics, casts, names of maps.
  StatementResult named(Register dst) {
    const std::string word(cursor_.peek().text);
    const std::uint32_t column = cursor_.peek().column;
    for (const ByteSwapOpInfo& row : byte_swap_ops()) {
      for (const std::uint8_t bits : {std::uint8_t{16}, std::uint8_t{32}, std::uint8_t{64}}) {
        if (word != fmt::format("{}{}", row.mnemonic, bits)) continue;
        cursor_.skip();
        if (cursor_.expect_register() != dst.reg) cursor_.complain(column, "byte swaps work in place: r1 = be16 r1");
        return cursor_.finish(ByteSwap{row.op, bits, dst.reg});
      }
    }
    if (word == "addr_space_cast") return address_space_cast(dst);
    if (word == "load_acquire") return load_acquire(dst);
    if (word.starts_with("atomic")) return fetching(dst, word);
    if (word.starts_with("xchg") || word.starts_with("cmpxchg")) return exchange(dst, word);
    cursor_.skip();
    const bool known_form = cursor_.take("ll") || cursor_.at_end();
    if (!known_form || dst.width == Width::w32) {
      cursor_.complain(column, fmt::format("`{}` is not known here", word),
                       "a map or a function is loaded with: r1 = NAME ll");
      return fail();
    }
    if (looks_like_register(word)) {
      cursor_.complain(column, fmt::format("there is no register {}", word), "registers are r0 to r10 and w0 to w10");
      return fail();
    }
    return cursor_.finish(LoadImm64{dst.reg, ImmKind::value, 0, 0},
                          NamedTarget{NamedTarget::Kind::immediate, word, column});
  }

  StatementResult address_space_cast(Register dst) {
    cursor_.skip();
    cursor_.expect("(");
    const Reg src = cursor_.expect_register();
    cursor_.expect(",");
    const std::uint16_t to = cursor_.expect_address_space();
    cursor_.expect(",");
    const std::uint16_t from = cursor_.expect_address_space();
    cursor_.expect(")");
    return cursor_.finish(AddressSpaceCast{dst.reg, src, to, from});
  }

  StatementResult load_acquire(Register dst) {
    cursor_.skip();
    cursor_.expect("(");
    const MemoryType memory = type();
    const Place from = place();
    cursor_.expect(")");
    return cursor_.finish(Atomic{AtomicOp::load_acquire, memory.size, from.base, from.offset, dst.reg});
  }

  /// r2 = atomic64_fetch_add((u64 *)(r1 +0), r2); the kernel's atomic64_ and llvm's atomic_ prefix both, the type tells
  /// the size.
  StatementResult fetching(Register dst, std::string_view word) {
    const std::uint32_t column = cursor_.peek().column;
    word.remove_prefix(word.find('_') == std::string_view::npos ? word.size() : word.find('_') + 1);
    for (const AtomicOpInfo& row : atomic_ops()) {
      if (!row.fetches || row.op == AtomicOp::load_acquire || row.name != word) continue;
      cursor_.skip();
      cursor_.expect("(");
      const MemoryType memory = type();
      const Place to = place();
      cursor_.expect(",");
      if (row.op == AtomicOp::cmpxchg) {
        if (cursor_.expect_register() != Reg::r0) cursor_.complain(column, "cmpxchg compares with r0");
        cursor_.expect(",");
      }
      const Reg value = cursor_.expect_register();
      cursor_.expect(")");
      check_result(row.op, dst.reg, value, column);
      return cursor_.finish(checked(Atomic{row.op, memory.size, to.base, to.offset, value}));
    }
    cursor_.complain(column, fmt::format("there is no atomic operation {}", word));
    return fail();
  }

  void check_result(AtomicOp op, Reg dst, Reg value, std::uint32_t column) {
    const Reg expected = op == AtomicOp::cmpxchg ? Reg::r0 : value;
    if (dst != expected)
      cursor_.complain(column, fmt::format("the old value goes to r{} here", static_cast<int>(expected)));
  }

  /// r2 = xchg_64(r1 + 0x0, r2), w0 = cmpxchg32_32(r1 + 0x0, w0, w2)
  StatementResult exchange(Register dst, std::string_view word) {
    const std::uint32_t column = cursor_.peek().column;
    const bool compares = word.starts_with("cmpxchg");
    const std::string_view suffix = word.substr(compares ? 7 : 4);
    if (suffix != "_64" && suffix != "32_32") {
      cursor_.complain(column, fmt::format("there is no operation {}", word),
                       "use xchg_64, xchg32_32, cmpxchg_64 or cmpxchg32_32");
      return fail();
    }
    cursor_.skip();
    cursor_.expect("(");
    const Place to = inner_place();
    cursor_.expect(",");
    if (compares) {
      if (cursor_.expect_register() != Reg::r0) cursor_.complain(column, "cmpxchg compares with r0");
      cursor_.expect(",");
    }
    const Reg value = cursor_.expect_register();
    cursor_.expect(")");
    const AtomicOp op = compares ? AtomicOp::cmpxchg : AtomicOp::xchg;
    check_result(op, dst.reg, value, column);
    return cursor_.finish(Atomic{op, suffix == "_64" ? Size::dw : Size::w, to.base, to.offset, value});
  }

  Cursor cursor_;
  bool wide_;
};

}  // namespace

StatementResult parse_c_like(Cursor cursor, bool wide) { return CLikeParser(std::move(cursor), wide).parse(); }

}  // namespace skep
