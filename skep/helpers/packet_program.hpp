// For this module's tests: programs that call packet helpers one after the other and fold every result into r0, so that
// the same program can run on Linux (BPF_PROG_TEST_RUN, nothing is attached) and on our bodies, and one number and the
// packet tell whether they agree.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "skep/helpers/bodies.hpp"
#include "skep/helpers/environment.hpp"
#include "skep/helpers/packet.hpp"

namespace skep {

/// A helper's argument: a number, the context, or an address on the stack (whose 64 bytes below r10 are filled with a
/// pattern).
struct Argument {
  enum class Kind : std::uint8_t { number, ctx, stack } kind = Kind::number;
  std::int64_t value = 0;
};
inline constexpr Argument ctx{Argument::Kind::ctx, 0};
[[nodiscard]] constexpr Argument number(std::int64_t value) { return {Argument::Kind::number, value}; }
/// 64 … 1 bytes below the frame pointer.
[[nodiscard]] constexpr Argument stack(std::int32_t below) { return {Argument::Kind::stack, -below}; }

class PacketProgram {
 public:
  PacketProgram() {
    emit({0xbf, 6, 1, 0, 0});  // r6 = ctx
    emit({0xb7, 7, 0, 0, 1});  // r7 = 1
    for (std::int16_t at = -64; at < 0; at = static_cast<std::int16_t>(at + 4))
      emit({0x62, 10, 0, at, 0x01020304 * (at + 70)});
  }
  /// r7 = r7 * 31 + helper(arguments)
  PacketProgram& call(HelperId helper, std::initializer_list<Argument> arguments) {
    std::uint8_t reg = 1;
    for (const Argument& argument : arguments) {
      if (argument.kind == Argument::Kind::number) load(reg, argument.value);
      if (argument.kind == Argument::Kind::ctx) emit({0xbf, reg, 6, 0, 0});
      if (argument.kind == Argument::Kind::stack) {
        emit({0xbf, reg, 10, 0, 0});
        emit({0x07, reg, 0, 0, static_cast<std::int32_t>(argument.value)});
      }
      ++reg;
    }
    emit({0x85, 0, 0, 0, static_cast<std::int32_t>(helper)});
    return fold();
  }
  /// r7 = r7 * 31 + the word at ctx + offset
  PacketProgram& context(std::int16_t offset) {
    emit({0x61, 0, 6, offset, 0});
    return fold();
  }
  PacketProgram& set_context(std::int16_t offset, std::int32_t value) {
    emit({0xb7, 1, 0, 0, value});
    emit({0x63, 6, 1, offset, 0});
    return *this;
  }
  /// r7 = r7 * 31 + a legacy packet load by this opcode; `index` goes to indirect ones. Past the end the program ends
  /// with 0.
  PacketProgram& packet_load(std::uint8_t opcode, std::int32_t offset, std::int32_t index = 0) {
    const bool indirect = (opcode & 0xe0) == 0x40;
    emit({0xb7, 8, 0, 0, index});
    emit({opcode, 0, static_cast<std::uint8_t>(indirect ? 8 : 0), 0, offset});
    return fold();
  }
  /// r7 = r7 * 31 + the word on the stack
  PacketProgram& word(std::int32_t below) {
    emit({0x61, 0, 10, static_cast<std::int16_t>(-below), 0});
    return fold();
  }
  [[nodiscard]] std::vector<RawInsn> code() const {
    std::vector<RawInsn> all = code_;
    all.push_back({0xbf, 0, 7, 0, 0});
    all.push_back({0x95, 0, 0, 0, 0});
    return all;
  }

 private:
  void load(std::uint8_t reg, std::int64_t value) {
    const auto low = static_cast<std::int32_t>(value);
    if (low == value) return emit({0xb7, reg, 0, 0, low});
    emit({0x18, reg, 0, 0, low});
    emit({0, 0, 0, 0, static_cast<std::int32_t>(value >> 32)});
  }
  void emit(const RawInsn& insn) { code_.push_back(insn); }
  PacketProgram& fold() {
    emit({0x27, 7, 0, 0, 31});
    emit({0x0f, 7, 0, 0, 0});
    return *this;
  }
  std::vector<RawInsn> code_;
};

struct PacketOutcome {
  std::uint32_t value = 0;
  ByteVector bytes;
};

/// Runs on our bodies, checked; a fault fails the test.
[[nodiscard]] PacketOutcome run_here(ProgramType type, const PacketProgram& program, ByteView packet);
/// Runs on Linux; nothing where bpf(2) is refused (`why` says so).
[[nodiscard]] std::optional<PacketOutcome> run_on_linux(ProgramType type, const PacketProgram& program, ByteView packet,
                                                        std::string& why);

}  // namespace skep
