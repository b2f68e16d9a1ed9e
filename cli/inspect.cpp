// `skep inspect`: what is in the file, on one screen.
#include "cli/inspect.hpp"

#include "cli/terminal.hpp"
#include "cli/verb.hpp"

namespace skep {
namespace {

constexpr std::string_view examples =
    "  skep inspect hello.bpf.o                 header, programs, maps, globals, license on one screen\n"
    "  skep inspect hello.bpf.o --sections      the section table too\n"
    "  skep inspect hello.bpf.o --dump license  a section as hex and ASCII\n"
    "  skep inspect hello.bpf.o --types         its BTF types\n"
    "  skep inspect hello.bpf.o --drawing       programs, maps and user space as a drawing\n";

Result<std::string> dump_text(const ElfFile& elf, const std::string& name) {
  const ElfSection* section = elf.find(name);
  if (section == nullptr) {
    std::vector<std::string> names;
    for (const ElfSection& candidate : elf.sections) {
      if (!candidate.name.empty()) names.push_back(candidate.name);
    }
    return fail_with_help(fmt::format("its sections are: {}", fmt::join(names, ", ")), "there is no section {}", name);
  }
  if (section->type == SectionType::nobits)
    return fmt::format("section {}: {} bytes of zeros that take no room in the file\n", name, section->size);
  return fmt::format("section {}: {} bytes at offset {:#x}\n{}", escape_for_terminal(name), section->size,
                     section->offset, hex_dump(section->content));
}

}  // namespace

int inspect_verb(const CommandLine& line) {
  InputOptions options;
  InspectParts parts;
  bool json_wanted = false;
  auto app = verb_app("inspect", "Shows what an object file (or a program in any other spelling) holds.", examples);
  add_input_options(*app, options);
  app->add_flag("-S,--sections", parts.sections, "the section table");
  app->add_flag("--types", parts.types, "the BTF types");
  app->add_flag("--drawing", parts.drawing, "programs, maps and user space as a drawing");
  app->add_option("--dump", parts.dump, "this section as hex and ASCII");
  app->add_flag("-j,--json", json_wanted, "as JSON");
  if (const auto code = parse(*app, line)) return *code;
  auto input = open_input(options);
  if (!input) return report(input.error());
  std::optional<ElfFile> elf;
  if (input->spelling == Spelling::elf || input->spelling == Spelling::c_source) {
    auto read = read_elf(input->bytes);
    if (!read) return report(read.error());
    elf = std::move(*read);
  }
  if (!elf && (parts.sections || !parts.dump.empty()))
    return report(Error{"only ELF objects have sections", "make one with: skep asm FILE -o FILE.o"});
  if (json_wanted) {
    JsonWriter json(stdout_is_terminal());
    write_inspection(json, *input, elf ? &*elf : nullptr, parts);
    print(json.text() + "\n");
    return 0;
  }
  std::string text;
  if (!parts.dump.empty()) {
    auto dump = dump_text(*elf, parts.dump);
    if (!dump) return report(dump.error());
    print(*dump);
    return 0;
  }
  if (elf) text += header_text(*elf);
  text += object_text(input->object, stdout_colour());
  if (parts.sections) text += "\n" + sections_text(*elf);
  if (parts.drawing) text += "\n" + drawing_text(input->object);
  if (parts.types) text += "\n" + types_text(input->object);
  print(text);
  return 0;
}

}  // namespace skep
