// The mnemonic dialects: GNU as and ubpf (`mov %r1, 0`, `ldxdw %r1, [%r2+8]`, `jeq r1, 0, +4`), and `call`, `exit`,
// which all dialects write alike.
#include <algorithm>

#include "skep/abi/abi.hpp"
#include "skep/asm/statement.hpp"

namespace skep {
namespace {

constexpr std::pair<std::string_view, Size> suffixes[] = {
    {"b", Size::b}, {"h", Size::h}, {"w", Size::w}, {"dw", Size::dw}};

std::optional<Size> size_of_suffix(std::string_view suffix) {
  for (const auto& [name, size] : suffixes) {
    if (name == suffix) return size;
  }
  return std::nullopt;
}

/// The mnemonic without its "32", and the width that says.
std::pair<std::string_view, Width> split_width(std::string_view word) {
  if (word.ends_with("32") && word.size() > 2) return {word.substr(0, word.size() - 2), Width::w32};
  if (word.ends_with("64") && word.size() > 2) return {word.substr(0, word.size() - 2), Width::w64};
  return {word, Width::w64};
}

const AluOpInfo* find_alu(std::string_view word) {
  for (const AluOpInfo& row : alu_ops()) {
    if (row.mnemonic == word && row.op != AluOp::movsx8 && row.op != AluOp::movsx16 && row.op != AluOp::movsx32)
      return &row;
  }
  return nullptr;
}

const JumpOpInfo* find_jump(std::string_view word) {
  for (const JumpOpInfo& row : jump_ops()) {
    if (row.mnemonic == word) return &row;
  }
  return nullptr;
}

const AtomicOpInfo* find_atomic(std::string_view word) {
  for (const AtomicOpInfo& row : atomic_ops()) {
    const bool sized = row.op == AtomicOp::load_acquire || row.op == AtomicOp::store_release;
    if (!sized && row.mnemonic == word) return &row;
  }
  return nullptr;
}

class MnemonicParser {
 public:
  explicit MnemonicParser(Cursor cursor)
      : cursor_(std::move(cursor)), word_(cursor_.peek().text), column_(cursor_.peek().column) {
    cursor_.skip();
  }

  StatementResult parse() {
    const auto [stem, width] = split_width(word_);
    if (const AluOpInfo* row = find_alu(stem)) return alu(*row, width);
    if (stem == "movs") return sign_extension(width);
    if (word_.starts_with("end") || find_byte_swap()) return byte_swap();
    if (word_ == "addr_space_cast") return address_space_cast();
    if (word_ == "lddw") return load_immediate();
    if (const JumpOpInfo* row = find_jump(stem)) return conditional(*row, width);
    if (word_ == "ja" || word_ == "jal" || word_ == "may_goto") return jump();
    if (const AtomicOpInfo* row = find_atomic(stem)) return atomic(*row, width);
    return memory();
  }

 private:
  StatementResult unknown() {
    cursor_.complain_unknown(Token{Token::Kind::name, word_, 0, false, column_}, {});
    return cursor_.finish(Exit{});
  }

  Source source() {
    if (const auto reg = cursor_.take_register()) return from_reg(reg->reg);
    return from_imm(cursor_.expect_imm32());
  }

  StatementResult alu(const AluOpInfo& row, Width width) {
    const Reg dst = cursor_.expect_register();
    if (row.op == AluOp::neg) return cursor_.finish(Alu{row.op, width, dst, from_imm(0)});
    cursor_.expect(",");
    return cursor_.finish(Alu{row.op, width, dst, source()});
  }

  /// movs %r1, %r2, 8
  StatementResult sign_extension(Width width) {
    const Reg dst = cursor_.expect_register();
    cursor_.expect(",");
    const Reg src = cursor_.expect_register();
    cursor_.expect(",");
    const std::uint32_t column = cursor_.peek().column;
    const std::int32_t bits = cursor_.expect_imm32();
    const bool known = bits == 8 || bits == 16 || (bits == 32 && width == Width::w64);
    if (!known) cursor_.complain(column, "a sign extension is from 8, 16 or (64-bit only) 32 bits");
    return cursor_.finish(Alu{bits == 8    ? AluOp::movsx8
                              : bits == 16 ? AluOp::movsx16
                                           : AluOp::movsx32,
                              width, dst, from_reg(src)});
  }

  /// be16, le32, bswap64: the ubpf spelling
  [[nodiscard]] const ByteSwapOpInfo* find_byte_swap() const {
    for (const ByteSwapOpInfo& row : byte_swap_ops()) {
      for (const char* bits : {"", "16", "32", "64"}) {
        if (word_ == std::string(row.mnemonic) + bits && (*bits != '\0' || row.op == ByteSwapOp::bswap)) return &row;
      }
    }
    return nullptr;
  }

  /// endbe %r1, 16; bswap %r1, 64; be16 %r1
  StatementResult byte_swap() {
    const std::string_view stem =
        word_.starts_with("end") ? std::string_view(word_).substr(3) : std::string_view(word_);
    for (const ByteSwapOpInfo& row : byte_swap_ops()) {
      if (!stem.starts_with(row.mnemonic)) continue;
      const std::string_view digits = stem.substr(row.mnemonic.size());
      const Reg dst = cursor_.expect_register();
      std::int32_t bits = digits == "16" ? 16 : digits == "32" ? 32 : digits == "64" ? 64 : 0;
      if (digits.empty()) {
        cursor_.expect(",");
        bits = cursor_.expect_imm32();
      }
      if (bits != 16 && bits != 32 && bits != 64)
        cursor_.complain(cursor_.peek().column, "bytes are swapped in 16, 32 or 64 bits");
      return cursor_.finish(ByteSwap{row.op, static_cast<std::uint8_t>(bits), dst});
    }
    return unknown();
  }

  StatementResult address_space_cast() {
    const Reg dst = cursor_.expect_register();
    cursor_.expect(",");
    const Reg src = cursor_.expect_register();
    cursor_.expect(",");
    const std::uint16_t to = cursor_.expect_address_space();
    cursor_.expect(",");
    return cursor_.finish(AddressSpaceCast{dst, src, to, cursor_.expect_address_space()});
  }

  StatementResult load_immediate() {
    const Reg dst = cursor_.expect_register();
    cursor_.expect(",");
    if (cursor_.next_is_pseudo()) {
      const LoadImm64 load = cursor_.expect_pseudo(dst);
      return cursor_.finish(load);
    }
    if (cursor_.peek().kind == Token::Kind::name) {
      NamedTarget target{NamedTarget::Kind::immediate, std::string(cursor_.peek().text), cursor_.peek().column};
      cursor_.skip();
      return cursor_.finish(LoadImm64{dst, ImmKind::value, 0, 0}, std::move(target));
    }
    const std::uint64_t value = cursor_.expect_number().value_or(0);
    return cursor_.finish(LoadImm64{dst, ImmKind::value, static_cast<std::int32_t>(static_cast<std::uint32_t>(value)),
                                    static_cast<std::int32_t>(value >> 32)});
  }

  StatementResult conditional(const JumpOpInfo& row, Width width) {
    Jump jump{row.op, width, cursor_.expect_register(), {}, 0};
    cursor_.expect(",");
    jump.source = source();
    cursor_.expect(",");
    std::optional<NamedTarget> target;
    const std::uint32_t column = cursor_.peek().column;
    const std::int32_t offset = cursor_.expect_target(target, NamedTarget::Kind::jump);
    if (offset < -32768 || offset > 32767) cursor_.complain(column, "a conditional jump reaches 32767 slots at most");
    jump.offset = static_cast<std::int16_t>(offset);
    return cursor_.finish(jump, std::move(target));
  }

  StatementResult jump() {
    std::optional<NamedTarget> target;
    const std::uint32_t column = cursor_.peek().column;
    const std::int32_t offset = cursor_.expect_target(target, NamedTarget::Kind::jump);
    if (word_ != "jal" && (offset < -32768 || offset > 32767))
      cursor_.complain(column, "this jump reaches 32767 slots at most", "use jal, which has a 32-bit offset");
    if (word_ == "may_goto") return cursor_.finish(MayGoto{static_cast<std::int16_t>(offset)}, std::move(target));
    return cursor_.finish(Goto{word_ == "jal", offset}, std::move(target));
  }

  struct Place {
    Reg base;
    std::int16_t offset;
  };
  /// [%r1+8], [r10-4], [r1]
  Place place() {
    cursor_.expect("[");
    Place parsed{cursor_.expect_register(), 0};
    if (cursor_.is_mark("+") || cursor_.is_mark("-")) parsed.offset = cursor_.expect_off16();
    cursor_.expect("]");
    return parsed;
  }

  /// aadd [%r1+0], %r2
  StatementResult atomic(const AtomicOpInfo& row, Width width) {
    const Place to = place();
    cursor_.expect(",");
    return cursor_.finish(
        Atomic{row.op, width == Width::w64 ? Size::dw : Size::w, to.base, to.offset, cursor_.expect_register()});
  }

  /// Words that end in a size: ldxw, ldxsw, stxdw, stb, ldabsh, ldindw, load_acquiredw, store_releaseb.
  StatementResult memory() {
    const std::string_view word = word_;
    const auto size_behind = [&](std::string_view prefix) {
      return word.starts_with(prefix) ? size_of_suffix(word.substr(prefix.size())) : std::nullopt;
    };
    if (const auto size = size_behind("load_acquire")) return load_acquire(*size);
    if (const auto size = size_behind("store_release")) return store_release(*size);
    if (const auto size = size_behind("ldxs"); size && *size != Size::dw) return load(*size, true);
    if (const auto size = size_behind("ldx")) return load(*size, false);
    if (const auto size = size_behind("ldabs"); size && *size != Size::dw)
      return cursor_.finish(PacketLoad{*size, false, Reg::r0, cursor_.expect_imm32()});
    if (const auto size = size_behind("ldind"); size && *size != Size::dw) return indirect(*size);
    if (const auto size = size_behind("stx")) return store(*size, true);
    if (const auto size = size_behind("st")) return store(*size, false);
    return unknown();
  }

  StatementResult load(Size size, bool is_signed) {
    const Reg dst = cursor_.expect_register();
    cursor_.expect(",");
    const Place from = place();
    return cursor_.finish(Load{size, is_signed, dst, from.base, from.offset});
  }

  StatementResult load_acquire(Size size) {
    const Reg dst = cursor_.expect_register();
    cursor_.expect(",");
    const Place from = place();
    return cursor_.finish(Atomic{AtomicOp::load_acquire, size, from.base, from.offset, dst});
  }

  StatementResult store_release(Size size) {
    const Place to = place();
    cursor_.expect(",");
    return cursor_.finish(Atomic{AtomicOp::store_release, size, to.base, to.offset, cursor_.expect_register()});
  }

  StatementResult indirect(Size size) {
    const Reg index = cursor_.expect_register();
    PacketLoad load{size, true, index, 0};
    if (cursor_.take(",")) load.offset = cursor_.expect_imm32();
    return cursor_.finish(load);
  }

  StatementResult store(Size size, bool from_register) {
    const Place to = place();
    cursor_.expect(",");
    const Source value = from_register ? from_reg(cursor_.expect_register()) : from_imm(cursor_.expect_imm32());
    return cursor_.finish(Store{size, to.base, to.offset, value});
  }

  Cursor cursor_;
  std::string word_;
  std::uint32_t column_;
};

}  // namespace

std::vector<std::string> mnemonics() {
  // The most common first: nearest() takes the first of equally near words.
  std::vector<std::string> words;
  for (const AluOpInfo& row : alu_ops()) {
    if (find_alu(row.mnemonic) == nullptr) continue;
    words.emplace_back(row.mnemonic);
    words.push_back(std::string(row.mnemonic) + "32");
  }
  for (const JumpOpInfo& row : jump_ops()) {
    words.emplace_back(row.mnemonic);
    words.push_back(std::string(row.mnemonic) + "32");
  }
  for (const AtomicOpInfo& row : atomic_ops()) {
    if (find_atomic(row.mnemonic) == nullptr) continue;
    words.emplace_back(row.mnemonic);
    words.push_back(std::string(row.mnemonic) + "32");
  }
  for (const ByteSwapOpInfo& row : byte_swap_ops()) {
    for (const char* bits : {"16", "32", "64"}) words.push_back(std::string(row.mnemonic) + bits);
  }
  for (const char* word : {"movs", "movs32", "endle", "endbe", "lddw", "ja", "jal", "may_goto", "call", "exit",
                           "addr_space_cast", "bswap"})
    words.emplace_back(word);
  for (const char* stem : {"ldx", "stx", "st", "load_acquire", "store_release"}) {
    for (const auto& [suffix, size] : suffixes) words.push_back(stem + std::string(suffix));
  }
  for (const char* stem : {"ldxs", "ldabs", "ldind"}) {
    for (const char* suffix : {"b", "h", "w"}) words.push_back(std::string(stem) + suffix);
  }
  return words;
}

std::string help_for(const StatementError& error) {
  if (error.word.empty()) return error.help;
  std::vector<std::string> words = mnemonics();
  for (const char* word : {"if", "goto", "gotol", "lock"}) words.emplace_back(word);
  const std::string guess = nearest(error.word, words);
  return guess.empty() ? error.help : fmt::format("did you mean {}?", guess);
}

bool starts_with_mnemonic(const Cursor& cursor) {
  if (cursor.peek().kind != Token::Kind::name) return false;
  static const std::vector<std::string> words = [] {  // a constant, made once
    auto all = mnemonics();
    std::sort(all.begin(), all.end());
    return all;
  }();
  // `call`, `exit` and `may_goto` are written alike everywhere; parse_c_like() takes them.
  const std::string_view word = cursor.peek().text;
  return word != "call" && word != "exit" && word != "may_goto" && std::binary_search(words.begin(), words.end(), word);
}

StatementResult parse_mnemonic(Cursor cursor) { return MnemonicParser(std::move(cursor)).parse(); }

StatementResult parse_call(Cursor cursor) {
  const bool exits = cursor.is_name("exit");
  cursor.skip();
  if (exits) return cursor.finish(Exit{});
  // A number without a sign is a helper, with one a function that many slots on: `call 6`, `call +2`, `call pc+2#name`.
  if (cursor.is_name("pc") && (cursor.is_mark("+", 1) || cursor.is_mark("-", 1))) cursor.skip();
  if (cursor.next_is_number()) {
    const bool function = cursor.is_mark("+") || cursor.is_mark("-");
    const std::int32_t number = function ? cursor.expect_distance() : cursor.expect_imm32();
    const Call call{function ? CallKind::function : CallKind::helper, number, 0};
    if (cursor.take("#")) cursor.skip();
    if (cursor.is_mark("<")) {
      while (!cursor.at_end() && !cursor.is_mark(">")) cursor.skip();
      cursor.expect(">");
    }
    return cursor.finish(call);
  }
  if (cursor.is_name("local") && cursor.peek(1).kind == Token::Kind::name) cursor.skip();  // ubpf
  const Token name = cursor.peek();
  if (name.kind != Token::Kind::name) {
    cursor.complain(name.column, "expected a helper, a function or a number behind `call`",
                    "for example: call bpf_trace_printk, call 6, call my_function, call +4");
    return cursor.finish(Exit{});
  }
  cursor.skip();
  if (!cursor.take("#"))
    return cursor.finish(Call{CallKind::function, 0, 0},
                         NamedTarget{NamedTarget::Kind::call, std::string(name.text), name.column});
  Call call{CallKind::helper, cursor.expect_imm32(), 0};
  if (name.text == "kfunc") {
    call.kind = CallKind::kfunc;
    if (cursor.take("@")) call.offset = cursor.expect_off16();
  } else if (const HelperInfo* helper = find_helper(name.text)) {
    // bpftool prints addresses behind the name (#-108416): the name is what counts.
    call.target = static_cast<std::int32_t>(helper->id);
  } else if (name.text != "unknown" && name.text != "bpf_unspec") {
    // The kernel writes a kernel function like a helper that is newer than our rows: guessing would be wrong half the
    // time.
    cursor.complain(name.column, fmt::format("there is no helper {}", name.text),
                    fmt::format("a helper by number is `call {0}`, a kernel function `call kfunc#{0}`", call.target));
  }
  return cursor.finish(call);
}

}  // namespace skep
