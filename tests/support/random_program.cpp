// Random bodies between a prologue that fills registers and stack and an epilogue that folds all of them into 32 bits
// of r0; see random_program.hpp.
#include "support/random_program.hpp"

#include <array>
#include <random>

namespace skep::test {
namespace {

inline constexpr std::int16_t stack_slots = 8;

constexpr std::array<std::int32_t, 14> edges = {0, 1, -1, 2, -2, 7, 31, 32, 63, 127, -128, 32767, INT32_MAX, INT32_MIN};

/// RFC 9669 and Linux's own comments say that it zero-extends r0. Linux 6.18 on x86-64 leaves the upper half as it was
/// if the comparison succeeds and its verifier pruned the path that reads all of r0 (seed 100843), so the generator
/// does not depend on it.
bool is_narrow_compare_exchange(const Instruction& insn) {
  const auto* atomic = std::get_if<Atomic>(&insn);
  return atomic != nullptr && atomic->op == AtomicOp::cmpxchg && atomic->size == Size::w;
}

class Generator {
 public:
  Generator(std::uint64_t seed, const RandomProgramOptions& options) : random_(seed), options_(options) {}

  std::vector<RawInsn> run() {
    for (std::uint8_t reg = 0; reg < 10; ++reg) add(load_imm64(static_cast<Reg>(reg)));
    for (std::int16_t slot = 1; slot <= stack_slots; ++slot)
      add(Store{Size::dw, Reg::r10, static_cast<std::int16_t>(-8 * slot), from_reg(reg())});
    std::uint32_t jumps = 0;
    for (std::uint32_t i = 0; i < options_.instructions; ++i) {
      const std::uint32_t left = options_.instructions - i - 1;
      if (jumps < options_.jumps && left > 0 && below(6) == 0) {
        add(jump(left));
        ++jumps;
      } else {
        const Instruction insn = straight();
        add(insn);
        if (is_narrow_compare_exchange(insn)) add(Alu{AluOp::mov, Width::w32, Reg::r0, from_reg(Reg::r0)});
      }
    }
    fold();
    return std::move(code_);
  }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  Reg reg() { return static_cast<Reg>(below(10)); }
  Width width() { return below(2) == 0 ? Width::w32 : Width::w64; }
  std::int32_t number() { return below(2) == 0 ? edges[below(edges.size())] : static_cast<std::int32_t>(random_()); }

  void add(const Instruction& insn) {
    const Encoded encoded = encode(insn);
    code_.insert(code_.end(), encoded.raw.begin(), encoded.raw.begin() + encoded.slots);
  }

  Instruction load_imm64(Reg dst) { return LoadImm64{dst, ImmKind::value, number(), below(3) == 0 ? 0 : number()}; }

  Instruction straight() {
    switch (below(8)) {
      case 0: return byte_swap();
      case 1: return memory_load();
      case 2: return memory_store();
      case 3: return atomic();
      default: return alu();
    }
  }

  Instruction alu() {
    const AluOpInfo& row = alu_ops()[below(static_cast<std::uint32_t>(alu_ops().size()))];
    const Width wide = row.op == AluOp::movsx32 ? Width::w64 : width();
    const bool moves_sign = row.op == AluOp::movsx8 || row.op == AluOp::movsx16 || row.op == AluOp::movsx32;
    if (row.op == AluOp::neg) return Alu{row.op, wide, reg(), from_imm(0)};
    if (moves_sign || below(2) == 0) return Alu{row.op, wide, reg(), from_reg(reg())};
    return Alu{row.op, wide, reg(), from_imm(immediate_for(row.op, wide))};
  }

  /// Linux refuses immediate shifts by the width or more and immediate divisors of zero.
  std::int32_t immediate_for(AluOp op, Width wide) {
    if (op == AluOp::lsh || op == AluOp::rsh || op == AluOp::arsh)
      return static_cast<std::int32_t>(below(static_cast<std::uint32_t>(wide)));
    const std::int32_t imm = number();
    const bool divides = op == AluOp::div || op == AluOp::mod || op == AluOp::sdiv || op == AluOp::smod;
    return divides && imm == 0 ? 3 : imm;
  }

  Instruction byte_swap() {
    constexpr std::array<std::uint8_t, 3> bits = {16, 32, 64};
    return ByteSwap{byte_swap_ops()[below(static_cast<std::uint32_t>(byte_swap_ops().size()))].op, bits[below(3)],
                    reg()};
  }

  Size size() {
    constexpr std::array<Size, 4> sizes = {Size::b, Size::h, Size::w, Size::dw};
    return sizes[below(4)];
  }
  /// Aligned, inside the initialised part of the frame.
  std::int16_t stack_offset(Size of) {
    const std::uint32_t bytes = bytes_of_size(of);
    return static_cast<std::int16_t>(-8 * stack_slots + static_cast<int>(below(8 * stack_slots / bytes) * bytes));
  }

  Instruction memory_load() {
    const Size of = size();
    return Load{of, of != Size::dw && below(2) == 0, reg(), Reg::r10, stack_offset(of)};
  }
  Instruction memory_store() {
    const Size of = size();
    return Store{of, Reg::r10, stack_offset(of), below(2) == 0 ? from_reg(reg()) : from_imm(number())};
  }
  Instruction atomic() {
    const Size of = below(2) == 0 ? Size::w : Size::dw;
    return Atomic{atomic_ops()[below(static_cast<std::uint32_t>(atomic_ops().size()))].op, of, Reg::r10,
                  stack_offset(of), reg()};
  }

  Instruction jump(std::uint32_t left) {
    const JumpOp op = jump_ops()[below(static_cast<std::uint32_t>(jump_ops().size()))].op;
    return Jump{op, width(), reg(), below(2) == 0 ? from_reg(reg()) : from_imm(number()),
                static_cast<std::int16_t>(1 + below(left))};
  }

  /// r0 = every register and stack slot, mixed, folded to the 32 bits that BPF_PROG_TEST_RUN reports.
  void fold() {
    const auto mix = [this](Reg from) {
      add(Alu{AluOp::mul, Width::w64, Reg::r0, from_imm(0x01000193)});
      add(Alu{AluOp::xor_, Width::w64, Reg::r0, from_reg(from)});
    };
    for (std::uint8_t other = 1; other < 10; ++other) mix(static_cast<Reg>(other));
    for (std::int16_t slot = 1; slot <= stack_slots; ++slot) {
      add(Load{Size::dw, false, Reg::r1, Reg::r10, static_cast<std::int16_t>(-8 * slot)});
      mix(Reg::r1);
    }
    add(Alu{AluOp::mov, Width::w64, Reg::r1, from_reg(Reg::r0)});
    add(Alu{AluOp::rsh, Width::w64, Reg::r1, from_imm(32)});
    add(Alu{AluOp::xor_, Width::w64, Reg::r0, from_reg(Reg::r1)});
    add(Alu{AluOp::mov, Width::w32, Reg::r0, from_reg(Reg::r0)});
    add(Exit{});
  }

  std::mt19937_64 random_;
  RandomProgramOptions options_;
  std::vector<RawInsn> code_;
};

}  // namespace

std::vector<RawInsn> random_program(std::uint64_t seed, const RandomProgramOptions& options) {
  return Generator(seed, options).run();
}

}  // namespace skep::test
