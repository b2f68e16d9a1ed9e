// Which encodings are instructions, from RFC 9669 by hand: the table below knows nothing of the rows in the .def files.
// Every opcode is tried with every class of register, offset and immediate; what decode() accepts must be the table,
// and encode() must give it back.
#include "skep/isa/decode.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace skep {
namespace {

using Numbers = std::vector<std::int64_t>;
const Numbers any = {};
const Numbers zero = {0};
const Numbers registers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

/// These opcodes with these field values; an empty list means every value.
struct Assigned {
  Numbers codes;
  Numbers dst;
  Numbers src;
  Numbers off;
  Numbers imm;
};

Numbers with_low_bits(const Numbers& operations, std::uint8_t low) {
  Numbers codes;
  for (const std::int64_t operation : operations) codes.push_back(operation << 4 | low);
  return codes;
}

/// RFC 9669 sections 4.1 to 5.5, in that order; then what Linux adds.
std::vector<Assigned> assigned_encodings() {
  std::vector<Assigned> rows;
  const Numbers plain = {0x0, 0x1, 0x2, 0x4, 0x5, 0x6, 0x7, 0xa, 0xc};  // add sub mul or and lsh rsh xor arsh
  const Numbers division = {0x3, 0x9};                                  // div mod: offset 1 is signed
  for (const std::uint8_t insn_class : {std::uint8_t{0x4}, std::uint8_t{0x7}}) {
    const auto immediate = insn_class;
    const auto with_reg = static_cast<std::uint8_t>(insn_class | 0x8);
    rows.push_back({with_low_bits(plain, immediate), registers, zero, zero, any});
    rows.push_back({with_low_bits(plain, with_reg), registers, registers, zero, zero});
    rows.push_back({with_low_bits(division, immediate), registers, zero, {0, 1}, any});
    rows.push_back({with_low_bits(division, with_reg), registers, registers, {0, 1}, zero});
    rows.push_back({with_low_bits({0x8}, immediate), registers, zero, zero, zero});  // neg
    rows.push_back({with_low_bits({0xb}, immediate), registers, zero, zero, any});   // mov
  }
  rows.push_back({{0xbc}, registers, registers, {0, 8, 16}, zero});      // movsx to 32 bits
  rows.push_back({{0xbf}, registers, registers, {0, 8, 16, 32}, zero});  // movsx to 64 bits
  rows.push_back({{0xd4, 0xdc, 0xd7}, registers, zero, zero, {16, 32, 64}});

  const Numbers comparisons = {0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0xa, 0xb, 0xc, 0xd};
  for (const std::uint8_t insn_class : {std::uint8_t{0x5}, std::uint8_t{0x6}}) {
    rows.push_back({with_low_bits(comparisons, insn_class), registers, zero, any, any});
    rows.push_back(
        {with_low_bits(comparisons, static_cast<std::uint8_t>(insn_class | 0x8)), registers, registers, any, zero});
  }
  rows.push_back({{0x05}, zero, zero, any, zero});    // ja
  rows.push_back({{0x06}, zero, zero, zero, any});    // ja with 32-bit offset
  rows.push_back({{0x85}, zero, {0, 1}, zero, any});  // helper, function
  rows.push_back({{0x95}, zero, zero, zero, zero});   // exit

  rows.push_back({{0x61, 0x69, 0x71, 0x79}, registers, registers, any, zero});  // ldx
  rows.push_back({{0x81, 0x89, 0x91}, registers, registers, any, zero});        // ldxs
  rows.push_back({{0x62, 0x6a, 0x72, 0x7a}, registers, zero, any, any});        // st
  rows.push_back({{0x63, 0x6b, 0x73, 0x7b}, registers, registers, any, zero});  // stx
  rows.push_back(
      {{0xc3, 0xdb}, registers, registers, any, {0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1}});
  rows.push_back({{0x18}, registers, {0, 1, 2, 3, 4, 5, 6}, zero, any});
  rows.push_back({{0x20, 0x28, 0x30}, zero, zero, zero, any});       // abs
  rows.push_back({{0x40, 0x48, 0x50}, zero, registers, zero, any});  // ind

  rows.push_back({{0x85}, zero, {2}, any, any});  // kernel function in a module's BTF
  rows.push_back({{0xc3, 0xcb, 0xd3, 0xdb}, registers, registers, any, {0x100, 0x110}});  // load_acquire, store_release
  rows.push_back({{0xe5}, zero, zero, any, zero});                                        // may_goto
  rows.push_back({{0xbf}, registers, registers, {1}, {1, 0x10000}});                      // addr_space_cast
  return rows;
}

bool allows(const Numbers& numbers, std::int64_t number) {
  return numbers.empty() || std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool is_assigned(const std::vector<Assigned>& rows_of_code, const RawInsn& raw) {
  return std::any_of(rows_of_code.begin(), rows_of_code.end(), [&](const Assigned& row) {
    return allows(row.dst, raw.dst) && allows(row.src, raw.src) && allows(row.off, raw.off) && allows(row.imm, raw.imm);
  });
}

std::string text_of(const RawInsn& raw) {
  return fmt::format("code 0x{:02x} dst {} src {} off {} imm {:#x}", raw.code, raw.dst, raw.src, raw.off, raw.imm);
}

/// Decodes `raw` followed by an empty slot, and checks that an accepted one encodes back.
bool accepts(const RawInsn& raw) {
  const std::array<RawInsn, 2> code = {raw, RawInsn{}};
  const auto decoded = decode(code, Slot{0});
  if (!decoded) {
    EXPECT_EQ(decoded.error().slot, Slot{0});
    EXPECT_EQ(decoded.error().raw, raw);
    EXPECT_FALSE(decoded.error().reason.empty()) << text_of(raw);
    return false;
  }
  const Encoded encoded = encode(decoded->insn);
  EXPECT_EQ(encoded.raw[0], raw) << text_of(raw);
  EXPECT_EQ(encoded.raw[1], RawInsn{}) << text_of(raw);
  EXPECT_EQ(encoded.slots, decoded->slots);
  EXPECT_EQ(decoded->slots, raw.code == 0x18 ? 2U : 1U);
  return true;
}

TEST(Decode, AcceptsExactlyTheAssignedEncodings) {
  const std::vector<Assigned> rows = assigned_encodings();
  const std::array<std::uint8_t, 5> dst_classes = {0, 1, 10, 11, 15};
  const std::array<std::uint8_t, 9> src_classes = {0, 1, 2, 3, 6, 7, 10, 11, 15};
  const std::array<std::int16_t, 9> offsets = {0, 1, 2, 8, 16, 32, 64, -1, -32768};
  const std::array<std::int32_t, 23> immediates = {0,    1,     2,     8,       16,        32,        64,   0x40,
                                                   0x41, 0x50,  0x51,  0xa0,    0xa1,      0xe1,      0xf1, 0xe0,
                                                   0xf0, 0x100, 0x110, 0x10000, INT32_MAX, INT32_MIN, -1};
  int accepted = 0;
  for (int code = 0; code < 256; ++code) {
    std::vector<Assigned> rows_of_code;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(rows_of_code),
                 [&](const Assigned& row) { return allows(row.codes, code); });
    for (const std::uint8_t dst : dst_classes)
      for (const std::uint8_t src : src_classes)
        for (const std::int16_t off : offsets)
          for (const std::int32_t imm : immediates) {
            const RawInsn raw{static_cast<std::uint8_t>(code), dst, src, off, imm};
            const bool expected = is_assigned(rows_of_code, raw);
            accepted += expected ? 1 : 0;
            ASSERT_EQ(accepts(raw), expected) << text_of(raw);
          }
  }
  EXPECT_GT(accepted, 10'000);
}

TEST(Decode, SecondSlotOfA64BitImmediateMustBeBare) {
  const RawInsn first{0x18, 1, 0, 0, 0x55667788};
  const auto reason = [&](const RawInsn& head, const RawInsn& second) -> std::string {
    const std::array<RawInsn, 2> code = {head, second};
    const auto decoded = decode(code, Slot{0});
    return decoded ? "" : decoded.error().reason;
  };
  EXPECT_EQ(reason(first, {0, 0, 0, 0, -1}), "");
  for (const RawInsn& second :
       {RawInsn{0x95, 0, 0, 0, 0}, RawInsn{0, 1, 0, 0, 0}, RawInsn{0, 0, 1, 0, 0}, RawInsn{0, 0, 0, 1, 0}})
    EXPECT_NE(reason(first, second).find("second slot"), std::string::npos);
  // Linux: "unrecognized bpf_ld_imm64 insn" for a map whose second immediate is not 0; the other kinds use it.
  for (const std::uint8_t kind : {std::uint8_t{1}, std::uint8_t{5}})
    EXPECT_NE(reason({0x18, 1, kind, 0, 3}, {0, 0, 0, 0, 7}), "");
  for (const std::uint8_t kind : {std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{4}, std::uint8_t{6}})
    EXPECT_EQ(reason({0x18, 1, kind, 0, 3}, {0, 0, 0, 0, 7}), "");

  const std::array<RawInsn, 1> cut = {first};
  const auto decoded = decode(cut, Slot{0});
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().reason.find("the program ends after the first"), std::string::npos);
}

template <typename Kind>
Kind decode_as(const RawInsn& first, const RawInsn& second = {}) {
  const std::array<RawInsn, 2> code = {first, second};
  const auto decoded = decode(code, Slot{0});
  EXPECT_TRUE(decoded.has_value() && std::holds_alternative<Kind>(decoded->insn)) << text_of(first);
  return std::get<Kind>(decoded.value().insn);
}

TEST(Decode, OperandsComeFromTheFieldsTheRfcNames) {
  EXPECT_EQ(decode_as<Alu>({0x3f, 1, 2, 1, 0}), (Alu{AluOp::sdiv, Width::w64, Reg::r1, from_reg(Reg::r2)}));
  EXPECT_EQ(decode_as<Alu>({0x94, 3, 0, 1, -7}), (Alu{AluOp::smod, Width::w32, Reg::r3, from_imm(-7)}));
  EXPECT_EQ(decode_as<Alu>({0xbc, 1, 2, 16, 0}), (Alu{AluOp::movsx16, Width::w32, Reg::r1, from_reg(Reg::r2)}));
  EXPECT_EQ(decode_as<ByteSwap>({0xd4, 4, 0, 0, 32}), (ByteSwap{ByteSwapOp::to_le, 32, Reg::r4}));
  EXPECT_EQ(decode_as<ByteSwap>({0xdc, 4, 0, 0, 16}), (ByteSwap{ByteSwapOp::to_be, 16, Reg::r4}));
  EXPECT_EQ(decode_as<ByteSwap>({0xd7, 4, 0, 0, 64}), (ByteSwap{ByteSwapOp::bswap, 64, Reg::r4}));
  EXPECT_EQ(decode_as<AddressSpaceCast>({0xbf, 1, 2, 1, 0x10000}), (AddressSpaceCast{Reg::r1, Reg::r2, 1, 0}));
  EXPECT_EQ(decode_as<LoadImm64>({0x18, 1, 0, 0, 0x55667788}, {0, 0, 0, 0, 0x11223344}).value(), 0x1122334455667788U);
  EXPECT_EQ(decode_as<Load>({0x89, 1, 2, -4, 0}), (Load{Size::h, true, Reg::r1, Reg::r2, -4}));
  EXPECT_EQ(decode_as<Store>({0x7a, 10, 0, -8, -5}), (Store{Size::dw, Reg::r10, -8, from_imm(-5)}));
  EXPECT_EQ(decode_as<Store>({0x63, 10, 3, -8, 0}), (Store{Size::w, Reg::r10, -8, from_reg(Reg::r3)}));
  EXPECT_EQ(decode_as<Atomic>({0xdb, 1, 2, 8, 0xf1}), (Atomic{AtomicOp::cmpxchg, Size::dw, Reg::r1, 8, Reg::r2}));
  EXPECT_EQ(decode_as<Atomic>({0xd3, 1, 2, 8, 0x100}), (Atomic{AtomicOp::load_acquire, Size::b, Reg::r2, 8, Reg::r1}));
  EXPECT_EQ(decode_as<Atomic>({0xcb, 1, 2, 8, 0x110}), (Atomic{AtomicOp::store_release, Size::h, Reg::r1, 8, Reg::r2}));
  EXPECT_EQ(decode_as<PacketLoad>({0x48, 0, 3, 0, 12}), (PacketLoad{Size::h, true, Reg::r3, 12}));
  EXPECT_EQ(decode_as<Jump>({0xde, 1, 2, -3, 0}), (Jump{JumpOp::sle, Width::w32, Reg::r1, from_reg(Reg::r2), -3}));
  EXPECT_EQ(decode_as<Goto>({0x06, 0, 0, 0, -70000}), (Goto{true, -70000}));
  EXPECT_EQ(decode_as<MayGoto>({0xe5, 0, 0, 5, 0}), (MayGoto{5}));
  EXPECT_EQ(decode_as<Call>({0x85, 0, 2, 3, 1000}), (Call{CallKind::kfunc, 1000, 3}));
}

TEST(Decode, SaysWhy) {
  const auto reason = [](const RawInsn& raw) { return decode(std::array{raw}, Slot{0}).error().reason; };
  EXPECT_EQ(reason({0x8d, 0, 0, 0, 0}), "opcode 0x8d is not assigned: there are no calls through a register");
  EXPECT_EQ(reason({0xff, 0, 0, 0, 0}), "opcode 0xff is not assigned");
  EXPECT_EQ(reason({0x0f, 11, 0, 0, 0}), "there is no register r11: the destination register of add must be r0 to r10");
  EXPECT_EQ(reason({0x95, 0, 0, 0, 1}), "the immediate field must be 0 for exit, not 1");
  EXPECT_EQ(reason({0x07, 0, 0, 1, 1}), "the offset field must be 0 for add, not 1");
  EXPECT_EQ(reason({0xb7, 0, 0, 8, 1}),
            "the offset field must be 0 for mov of an immediate, not 8: only a register is sign-extended");
  EXPECT_EQ(reason({0x37, 0, 0, 2, 1}), "the offset field of div and mod must be 0 (unsigned) or 1 (signed), not 2");
  EXPECT_EQ(reason({0xd3, 0, 0, 0, 0}), "atomic add works on 4 or 8 bytes, not on 1");
  EXPECT_EQ(reason({0xdb, 0, 0, 0, 0xe0}), "the immediate 0xe0 names no atomic operation");
  EXPECT_EQ(reason({0xd7, 0, 0, 0, 24}), "the immediate of a byte swap must be 16, 32 or 64 (bits), not 24");
}

}  // namespace
}  // namespace skep
