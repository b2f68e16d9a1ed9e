// The form of a whole program: every slot decodes, every jump and call lands on the first slot of an instruction, no
// instruction follows the end, nobody writes r10. What Linux's check_subprogs() and resolve of immediates refuse before
// its verifier walks any path.
#include <algorithm>

#include "skep/isa/decode.hpp"
#include "skep/isa/operations.hpp"

namespace skep {
namespace {

/// The register an instruction writes by name, if any (calls and packet loads write r0, cmpxchg too: never r10).
std::optional<Reg> written_register(const Instruction& insn) {
  using Written = std::optional<Reg>;
  return std::visit(Overload{[](const Alu& alu) -> Written { return alu.dst; },
                             [](const ByteSwap& swap) -> Written { return swap.dst; },
                             [](const AddressSpaceCast& cast) -> Written { return cast.dst; },
                             [](const LoadImm64& load) -> Written { return load.dst; },
                             [](const Load& load) -> Written { return load.dst; },
                             [](const Atomic& atomic) -> Written {
                               if (atomic.op == AtomicOp::cmpxchg || !info(atomic.op).fetches) return std::nullopt;
                               return atomic.value;
                             },
                             [](const auto&) -> Written { return std::nullopt; }},
                    insn);
}

struct Target {
  std::string_view what;
  std::int64_t offset;  ///< From the slot after the instruction's first.
};

std::optional<Target> target_of(const Instruction& insn) {
  using Aim = std::optional<Target>;
  return std::visit(Overload{[](const Jump& jump) -> Aim {
                               return Target{"jump", jump.offset};
                             },
                             [](const Goto& jump) -> Aim {
                               return Target{"jump", jump.offset};
                             },
                             [](const MayGoto& jump) -> Aim {
                               return Target{"jump", jump.offset};
                             },
                             [](const Call& call) -> Aim {
                               if (call.kind != CallKind::function) return std::nullopt;
                               return Target{"call", call.target};
                             },
                             [](const LoadImm64& load) -> Aim {
                               if (load.kind != ImmKind::function) return std::nullopt;
                               return Target{"function address", load.low};
                             },
                             [](const auto&) -> Aim { return std::nullopt; }},
                    insn);
}

bool never_continues(const Instruction& insn) {
  return std::holds_alternative<Exit>(insn) || std::holds_alternative<Goto>(insn);
}

struct Placed {
  Slot at;
  Instruction insn;
};

class Validator {
 public:
  explicit Validator(std::span<const RawInsn> code) : code_(code), starts_(code.size(), false) {}

  std::vector<EncodingError> run() {
    if (code_.empty()) return {{Slot{0}, RawInsn{}, "the program has no instructions"}};
    decode_all();
    for (const Placed& placed : placed_) check_target(placed);
    if (!placed_.empty() && placed_.back().at + slots_of(placed_.back().insn) == end() &&
        !never_continues(placed_.back().insn))
      report(placed_.back().at, "the last instruction must be exit or goto: execution would fall off the end");
    std::stable_sort(errors_.begin(), errors_.end(),
                     [](const EncodingError& a, const EncodingError& b) { return a.slot < b.slot; });
    return std::move(errors_);
  }

 private:
  [[nodiscard]] Slot end() const { return Slot{static_cast<std::uint32_t>(code_.size())}; }

  void report(Slot at, std::string reason) { errors_.push_back({at, code_[at.value], std::move(reason)}); }

  void decode_all() {
    for (Slot at{0}; at < end();) {
      starts_[at.value] = true;
      auto decoded = decode(code_, at);
      if (!decoded) {
        const std::uint32_t refused = slots_of_refused(at);
        errors_.push_back(std::move(decoded).error());
        at = at + refused;
        continue;
      }
      if (written_register(decoded->insn) == Reg::r10) report(at, "r10 is read-only: it is the frame pointer");
      placed_.push_back({at, decoded->insn});
      at = at + decoded->slots;
    }
  }

  /// A 64-bit immediate load whose first slot alone is wrong keeps its second, so that one mistake is one error.
  [[nodiscard]] std::uint32_t slots_of_refused(Slot at) const {
    const RawInsn as_load = encode(LoadImm64{Reg::r0, ImmKind::value, 0, 0}).raw[0];
    if (code_[at.value].code != as_load.code || next(at) == end()) return 1;
    const RawInsn& second = code_[next(at).value];
    return second == RawInsn{0, 0, 0, 0, second.imm} ? 2 : 1;
  }

  void check_target(const Placed& placed) {
    const auto target = target_of(placed.insn);
    if (!target) return;
    const std::int64_t to = std::int64_t{placed.at.value} + 1 + target->offset;
    if (to < 0 || to >= std::int64_t{end().value})
      return report(placed.at,
                    fmt::format("{} to slot {}, outside the program (0 to {})", target->what, to, end().value - 1));
    if (!starts_[static_cast<std::size_t>(to)])
      report(placed.at, fmt::format("{} to slot {}, the second half of a 64-bit immediate load", target->what, to));
  }

  std::span<const RawInsn> code_;
  std::vector<bool> starts_;
  std::vector<Placed> placed_;
  std::vector<EncodingError> errors_;
};

}  // namespace

std::vector<EncodingError> validate(std::span<const RawInsn> code) { return Validator(code).run(); }

}  // namespace skep
