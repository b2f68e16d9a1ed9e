// `skep extract`: a section's bytes into a file — what `dd` with a counted offset does in the tutorials — and the
// objects that an executable carries inside.
#include <filesystem>

#include "cli/input.hpp"
#include "cli/terminal.hpp"
#include "cli/verb.hpp"

namespace skep {
namespace {

constexpr std::string_view examples =
    "  skep extract hello.bpf.o -o hello.bin            the instructions of the only program\n"
    "  skep extract hello.bpf.o --section xdp -o x.bin  one section, as it lies in the file\n"
    "  skep extract --embedded /usr/sbin/opensnoop -o . the objects inside an executable\n";

int extract_embedded(const std::string& path, const std::string& output, bool json_wanted) {
  auto bytes = read_file(path);
  if (!bytes) return report(bytes.error());
  const auto embedded = find_embedded_objects(*bytes);
  if (embedded.empty())
    return report(Error{fmt::format("{} has no BPF object inside", path),
                        "objects built into libbpf skeletons can be found; those made at run time cannot"});
  const std::filesystem::path directory = output.empty() ? "." : output;
  const std::string stem = std::filesystem::path(path).filename().string();
  JsonWriter json(stdout_is_terminal());
  json.begin_array();
  for (std::size_t i = 0; i < embedded.size(); ++i) {
    const std::string name = (directory / (i == 0 ? stem + ".bpf.o" : fmt::format("{}.{}.bpf.o", stem, i))).string();
    const ByteView content = ByteView(*bytes).subspan(embedded[i].offset, embedded[i].size);
    if (auto written = write_file(name, content); !written) return report(written.error());
    if (!json_wanted) print(name + "\n");
    json.begin_object();
    json.field("file", name);
    json.field("size", content.size());
    json.end_object();
  }
  json.end_array();
  if (json_wanted) print(json.text() + "\n");
  return 0;
}

/// The section's own bytes, or — for bare spellings and for C — the chosen program's.
Result<ByteVector> section_bytes(const Input& input, const InputOptions& options) {
  const bool elf = input.spelling == Spelling::elf || input.spelling == Spelling::c_source;
  if (elf && !options.section.empty()) {
    TRY(file, read_elf(input.bytes));
    const ElfSection* section = file.find(options.section);
    if (section == nullptr) {
      std::string names;
      for (const ElfSection& candidate : file.sections) {
        if (candidate.size != 0 && !candidate.name.empty()) names += (names.empty() ? "" : ", ") + candidate.name;
      }
      return fail_with_help("its sections are: " + names, "{} has no section {}", input.display_name, options.section);
    }
    return ByteVector(section->content.begin(), section->content.end());
  }
  TRY(chosen, choose_programs(input.object, options));
  if (chosen.size() > 1) {
    std::string names;
    for (const std::size_t index : chosen) names += (names.empty() ? "" : ", ") + input.object.programs[index].name;
    return fail_with_help("choose with --program: " + names, "{} has {} programs", input.display_name, chosen.size());
  }
  return bytes_from_slots(input.object.programs[chosen.front()].code);
}

}  // namespace

int extract_verb(const CommandLine& line) {
  InputOptions options;
  std::string output;
  bool embedded = false;
  bool json_wanted = false;
  auto app = verb_app("extract",
                      "Writes the instruction bytes of a section or program, or the objects embedded in an executable.",
                      examples);
  add_input_options(*app, options);
  app->add_option("-o,--output", output,
                  "file to write (a directory, with --embedded); without it, hex text on standard output");
  app->add_flag("--embedded", embedded, "the file is an executable or library: write every BPF object inside it");
  app->add_flag("-j,--json", json_wanted, "the bytes, or what was written, as JSON");
  if (const auto code = parse(*app, line)) return *code;
  if (embedded) return extract_embedded(options.path, output, json_wanted);
  auto input = open_input(options);
  if (!input) return report(input.error());
  auto bytes = section_bytes(*input, options);
  if (!bytes) return report(bytes.error());
  if (!output.empty()) {
    if (auto written = write_file(output, *bytes); !written) return report(written.error());
  }
  if (json_wanted) {
    JsonWriter json(stdout_is_terminal());
    json.begin_object();
    json.field("size", bytes->size());
    json.field("bytes", to_hex(*bytes));
    if (!output.empty()) json.field("file", output);
    json.end_object();
    print(json.text() + "\n");
    return 0;
  }
  if (output.empty()) {
    for (std::size_t at = 0; at < bytes->size(); at += 16)
      print(to_hex(ByteView(*bytes).subspan(at, std::min<std::size_t>(16, bytes->size() - at))) + "\n");
    return 0;
  }
  print_error(fmt::format("skep: {} bytes ({} instructions) written to {}\n", bytes->size(), bytes->size() / slot_bytes,
                          escape_for_terminal(output)));
  return 0;
}

}  // namespace skep
