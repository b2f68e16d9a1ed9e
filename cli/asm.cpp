// `skep asm`: text → instruction bytes (hex on standard output, raw in a file) or a loadable ELF object.
#include <optional>

#include "cli/input.hpp"
#include "cli/terminal.hpp"
#include "cli/verb.hpp"

namespace skep {
namespace {

constexpr std::string_view examples =
    "  echo 'r0 = 2; exit' | skep asm -              hex text\n"
    "  skep asm prog.s -o prog.bin                   raw instruction bytes\n"
    "  skep asm prog.s -o prog.o                     an ELF object with the sections, maps and license that the text "
    "declares\n"
    "  skep asm hello.txt --section xdp -o hello.o   a C array or hex text becomes an object too\n"
    "\nDirectives: .section NAME  .global NAME  NAME:  .map NAME type=hash key=4 value=8 entries=16  .license \"GPL\"  "
    ".8byte N\n";

/// A bare program as an object: one section with one function.
ObjectDraft draft_of_code(const Object& object, const std::string& section) {
  ObjectDraft draft;
  draft.license = object.license;
  const ProgramSpec& program = object.programs.front();
  draft.sections.push_back({section.empty() ? ".text" : section, program.code, {{program.name, Slot{0}, true}}, {}});
  return draft;
}

/// The instructions as the text has them, or nothing if it holds several programs. Only what refers to maps and to
/// other sections by name has to be linked; all else, such as a listing, is taken word for word.
std::optional<std::vector<RawInsn>> raw_code(const Input& input) {
  if (input.spelling == Spelling::assembly) {
    auto unit = assemble_unit(as_text(input.bytes), input.display_name);
    CHECK(unit);  // open_input() has assembled it before
    if (unit->sections.size() == 1 && unit->sections[0].references.empty()) return std::move(unit->sections[0].code);
  }
  if (input.object.programs.size() != 1) return std::nullopt;
  return input.object.programs.front().code;
}

Result<ByteVector> object_bytes(const Input& input, const InputOptions& options, const std::string& section) {
  if (input.spelling == Spelling::elf || input.spelling == Spelling::c_source) return input.bytes;
  if (input.spelling != Spelling::assembly) return write_object(draft_of_code(input.object, section));
  auto unit = assemble_unit(as_text(input.bytes), input.display_name);
  CHECK(unit);  // open_input() has assembled it before
  ObjectDraft draft = draft_of(*unit);
  if (draft.license.empty()) draft.license = options.license;
  for (ObjectDraft::Section& code : draft.sections) {
    if (!section.empty() && draft.sections.size() == 1) code.name = section;
    if (code.functions.empty()) code.functions.push_back({"program", Slot{0}, true});
  }
  return write_object(draft);
}

void print_written(const std::string& file, std::size_t size) {
  JsonWriter json(stdout_is_terminal());
  json.begin_object();
  json.field("file", file);
  json.field("size", size);
  json.end_object();
  print(json.text() + "\n");
}

}  // namespace

int asm_verb(const CommandLine& line) {
  InputOptions input_options;
  std::string output;
  bool object = false;
  bool json_wanted = false;
  auto app = verb_app(
      "asm", "Turns assembly text (any dialect), hex or a C array into instruction bytes or a loadable ELF object.",
      examples);
  add_input_options(*app, input_options);
  app->add_option(
      "-o,--output", output,
      "file to write: NAME.o is an ELF object, anything else raw bytes; without it, hex on standard output");
  app->add_flag("--object", object, "write an ELF object whatever the file is called");
  app->add_flag("-j,--json", json_wanted, "the instructions' bytes, or what was written, as JSON");
  if (const auto code = parse(*app, line)) return *code;
  const std::string section = std::exchange(input_options.section, {});
  auto input = open_input(input_options);
  if (!input) return report(input.error());
  if (object || output.ends_with(".o")) {
    if (output.empty()) return report(Error{"an ELF object needs a file", "name it with -o FILE.o"});
    auto bytes = object_bytes(*input, input_options, section);
    if (!bytes) return report(bytes.error());
    if (auto written = write_file(output, *bytes); !written) return report(written.error());
    if (json_wanted) print_written(output, bytes->size());
    return 0;
  }
  auto code = raw_code(*input);
  if (!code) {
    const auto chosen = choose_programs(input->object, input_options);
    if (!chosen) return report(chosen.error());
    if (chosen->size() == 1) code = input->object.programs[chosen->front()].code;
  }
  if (!code) {
    std::vector<std::string> names;
    for (const ProgramSpec& program : input->object.programs) names.push_back(program.name);
    return report(
        Error{fmt::format("the text has {} programs; raw bytes can hold one", input->object.programs.size()),
              fmt::format("choose one with --program: {}; or write an object: -o FILE.o", fmt::join(names, ", "))});
  }
  const ByteVector bytes = bytes_from_slots(*code);
  if (!output.empty()) {
    if (auto written = write_file(output, bytes); !written) return report(written.error());
    if (json_wanted) print_written(output, bytes.size());
    return 0;
  }
  if (json_wanted) {
    JsonWriter json;
    json.begin_object();
    json.field("instructions", code->size());
    json.field("bytes", to_hex(bytes));
    json.end_object();
    print(json.text() + "\n");
    return 0;
  }
  for (std::size_t at = 0; at < bytes.size(); at += slot_bytes)
    print(to_hex(ByteView(bytes).subspan(at, slot_bytes)) + "\n");
  return 0;
}

}  // namespace skep
