// For this module's tests: programs written as instructions, since the assembler lies above, and a fixture that runs
// them.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "skep/vm/vm.hpp"

namespace skep {

inline Alu move(Reg dst, std::int32_t imm) { return {AluOp::mov, Width::w64, dst, from_imm(imm)}; }
inline Alu move(Reg dst, Reg src) { return {AluOp::mov, Width::w64, dst, from_reg(src)}; }
inline Alu add(Reg dst, std::int32_t imm) { return {AluOp::add, Width::w64, dst, from_imm(imm)}; }
inline Alu add(Reg dst, Reg src) { return {AluOp::add, Width::w64, dst, from_reg(src)}; }
inline Load load(Size size, Reg dst, Reg base, std::int16_t offset = 0) { return {size, false, dst, base, offset}; }
inline Store store(Size size, Reg base, std::int16_t offset, Source source) { return {size, base, offset, source}; }
inline Jump jump_if(JumpOp op, Reg dst, std::int32_t imm, std::int16_t offset) {
  return {op, Width::w64, dst, from_imm(imm), offset};
}
inline Goto go(std::int32_t offset) { return {false, offset}; }
inline Call call_helper(std::int32_t number) { return {CallKind::helper, number, 0}; }
inline Call call_function(std::int32_t offset) { return {CallKind::function, offset, 0}; }
inline LoadImm64 function_address(Reg dst, std::int32_t offset) { return {dst, ImmKind::function, offset, 0}; }
inline LoadImm64 load_imm64(Reg dst, std::uint64_t value) {
  return {dst, ImmKind::value, static_cast<std::int32_t>(value), static_cast<std::int32_t>(value >> 32)};
}

inline std::vector<RawInsn> program(std::initializer_list<Instruction> insns) {
  std::vector<RawInsn> code;
  for (const Instruction& insn : insns) {
    const Encoded encoded = encode(insn);
    code.insert(code.end(), encoded.raw.begin(), encoded.raw.begin() + encoded.slots);
  }
  return code;
}

/// Lowers what must be well-formed.
inline std::shared_ptr<const Code> code_of(std::initializer_list<Instruction> insns, LowerOptions options = {}) {
  auto code = lower(program(insns), std::move(options));
  if (code) return *code;
  ADD_FAILURE() << render(code.error(), false);
  return nullptr;
}

inline constexpr Engine both_engines[] = {Engine::checked, Engine::interpreter};
inline std::uint64_t address_of(const void* bytes) { return reinterpret_cast<std::uint64_t>(bytes); }

class EveryEngine : public testing::TestWithParam<Engine> {
 protected:
  RunResult run(const std::shared_ptr<const Code>& code, const RunInput& input = {}) {
    if (!code) return {};
    return machine_.run(*code, GetParam(), input);
  }
  Machine machine_;
};

/// Programs and a bpf_tail_call that finds them by index in the environment.
struct TailCalls {
  std::vector<std::shared_ptr<const Code>> programs;
  HelperTable helpers;
  TailCalls() {
    helpers.set(12, [](Machine& machine, auto, std::uint64_t index, auto, auto, auto) -> std::uint64_t {
      const auto& all = static_cast<TailCalls*>(machine.environment())->programs;
      return index < all.size() && machine.tail_call(*all[index]) ? 0 : static_cast<std::uint64_t>(-22);
    });
  }
};

}  // namespace skep
