// RawInsn → Operation: everything that can be decided before a run is decided here, once. A handler is one (operation,
// width, source, direction), so an engine never looks at an opcode's bits; jumps are distances between operations;
// helpers are the addresses of their bodies.
#include <limits>

#include "skep/vm/code.hpp"
#include "skep/vm/operation.hpp"

namespace skep {
namespace {

inline constexpr std::uint32_t inside_instruction = ~std::uint32_t{0};
/// Distances between operations are counted in bytes in 32 bits. Linux stops at a million instructions.
inline constexpr std::size_t max_slots = std::numeric_limits<std::int32_t>::max() / operation_bytes;

constexpr std::uint8_t number(Reg reg) { return static_cast<std::uint8_t>(reg); }
constexpr std::uint64_t extended(std::int32_t imm) { return static_cast<std::uint64_t>(std::int64_t{imm}); }

/// The handler `index` places after the first of its family.
constexpr Handler handler_at(Handler first, std::size_t index) {
  return static_cast<Handler>(static_cast<std::size_t>(first) + index);
}

Diagnostic not_well_formed(const std::vector<EncodingError>& errors) {
  Diagnostic diagnostic{.slot = errors.front().slot.value, .what = errors.front().reason};
  for (std::size_t i = 1; i < errors.size(); ++i)
    diagnostic.why.push_back(fmt::format("instruction {}: {}", errors[i].slot.value, errors[i].reason));
  return diagnostic;
}

Diagnostic about(Slot slot, std::string what, std::string help) {
  return {.slot = slot.value, .what = std::move(what), .help = std::move(help)};
}

/// The operations of one program. Preconditions: validate() found nothing.
class Lowering {
 public:
  explicit Lowering(Code& code) : code_(code) {}

  tl::expected<void, Diagnostic> run() {
    number_operations();
    for (Slot at{0}; at.value < code_.source.size();) {
      const auto decoded = decode(code_.source, at);
      CHECK(decoded.has_value());
      at_ = at;
      const Operation operation = std::visit([this](const auto& kind) { return lower_one(kind); }, decoded->insn);
      code_.operations.push_back(operation);
      at = at + decoded->slots;
    }
    if (problem_) return tl::unexpected<Diagnostic>(std::move(*problem_));
    return {};
  }

 private:
  void number_operations() {
    code_.slot_to_operation.assign(code_.source.size(), inside_instruction);
    std::uint32_t operations = 0;
    for (Slot at{0}; at.value < code_.source.size(); at = at + decode(code_.source, at)->slots)
      code_.slot_to_operation[at.value] = operations++;
    code_.operations.reserve(operations);
  }

  /// Bytes of operations from the one after this to the one `slots` slots after the next slot.
  [[nodiscard]] std::int32_t distance(std::int32_t slots) const {
    const std::int64_t target = std::int64_t{at_.value} + 1 + slots;
    const std::int64_t to = code_.slot_to_operation[static_cast<std::size_t>(target)];
    const std::int64_t from = static_cast<std::int64_t>(code_.operations.size()) + 1;
    return static_cast<std::int32_t>((to - from) * operation_bytes);
  }

  Operation lower_one(const Alu& alu) {
    const std::size_t variant = (alu.width == Width::w64 ? 0U : 2U) + (alu.source.is_reg ? 0U : 1U);
    return {.handler = handler_at(Handler::alu_add_w64_reg, static_cast<std::size_t>(alu.op) * 4 + variant),
            .dst = number(alu.dst),
            .src = number(alu.source.reg),
            .imm = extended(alu.source.imm)};
  }

  Operation lower_one(const ByteSwap& swap) {
    const std::size_t variant = swap.bits == 16 ? 0U : swap.bits == 32 ? 1U : 2U;
    return {.handler = handler_at(Handler::swap_to_le_16, static_cast<std::size_t>(swap.op) * 3 + variant),
            .dst = number(swap.dst)};
  }

  Operation lower_one(const AddressSpaceCast&) { return {.handler = Handler::not_executable}; }

  Operation lower_one(const LoadImm64& load) {
    std::uint64_t value = load.value();
    switch (load.kind) {
      case ImmKind::value: break;
      case ImmKind::function: {
        const auto slot = static_cast<std::uint32_t>(std::int64_t{at_.value} + 1 + load.low);
        value = function_handle_base + std::uint64_t{slot} * slot_bytes;
        break;
      }
      case ImmKind::map_fd:
      case ImmKind::map_value:
      case ImmKind::variable:
      case ImmKind::map_index:
      case ImmKind::map_index_value:
        refuse("a 64-bit immediate that stands for a map or a variable cannot run",
               "load the program through a kernel: it puts the address in");
    }
    return {.handler = Handler::load_imm64, .dst = number(load.dst), .imm = value};
  }

  Operation lower_one(const Load& load) {
    const bool extend = load.sign_extend;
    Handler handler = Handler::load_u64;
    switch (load.size) {
      case Size::b: handler = extend ? Handler::load_s8 : Handler::load_u8; break;
      case Size::h: handler = extend ? Handler::load_s16 : Handler::load_u16; break;
      case Size::w: handler = extend ? Handler::load_s32 : Handler::load_u32; break;
      case Size::dw: break;
    }
    return {.handler = handler, .dst = number(load.dst), .src = number(load.base), .offset = load.offset};
  }

  Operation lower_one(const Store& store) {
    const bool reg = store.source.is_reg;
    Handler handler = reg ? Handler::store_reg_64 : Handler::store_imm_64;
    switch (store.size) {
      case Size::b: handler = reg ? Handler::store_reg_8 : Handler::store_imm_8; break;
      case Size::h: handler = reg ? Handler::store_reg_16 : Handler::store_imm_16; break;
      case Size::w: handler = reg ? Handler::store_reg_32 : Handler::store_imm_32; break;
      case Size::dw: break;
    }
    return {.handler = handler,
            .dst = number(store.base),
            .src = number(store.source.reg),
            .offset = store.offset,
            .imm = extended(store.source.imm)};
  }

  Operation lower_one(const Atomic& atomic) {
    const std::size_t variant = atomic.size == Size::dw ? 1U : 0U;
    Handler handler = handler_at(Handler::atomic_add_w32, static_cast<std::size_t>(atomic.op) * 2 + variant);
    const bool loads = atomic.op == AtomicOp::load_acquire;
    if (atomic.size == Size::b) handler = loads ? Handler::load_acquire_8 : Handler::store_release_8;
    if (atomic.size == Size::h) handler = loads ? Handler::load_acquire_16 : Handler::store_release_16;
    return {.handler = handler, .dst = number(atomic.base), .src = number(atomic.value), .offset = atomic.offset};
  }

  /// dst: whether src is an index.
  Operation lower_one(const PacketLoad& load) {
    return {.handler = Handler::packet_load,
            .dst = load.indirect ? std::uint8_t{1} : std::uint8_t{0},
            .src = number(load.index),
            .offset = load.offset,
            .imm = bytes_of_size(load.size)};
  }

  Operation lower_one(const Jump& jump) {
    const std::size_t variant =
        (jump.width == Width::w64 ? 0U : 4U) + (jump.source.is_reg ? 0U : 2U) + (jump.offset < 0 ? 1U : 0U);
    return {.handler = handler_at(Handler::jump_eq_w64_reg_forward, static_cast<std::size_t>(jump.op) * 8 + variant),
            .dst = number(jump.dst),
            .src = number(jump.source.reg),
            .offset = distance(jump.offset),
            .imm = extended(jump.source.imm)};
  }

  Operation lower_one(const Goto& jump) {
    return {.handler = jump.offset < 0 ? Handler::goto_backward : Handler::goto_forward,
            .offset = distance(jump.offset)};
  }

  Operation lower_one(const MayGoto& jump) { return {.handler = Handler::may_goto, .offset = distance(jump.offset)}; }

  Operation lower_one(const Call& call) {
    switch (call.kind) {
      case CallKind::function: return {.handler = Handler::call_function, .offset = distance(call.target)};
      case CallKind::kfunc: return {.handler = Handler::not_executable};
      case CallKind::helper: break;
    }
    const auto id = static_cast<std::uint32_t>(call.target);
    const HelperBody body = id < code_.helpers.bodies.size() ? code_.helpers.bodies[id] : nullptr;
    return {.handler = body == nullptr ? Handler::missing_helper : Handler::call_helper,
            .offset = call.target,
            .imm = reinterpret_cast<std::uint64_t>(body)};
  }

  Operation lower_one(const Exit&) { return {.handler = Handler::exit}; }

  void refuse(std::string what, std::string help) {
    if (!problem_) problem_ = about(at_, std::move(what), std::move(help));
  }

  Code& code_;
  Slot at_;
  std::optional<Diagnostic> problem_;
};

}  // namespace

Code::Code() = default;
Code::~Code() = default;

Slot slot_of(const Code& code, const Operation* operation) {
  const auto index = static_cast<std::uint32_t>(operation - code.operations.data());
  std::uint32_t slot = index;  // never before it: an operation has at least one slot
  while (code.slot_to_operation[slot] != index) ++slot;
  return Slot{slot};
}

tl::expected<std::shared_ptr<const Code>, Diagnostic> lower(std::span<const RawInsn> source, LowerOptions options) {
  if (source.size() > max_slots)
    return tl::unexpected<Diagnostic>(
        about(Slot{0}, fmt::format("the program has {} instructions; the most is {}", source.size(), max_slots),
              "split it with tail calls"));
  if (const auto errors = validate(source); !errors.empty()) return tl::unexpected<Diagnostic>(not_well_formed(errors));

  auto code = std::make_shared<Code>();
  code->source.assign(source.begin(), source.end());
  code->helpers = std::move(options.helpers);
  code->maps = std::move(options.maps);
  code->regions = std::move(options.regions);
  code->owner = options.owner;
  if (auto lowered = Lowering(*code).run(); !lowered) return tl::unexpected<Diagnostic>(std::move(lowered).error());
  return std::shared_ptr<const Code>(std::move(code));
}

}  // namespace skep
