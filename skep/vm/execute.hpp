// The engines' loop, direct-threaded: every handler of handlers.def is a label, and each ends by jumping to the next
// operation's (GNU computed goto), so that the processor predicts each operation's successor by itself. The handlers
// are made from the isa's rows. `checked` adds a test before every access.
//
// Fuel costs nothing on the way. `budget` is the address at which fuel would run out if the program went straight on;
// so budget - pc is what is left, and a jump, which moves pc without executing anything, moves budget along. It is
// looked at where a program can go in circles: at backward jumps and calls.
#pragma once

#include <algorithm>

#include "skep/vm/execution.hpp"

namespace skep {

/// May these bytes be touched directly? Unchecked engines only keep away from addresses that stand for things (context,
/// handles, kernel objects).
template <bool checked, Access wanted, typename T>
[[gnu::always_inline]] inline bool is_plain(Machine& machine, std::uint64_t frame_pointer, std::uint8_t base,
                                            std::uint64_t address) {
  if constexpr (!checked) return static_cast<std::int64_t>(address) >= 0;
  if (address - (frame_pointer - frame_bytes) <= frame_bytes - sizeof(T)) return true;
  const Window& window = Execution::state(machine).windows[base];
  const std::uint64_t size = wanted == Access::read    ? window.readable
                             : wanted == Access::write ? window.writable
                                                       : std::min(window.readable, window.writable);
  if (size >= sizeof(T) && address - window.begin <= size - sizeof(T)) return true;
  return Execution::find(machine, base, address, sizeof(T), wanted);
}

[[nodiscard]] constexpr Access access_of(AtomicOp op) {
  if (op == AtomicOp::load_acquire) return Access::read;
  if (op == AtomicOp::store_release) return Access::write;
  return Access::read_write;
}

/// The row's operation, atomically. On x86 a compare-exchange loop costs what a locked add does, and serves every row.
template <typename U, AtomicOp op, bool fetches>
[[gnu::always_inline]] inline void apply_atomic(std::uint64_t address, std::uint64_t& value, std::uint64_t& r0) {
  auto* cell = reinterpret_cast<U*>(address);
  if constexpr (op == AtomicOp::load_acquire) {
    value = __atomic_load_n(cell, __ATOMIC_ACQUIRE);
  } else if constexpr (op == AtomicOp::store_release) {
    __atomic_store_n(cell, static_cast<U>(value), __ATOMIC_RELEASE);
  } else {
    const auto operand = static_cast<U>(value);
    const auto expected = static_cast<U>(r0);
    U old = __atomic_load_n(cell, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(cell, &old, evaluate_atomic<U>(op, old, operand, expected), true,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
    }
    if constexpr (op == AtomicOp::cmpxchg) r0 = old;
    if constexpr (fetches && op != AtomicOp::cmpxchg) value = old;
  }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"  // computed goto

template <bool checked>
[[gnu::flatten]] Execution::Outcome Execution::execute(Machine& machine, const Operation* start,
                                                       const Arguments& arguments, std::uint64_t& result) {
  static const void* const labels[] = {
#define HANDLER(name) &&name,
#include "skep/vm/handlers.def"
#undef HANDLER
  };

  MachineState& state = *machine.state_;
  const std::uint32_t first_depth = state.depth;
  const Operation* pc = start;
  Registers r;
  std::copy(arguments.begin(), arguments.end(), r + 1);
  r[0] = r[6] = r[7] = r[8] = r[9] = 0;
  std::int64_t budget = 0;

#define POSITION(at) reinterpret_cast<std::int64_t>(at)
#define DISPATCH goto* labels[static_cast<std::size_t>(pc->handler)]
#define NEXT \
  ++pc;      \
  DISPATCH
#define GO(distance_)                          \
  {                                            \
    const std::int64_t distance = (distance_); \
    pc = advance(pc + 1, distance);            \
    budget += distance;                        \
  }
#define CHECK_FUEL                              \
  if (budget <= POSITION(pc)) goto out_of_fuel; \
  if (Execution::interrupted(machine)) goto interrupted
#define GO_FORWARD GO(pc->offset) DISPATCH
#define GO_BACKWARD          \
  GO(pc->offset) CHECK_FUEL; \
  DISPATCH
#define ADDRESS(base) (r[base] + static_cast<std::uint64_t>(std::int64_t{pc->offset}))

  budget = POSITION(pc) + state.remaining;
enter_frame:
  r[10] = state.frame_top(state.depth);
  state.frames[state.depth].loops_left = max_loops;
  if constexpr (checked) Execution::clear(r[10] - frame_bytes, frame_bytes);
  CHECK_FUEL;
  DISPATCH;

#define ALU_OP(name, ...)                                                                                              \
  alu_##name##_w64_reg : r[pc->dst] = evaluate_alu<std::uint64_t>(AluOp::name, r[pc->dst], r[pc->src]);                \
  NEXT;                                                                                                                \
  alu_##name##_w64_imm : r[pc->dst] = evaluate_alu<std::uint64_t>(AluOp::name, r[pc->dst], pc->imm);                   \
  NEXT;                                                                                                                \
  alu_##name##_w32_reg : r[pc->dst] = evaluate_alu<std::uint32_t>(AluOp::name, static_cast<std::uint32_t>(r[pc->dst]), \
                                                                  static_cast<std::uint32_t>(r[pc->src]));             \
  NEXT;                                                                                                                \
  alu_##name##_w32_imm : r[pc->dst] = evaluate_alu<std::uint32_t>(AluOp::name, static_cast<std::uint32_t>(r[pc->dst]), \
                                                                  static_cast<std::uint32_t>(pc->imm));                \
  NEXT;
#include "skep/isa/alu_ops.def"
#undef ALU_OP

#define JUMP(name, U, form, operand)                                                               \
  jump_##name##_##form##_forward                                                                   \
      : if (evaluate_jump<U>(JumpOp::name, static_cast<U>(r[pc->dst]), static_cast<U>(operand))) { \
    GO_FORWARD;                                                                                    \
  }                                                                                                \
  NEXT;                                                                                            \
  jump_##name##_##form##_backward                                                                  \
      : if (evaluate_jump<U>(JumpOp::name, static_cast<U>(r[pc->dst]), static_cast<U>(operand))) { \
    GO_BACKWARD;                                                                                   \
  }                                                                                                \
  NEXT;
#define JUMP_OP(name, ...)                       \
  JUMP(name, std::uint64_t, w64_reg, r[pc->src]) \
  JUMP(name, std::uint64_t, w64_imm, pc->imm)    \
  JUMP(name, std::uint32_t, w32_reg, r[pc->src]) \
  JUMP(name, std::uint32_t, w32_imm, pc->imm)
#include "skep/isa/jump_ops.def"
#undef JUMP_OP
#undef JUMP

#define BYTE_SWAP_OP(name, ...)                                               \
  swap_##name##_16 : r[pc->dst] = evaluate(ByteSwapOp::name, 16, r[pc->dst]); \
  NEXT;                                                                       \
  swap_##name##_32 : r[pc->dst] = evaluate(ByteSwapOp::name, 32, r[pc->dst]); \
  NEXT;                                                                       \
  swap_##name##_64 : r[pc->dst] = evaluate(ByteSwapOp::name, 64, r[pc->dst]); \
  NEXT;
#include "skep/isa/byte_swap_ops.def"
#undef BYTE_SWAP_OP

#define ATOMIC(label, name, U, fetches)                                                             \
  label : {                                                                                         \
    const std::uint64_t address = ADDRESS(pc->dst);                                                 \
    constexpr Access wanted = access_of(AtomicOp::name);                                            \
    const bool aligned = !checked || address % sizeof(U) == 0;                                      \
    if (!aligned || !is_plain<checked, wanted, U>(machine, r[10], pc->dst, address)) [[unlikely]] { \
      Execution::refuse_atomic(machine, address, sizeof(U), wanted);                                \
      goto faulted;                                                                                 \
    }                                                                                               \
    apply_atomic<U, AtomicOp::name, fetches>(address, r[pc->src], r[0]);                            \
  }                                                                                                 \
  NEXT;
#define ATOMIC_OP(name, mnemonic, imm_, fetches, ...)       \
  ATOMIC(atomic_##name##_w32, name, std::uint32_t, fetches) \
  ATOMIC(atomic_##name##_w64, name, std::uint64_t, fetches)
#include "skep/isa/atomic_ops.def"
#undef ATOMIC_OP
  ATOMIC(load_acquire_8, load_acquire, std::uint8_t, true)
  ATOMIC(load_acquire_16, load_acquire, std::uint16_t, true)
  ATOMIC(store_release_8, store_release, std::uint8_t, false)
  ATOMIC(store_release_16, store_release, std::uint16_t, false)
#undef ATOMIC

// A context field fills the register as its ContextAccess gives it: a 32-bit `data` field is a 64-bit pointer, as after
// Linux's rewriting.
#define LOAD(label, U, Extended)                                                                               \
  label : {                                                                                                    \
    const std::uint64_t address = ADDRESS(pc->src);                                                            \
    std::uint64_t value;                                                                                       \
    if (is_plain<checked, Access::read, U>(machine, r[10], pc->src, address)) [[likely]] {                     \
      r[pc->dst] = static_cast<std::uint64_t>(static_cast<Extended>(load_unaligned<U>(Machine::at(address)))); \
    } else if (Execution::load_special(machine, address, sizeof(U), value)) {                                  \
      r[pc->dst] = std::is_signed_v<Extended>                                                                  \
                       ? static_cast<std::uint64_t>(static_cast<Extended>(static_cast<U>(value)))              \
                       : value;                                                                                \
    } else {                                                                                                   \
      goto faulted;                                                                                            \
    }                                                                                                          \
  }                                                                                                            \
  NEXT;
  LOAD(load_u8, std::uint8_t, std::uint8_t)
  LOAD(load_u16, std::uint16_t, std::uint16_t)
  LOAD(load_u32, std::uint32_t, std::uint32_t)
  LOAD(load_u64, std::uint64_t, std::uint64_t)
  LOAD(load_s8, std::uint8_t, std::int8_t)
  LOAD(load_s16, std::uint16_t, std::int16_t)
  LOAD(load_s32, std::uint32_t, std::int32_t)
#undef LOAD

#define STORE(label, U, operand)                                                            \
  label : {                                                                                 \
    const std::uint64_t address = ADDRESS(pc->dst);                                         \
    const auto value = static_cast<U>(operand);                                             \
    if (is_plain<checked, Access::write, U>(machine, r[10], pc->dst, address)) [[likely]] { \
      store_unaligned<U>(Machine::at(address), value);                                      \
    } else if (!Execution::store_special(machine, address, sizeof(U), value)) {             \
      goto faulted;                                                                         \
    }                                                                                       \
  }                                                                                         \
  NEXT;
  STORE(store_reg_8, std::uint8_t, r[pc->src])
  STORE(store_reg_16, std::uint16_t, r[pc->src])
  STORE(store_reg_32, std::uint32_t, r[pc->src])
  STORE(store_reg_64, std::uint64_t, r[pc->src])
  STORE(store_imm_8, std::uint8_t, pc->imm)
  STORE(store_imm_16, std::uint16_t, pc->imm)
  STORE(store_imm_32, std::uint32_t, pc->imm)
  STORE(store_imm_64, std::uint64_t, pc->imm)
#undef STORE

load_imm64:
  r[pc->dst] = pc->imm;
  NEXT;

packet_load:
  switch (Execution::load_packet(machine, *pc, r)) {
    case PacketRead::loaded: NEXT;
    case PacketRead::past_end: r[0] = 0; goto exit;
    case PacketRead::faulted: goto faulted;
  }
  __builtin_unreachable();

goto_forward:
  GO_FORWARD;

goto_backward:
  GO_BACKWARD;

may_goto : {
  std::uint32_t& left = state.frames[state.depth].loops_left;
  if (left == 0) {
    GO_BACKWARD;
  }
  --left;
  NEXT;
}

call_helper:
  if constexpr (checked) {
    if (!Execution::check_arguments(machine, static_cast<std::uint32_t>(pc->offset), r)) goto faulted;
  }
  state.remaining = budget - POSITION(pc);
  r[0] = reinterpret_cast<HelperBody>(pc->imm)(machine, r[1], r[2], r[3], r[4], r[5]);
  budget = POSITION(pc) + state.remaining;
  if (state.ending != Ending::none) [[unlikely]]
    goto helper_ended;
  NEXT;

helper_ended:
  if (state.ending != Ending::tail_call) goto ended;
  state.ending = Ending::none;
  machine.code_ = state.next;
  if constexpr (checked) state.forget_windows();
  {
    const Operation* const first = machine.code_->operations.data();
    budget += POSITION(first) - POSITION(pc + 1);
    pc = first;
  }
  goto enter_frame;

call_function : {
  if (state.depth + 1 == max_frames) goto too_deep;
  Frame& caller = state.frames[state.depth++];
  caller.return_to = pc + 1;
  caller.code = machine.code_;
  std::copy(r + 6, r + 10, caller.saved.begin());
  GO(pc->offset);
  goto enter_frame;
}

exit : {
  if (state.depth == first_depth) {
    result = r[0];
    state.remaining = budget - POSITION(pc + 1);
    return Outcome::exited;
  }
  const Frame& caller = state.frames[--state.depth];
  std::copy(caller.saved.begin(), caller.saved.end(), r + 6);
  if (machine.code_ != caller.code) {
    machine.code_ = caller.code;
    if constexpr (checked) state.forget_windows();
  }
  r[10] = state.frame_top(state.depth);
  budget += POSITION(caller.return_to) - POSITION(pc + 1);
  pc = caller.return_to;
  DISPATCH;
}

missing_helper:
  Execution::fault_missing_helper(machine, static_cast<std::uint32_t>(pc->offset));
  goto faulted;
not_executable:
  Execution::fault_not_executable(machine, pc);
  goto faulted;
too_deep:
  Execution::fault_call_depth(machine);
  goto faulted;
out_of_fuel:
  Execution::fault_out_of_fuel(machine);
  goto faulted;
interrupted:
  machine.fault(FaultKind::interrupted, "the run was interrupted");
faulted:
ended:
  Execution::locate_fault(machine, pc, r);
  state.remaining = budget - POSITION(pc);
  return Outcome::ended;

#undef POSITION
#undef DISPATCH
#undef NEXT
#undef GO
#undef CHECK_FUEL
#undef GO_FORWARD
#undef GO_BACKWARD
#undef ADDRESS
}

#pragma GCC diagnostic pop

}  // namespace skep
