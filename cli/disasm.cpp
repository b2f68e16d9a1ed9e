// `skep disasm`: instructions as text, in a dialect, with bytes, source lines, relocations and — for learners — every
// field.
#include <algorithm>

#include "cli/input.hpp"
#include "cli/terminal.hpp"
#include "cli/verb.hpp"

namespace skep {
namespace {

constexpr std::string_view examples =
    "  skep disasm hello.bpf.o                  kernel dialect, with source lines\n"
    "  skep disasm --dialect llvm --raw FILE    as llvm-objdump prints it, with the bytes\n"
    "  skep disasm --fields prog.bin            opcode, registers, offset and immediate of each instruction\n"
    "  skep disasm - < listing.txt              any spelling, from standard input\n";

struct Options {
  Dialect dialect = Dialect::kernel;
  bool raw = false;
  bool source = true;
  bool fields = false;
  bool hex = false;
};

/// What the object says about one slot: the symbol its relocation asks for.
std::string relocation_text(const Object& object, const Relocation& relocation) {
  switch (relocation.kind) {
    case Relocation::Kind::map: return fmt::format("map {}", object.maps[relocation.index].name);
    case Relocation::Kind::map_value: {
      std::string text = fmt::format("{}+{}", object.maps[relocation.index].name, relocation.offset);
      for (const Variable& variable : object.variables) {
        if (variable.map == relocation.index && variable.offset == relocation.offset)
          text += fmt::format(" ({})", variable.name);
      }
      return text;
    }
    case Relocation::Kind::extern_variable:
    case Relocation::Kind::extern_function: return fmt::format("extern {}", object.externs[relocation.index].name);
    case Relocation::Kind::unresolved: return fmt::format("undefined {}", relocation.symbol);
  }
  return {};
}

const Relocation* relocation_at(const ProgramSpec& program, Slot slot) {
  for (const Relocation& relocation : program.relocations) {
    if (relocation.slot == slot) return &relocation;
  }
  return nullptr;
}

ByteVector slot_bytes_of(const ProgramSpec& program, const DisassembledLine& line) {
  return bytes_from_slots(std::span(program.code).subspan(line.slot.value, line.slots));
}

std::string fields_text(const RawInsn& raw) {
  const OpcodeParts parts = opcode_parts(raw.code);
  std::string opcode = parts.insn_class;
  if (!parts.operation.empty()) opcode += " | " + parts.operation;
  if (!parts.source.empty()) opcode += " | " + parts.source;
  return fmt::format("code=0x{:02x} ({})  dst_reg=r{}  src_reg=r{}  off={}  imm={} (0x{:x})", raw.code, opcode, raw.dst,
                     raw.src, raw.off, raw.imm, static_cast<std::uint32_t>(raw.imm));
}

std::string header_of(const Object& object, const FunctionSpan& function) {
  if (object.btf != nullptr && function.btf_type != 0) return c_prototype(*object.btf, function.btf_type);
  const bool word = std::all_of(function.name.begin(), function.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '$';
  });
  // `skep asm` reads the listing again: "kprobe:a,kprobe:b" of bpftrace would be two labels and more.
  return word ? function.name : fmt::format("<{}>", function.name);
}

std::string program_text(const Object& object, const ProgramSpec& program, const Options& options, bool colour) {
  DisassembleOptions style;
  style.dialect = options.dialect;
  style.hex = options.hex;
  std::string out = fmt::format(
      "{}\n", bold(fmt::format("program {} in section {} ({}{}), {} instructions", escape_for_terminal(program.name),
                               program.section.empty() ? "-" : escape_for_terminal(program.section),
                               name_of(program.type), program.type_known ? "" : ", guessed", program.code.size()),
                   colour));
  const auto lines = disassemble(program.code, style);
  std::size_t next_source = 0;
  std::size_t next_function = 0;
  for (const DisassembledLine& line : lines) {
    for (; next_function < program.functions.size() && program.functions[next_function].start <= line.slot;
         ++next_function) {
      out += fmt::format("{}:\n", escape_for_terminal(header_of(object, program.functions[next_function])));
    }
    for (; options.source && next_source < program.lines.size() && program.lines[next_source].slot <= line.slot;
         ++next_source) {
      const SourceLine& source = program.lines[next_source];
      if (!source.text.empty()) out += dim(fmt::format("; {}", escape_for_terminal(source.text)), colour) + "\n";
    }
    out += fmt::format("{:4}: ", line.slot.value);
    if (options.raw) out += fmt::format("{:<48}", to_hex(slot_bytes_of(program, line)));
    out += escape_for_terminal(line.text) + "\n";
    for (std::uint32_t i = 0; options.fields && i < line.slots; ++i)
      out += fmt::format("        {}\n", fields_text(program.code[line.slot.value + i]));
    if (const Relocation* relocation = relocation_at(program, line.slot)) {
      out += fmt::format("                ; {}\n", escape_for_terminal(relocation_text(object, *relocation)));
    }
  }
  return out;
}

void write_instruction(JsonWriter& json, const Object& object, const ProgramSpec& program,
                       const DisassembledLine& line) {
  const RawInsn& raw = program.code[line.slot.value];
  json.begin_object();
  json.field("slot", line.slot.value);
  for (const SourceLine& source : program.lines) {
    if (source.slot != line.slot) continue;
    json.field("src", source.text);
    json.field("file", source.file);
    json.field("line_num", source.line);
    json.field("line_col", source.column);
  }
  json.field("disasm", line.text);
  json.field("bytes", to_hex(slot_bytes_of(program, line)));
  json.field("valid", line.valid);
  json.key("opcode");
  json.begin_object();
  const OpcodeParts parts = opcode_parts(raw.code);
  json.field("code", raw.code);
  json.field("class", parts.insn_class);
  json.field("operation", parts.operation);
  json.field("source", parts.source);
  json.end_object();
  json.field("dst_reg", raw.dst);
  json.field("src_reg", raw.src);
  json.field("off", raw.off);
  json.field("imm", raw.imm);
  if (const Relocation* relocation = relocation_at(program, line.slot))
    json.field("relocation", relocation_text(object, *relocation));
  json.end_object();
}

void write_program(JsonWriter& json, const Object& object, const ProgramSpec& program, const Options& options) {
  DisassembleOptions style;
  style.dialect = options.dialect;
  style.hex = options.hex;
  json.begin_object();
  json.field("name", program.name);
  json.field("section", program.section);
  json.field("type", name_of(program.type));
  json.key("instructions");
  json.begin_array();
  for (const DisassembledLine& line : disassemble(program.code, style)) write_instruction(json, object, program, line);
  json.end_array();
  json.end_object();
}

/// Only the text, one instruction a line: what `skep asm` takes back.
std::string plain_text(const ProgramSpec& program, const Options& options) {
  DisassembleOptions style;
  style.dialect = options.dialect;
  style.hex = options.hex;
  std::string out;
  for (const DisassembledLine& line : disassemble(program.code, style)) out += line.text + "\n";
  return out;
}

}  // namespace

int disasm_verb(const CommandLine& line) {
  InputOptions input_options;
  Options options;
  std::string dialect = "kernel";
  bool no_source = false;
  bool json_wanted = false;
  bool plain = false;
  auto app = verb_app("disasm", "Shows the instructions of a program in any spelling.", examples);
  add_input_options(*app, input_options);
  app->add_option("--dialect", dialect, "kernel (bpftool, verifier log), llvm (llvm-objdump) or gnu (GNU as)")
      ->capture_default_str();
  app->add_flag("--raw,--opcodes", options.raw, "the instruction bytes too");
  app->add_flag("--hex", options.hex, "llvm dialect: immediates in hex, as llvm-objdump 19 prints them");
  app->add_flag("--fields", options.fields,
                "each instruction's five fields, the opcode split into class, operation and source");
  app->add_flag("--no-source", no_source, "no source lines");
  app->add_flag("--plain", plain, "only the instructions, one a line: input for `skep asm`");
  app->add_flag("-j,--json", json_wanted, "as JSON");
  if (const auto code = parse(*app, line)) return *code;
  options.source = !no_source;
  const auto chosen_dialect = dialect_by_name(dialect);
  if (!chosen_dialect)
    return report_usage(Error{fmt::format("there is no dialect {}", dialect), "use kernel, llvm or gnu"});
  options.dialect = *chosen_dialect;
  auto input = open_input(input_options);
  if (!input) return report(input.error());
  auto chosen = choose_programs(input->object, input_options);
  if (!chosen && input->object.programs.empty() && input_options.program.empty() && input_options.section.empty()) {
    print_error(fmt::format("skep: {} holds no code\n", input->object.name));  // as objdump: nothing is no mistake
    chosen.emplace();
  }
  if (!chosen) return report(chosen.error());
  if (json_wanted) {
    JsonWriter json(stdout_is_terminal());
    json.begin_array();
    for (const std::size_t index : *chosen) write_program(json, input->object, input->object.programs[index], options);
    json.end_array();
    print(json.text() + "\n");
    return 0;
  }
  bool first = true;
  for (const std::size_t index : *chosen) {
    if (plain) {
      print(plain_text(input->object.programs[index], options));
      continue;
    }
    if (!first) print("\n");
    first = false;
    print(program_text(input->object, input->object.programs[index], options, stdout_colour()));
  }
  return 0;
}

}  // namespace skep
