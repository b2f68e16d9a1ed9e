// skep-conformance-plugin: runs one program for the public ISA conformance suite (reference: the plugin protocol of
// bpf_conformance). Started once per test: memory as hex argument, program as hex on standard input (or --program), r0
// in hex on standard output.
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/input.hpp"
#include "cli/terminal.hpp"
#include "skep/vm/vm.hpp"

namespace {

using namespace skep;

constexpr std::uint32_t unwind_helper = 5;

/// Helper 5 returns its argument; 0 ends the program.
std::uint64_t unwind(Machine& machine, std::uint64_t value, std::uint64_t, std::uint64_t, std::uint64_t,
                     std::uint64_t) {
  if (value == 0) machine.exit_with(0);
  return value;
}

struct Arguments {
  std::string memory;
  std::string program;
  bool has_program = false;
  bool elf = false;
  Engine engine = Engine::interpreter;
  std::string refusal;
};

Arguments parse_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      arguments.memory = word;
    } else if (word == "--program" && i + 1 < argc) {
      arguments.program = argv[++i];
      arguments.has_program = true;
    } else if (word == "--elf") {
      arguments.elf = true;
    } else if (word == "--checked") {
      arguments.engine = Engine::checked;
    } else if (word == "--interpreter") {
      arguments.engine = Engine::interpreter;
    } else if (word == "--jit" || word == "--blind") {
      arguments.refusal = "not supported yet: " + word;
    } else {
      arguments.refusal = "unknown option " + word;
    }
  }
  return arguments;
}

int fail_with(const std::string& message) {
  print(message + "\n");
  return 1;
}

/// The function `main` of the default section, or the section `xdp`.
Result<std::vector<RawInsn>> code_of_elf(ByteView bytes) {
  TRY(object, read_object(bytes));
  const ProgramSpec* chosen = object.find_program("main");
  for (const ProgramSpec& program : object.programs) {
    if (chosen == nullptr && (program.section == ".text" || program.section == "xdp")) chosen = &program;
  }
  if (chosen == nullptr) return fail("the object has no function main and no section xdp");
  if (!chosen->problems.empty()) return tl::unexpected<Error>(to_error(chosen->problems.front()));
  return chosen->code;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse_arguments(argc, argv);
  if (!arguments.refusal.empty()) return fail_with(arguments.refusal);
  std::string text = arguments.program;
  if (!arguments.has_program) {
    const auto input = read_file("-");
    if (!input) return fail_with(input.error().what);
    text = as_text(*input);
  }
  auto memory = parse_hex(arguments.memory);
  if (!memory) return fail_with("memory: " + memory.error().what);
  const auto bytes = parse_hex(text);
  if (!bytes) return fail_with("program: " + bytes.error().what);
  const auto code = arguments.elf ? code_of_elf(*bytes) : slots_from_bytes(*bytes);
  if (!code) return fail_with(code.error().what);

  LowerOptions options;
  options.helpers.set(unwind_helper, unwind);
  const auto lowered = lower(*code, std::move(options));
  if (!lowered) return fail_with(to_error(lowered.error()).what);
  Region region;
  region.begin = reinterpret_cast<std::uint64_t>(memory->data());
  region.size = memory->size();
  region.name = "the test's memory";
  RunInput input;
  input.r1 = memory->empty() ? 0 : region.begin;
  input.r2 = memory->size();
  input.regions = {&region, 1};
  Machine machine;
  const RunResult result = machine.run(**lowered, arguments.engine, input);
  if (result.fault) return fail_with(result.fault->what);
  print(fmt::format("{:x}\n", result.value));
  return 0;
}
