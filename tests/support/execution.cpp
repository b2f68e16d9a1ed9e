// Runs one program on every engine and compares; see execution.hpp.
#include "support/execution.hpp"

#include "skep/asm/asm.hpp"

namespace skep::test {
namespace {

std::vector<RawInsn> slots_of_all(std::span<const Instruction> insns) {
  std::vector<RawInsn> slots;
  for (const Instruction& insn : insns) {
    const Encoded encoded = encode(insn);
    slots.insert(slots.end(), encoded.raw.begin(), encoded.raw.begin() + encoded.slots);
  }
  return slots;
}

std::string listing(const Program& program) {
  std::string text;
  for (const DisassembledLine& line : disassemble(program.slots(), {.dialect = Dialect::llvm, .opcode_prefix = false}))
    text += fmt::format("{:4}: {}\n", line.slot.value, line.text);
  return text;
}

struct Run {
  RunResult result;
  ByteVector memory;
};

Run run_on(Engine engine, const Code& code, const RunOptions& options) {
  Run run{{}, options.memory};
  const Region region{
      .begin = reinterpret_cast<std::uint64_t>(run.memory.data()), .size = run.memory.size(), .name = "the memory"};
  RunInput input{.r1 = options.memory.empty() ? 0 : region.begin,
                 .r2 = region.size,
                 .regions = {&region, 1},
                 .context = options.context,
                 .fuel = options.fuel,
                 .environment = options.environment};
  if (options.context != nullptr) input.r1 = context_address;
  Machine machine;
  run.result = machine.run(code, engine, input);
  return run;
}

testing::AssertionResult failure(const Program& program, Engine engine) {
  return testing::AssertionFailure() << name_of(engine) << " engine:\n" << listing(program);
}

/// Lowers the program or says why it cannot be.
std::shared_ptr<const Code> prepare(const Program& program, const RunOptions& options, std::string& problem) {
  problem = program.problem();
  if (!problem.empty()) return nullptr;
  auto code = lower(program.slots(), {.helpers = options.helpers});
  if (code) return *code;
  problem = render(code.error(), false);
  return nullptr;
}

bool every_engine_looks(FaultKind kind) { return kind != FaultKind::out_of_bounds && kind != FaultKind::bad_argument; }

}  // namespace

Program::Program(const char* text) {
  auto slots = assemble(text);
  if (slots) {
    slots_ = std::move(*slots);
    return;
  }
  for (const Diagnostic& diagnostic : slots.error()) problem_ += render(diagnostic, false);
}

Program::Program(std::initializer_list<Instruction> insns) : slots_(slots_of_all({insns.begin(), insns.size()})) {}
Program::Program(const std::vector<Instruction>& insns) : slots_(slots_of_all(insns)) {}

std::span<const Engine> engines() {
  static constexpr Engine all[] = {Engine::checked, Engine::interpreter};
  return all;
}

testing::AssertionResult runs_to(const Program& program, std::uint64_t expected, const RunOptions& options) {
  std::string problem;
  const auto code = prepare(program, options, problem);
  if (!code) return testing::AssertionFailure() << problem;
  std::optional<Run> first;
  for (const Engine engine : engines()) {
    Run run = run_on(engine, *code, options);
    if (run.result.fault) return failure(program, engine) << render(as_diagnostic(*run.result.fault), false);
    if (run.result.value != expected)
      return failure(program, engine) << fmt::format("r0 is {0:#x} ({0}), expected {1:#x} ({1})", run.result.value,
                                                     expected);
    if (options.expect_memory && run.memory != *options.expect_memory)
      return failure(program, engine) << "memory is " << to_hex(run.memory) << "\nexpected  "
                                      << to_hex(*options.expect_memory);
    if (!first)
      first = std::move(run);
    else if (run.memory != first->memory)
      return failure(program, engine) << "memory is " << to_hex(run.memory) << "\nelsewhere " << to_hex(first->memory);
    else if (run.result.instructions != first->result.instructions)
      return failure(program, engine) << run.result.instructions << " instructions, elsewhere "
                                      << first->result.instructions;
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult faults_with(const Program& program, FaultKind kind, std::optional<Slot> slot,
                                     const RunOptions& options) {
  std::string problem;
  const auto code = prepare(program, options, problem);
  if (!code) return testing::AssertionFailure() << problem;
  for (const Engine engine : engines()) {
    if (engine != Engine::checked && !every_engine_looks(kind)) continue;
    const Run run = run_on(engine, *code, options);
    if (!run.result.fault) return failure(program, engine) << "no fault; r0 is " << run.result.value;
    if (run.result.fault->kind != kind)
      return failure(program, engine) << "fault " << name_of(run.result.fault->kind) << ", expected " << name_of(kind)
                                      << "\n"
                                      << render(as_diagnostic(*run.result.fault), false);
    if (slot && run.result.fault->slot != *slot)
      return failure(program, engine) << "fault at " << run.result.fault->slot.value << ", expected at " << slot->value;
  }
  return testing::AssertionSuccess();
}

}  // namespace skep::test
