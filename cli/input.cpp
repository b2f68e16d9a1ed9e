#include "cli/input.hpp"

#include <filesystem>

#include "cli/compile.hpp"
#include "cli/foreign.hpp"

namespace skep {
namespace {

using Problems = std::vector<Diagnostic>;

tl::unexpected<Problems> problem(const Error& error, const std::string& file = {}) {
  Diagnostic diagnostic;
  diagnostic.where.file = file;
  diagnostic.what = error.what;
  diagnostic.help = error.help;
  return tl::unexpected<Problems>(Problems{std::move(diagnostic)});
}

std::optional<Spelling> spelling_by_name(std::string_view name) {
  for (const Spelling spelling :
       {Spelling::elf, Spelling::raw, Spelling::hex, Spelling::c_array, Spelling::assembly, Spelling::c_source}) {
    if (name == name_of(spelling)) return spelling;
  }
  return std::nullopt;
}

/// "hello" of dir/hello.bpf.c; what names an Object.
std::string object_name(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  name = name.substr(0, name.find('.'));
  return path == "-" || name.empty() ? "program" : name;
}

Object from_code(std::vector<RawInsn> code, const InputOptions& options) {
  CodeOptions chosen;
  chosen.name = options.program.empty() ? object_name(options.path) : options.program;
  chosen.license = options.license;
  return object_from_code(std::move(code), chosen);
}

/// A text that only has instructions is a bare program; one with sections or maps becomes a real object on the way.
tl::expected<Object, Problems> from_assembly(Input& input, const InputOptions& options) {
  auto unit = assemble_unit(as_text(input.bytes), input.display_name);
  if (!unit) return tl::unexpected<Problems>(std::move(unit).error());
  const bool bare = unit->maps.empty() && unit->sections.size() == 1 && unit->sections[0].references.empty() &&
                    (unit->sections[0].name.empty() || unit->sections[0].name == ".text");
  if (bare) {
    InputOptions with_license = options;
    if (!unit->license.empty()) with_license.license = unit->license;
    return from_code(std::move(unit->sections[0].code), with_license);
  }
  ObjectDraft draft = draft_of(*unit);
  if (draft.license.empty()) draft.license = options.license;
  auto elf = write_object(draft);
  if (!elf) return problem(elf.error(), input.display_name);
  auto object = read_object(*elf, {object_name(options.path)});
  if (!object) return problem(object.error(), input.display_name);
  return std::move(*object);
}

tl::expected<Object, Problems> from_elf(const Input& input, const InputOptions& options) {
  auto object = read_object(input.bytes, {object_name(options.path)});
  if (!object) return problem(object.error(), input.display_name);
  return std::move(*object);
}

/// An executable, library or archive may carry its objects inside (libbpf skeletons do): if it is one, that is meant.
tl::expected<void, Problems> unwrap_container(Input& input) {
  const bool archive = is_archive(input.bytes);
  const auto elf = read_elf(input.bytes);
  if (elf && elf->header.type == 1) return {};
  const auto embedded = find_embedded_objects(input.bytes);
  if (embedded.empty()) {
    if (!archive) return {};
    return problem({fmt::format("{} is an archive without a BPF object inside", input.display_name),
                    "an eBPF object comes from `clang -target bpf -c`"});
  }
  if (embedded.size() > 1) {
    return problem({fmt::format("{} is an {} with {} BPF objects inside", input.display_name,
                                archive ? "archive" : "executable", embedded.size()),
                    "write them to files with: skep extract --embedded " + input.display_name});
  }
  const auto first = input.bytes.begin() + static_cast<std::ptrdiff_t>(embedded[0].offset);
  input.bytes = ByteVector(first, first + static_cast<std::ptrdiff_t>(embedded[0].size));
  return {};
}

tl::expected<Object, Problems> make_object(Input& input, const InputOptions& options) {
  switch (input.spelling) {
    case Spelling::elf: {
      if (auto unwrapped = unwrap_container(input); !unwrapped)
        return tl::unexpected<Problems>(std::move(unwrapped).error());
      return from_elf(input, options);
    }
    case Spelling::c_source: {
      auto compiled = compile(options, input.bytes);
      if (!compiled) return tl::unexpected<Problems>(std::move(compiled).error());
      input.source = std::exchange(input.bytes, std::move(*compiled));
      return from_elf(input, options);
    }
    case Spelling::assembly: return from_assembly(input, options);
    case Spelling::hex: {
      const std::string_view text = as_text(input.bytes);
      auto bytes = is_hex_dump(text) ? parse_hex_dump(text) : parse_hex(text);
      if (!bytes) return problem(bytes.error(), input.display_name);
      auto code = slots_from_bytes(*bytes);
      if (!code) return problem(code.error(), input.display_name);
      return from_code(std::move(*code), options);
    }
    case Spelling::c_array: {
      auto code = parse_c_array(as_text(input.bytes), input.display_name, options.program);
      if (!code) return tl::unexpected<Problems>(std::move(code).error());
      return from_code(std::move(*code), options);
    }
    case Spelling::raw: {
      auto code = slots_from_bytes(input.bytes);
      if (!code) return problem(code.error(), input.display_name);
      return from_code(std::move(*code), options);
    }
  }
  return problem({"unknown spelling"});
}

/// --type for a program whose file does not say: a type's name, or a section's with what to attach to.
void give_type(ProgramSpec& program, ProgramType type, std::string_view text) {
  program.type = type;
  program.type_known = true;
  program.type_reason = "given";
  const SectionMatch match = match_section(text);
  if (match.info == nullptr) return;
  program.attach_type = match.info->attach_type;
  program.has_attach_type = match.info->has_attach_type;
  program.method = match.info->method;
  program.section_flags = match.info->flags;
  program.attach_target = match.extras;
}

}  // namespace

ObjectDraft draft_of(const AsmUnit& unit) {
  ObjectDraft draft;
  draft.license = unit.license;
  for (const AsmMap& map : unit.maps)
    draft.maps.push_back({map.name, map.type, map.key_size, map.value_size, map.max_entries, map.flags});
  for (const AsmSection& section : unit.sections) {
    ObjectDraft::Section out{section.name.empty() ? ".text" : section.name, section.code, {}, {}};
    for (const AsmFunction& function : section.functions)
      out.functions.push_back({function.name, function.start, function.global});
    for (const AsmReference& reference : section.references)
      out.references.push_back({reference.slot, reference.symbol});
    draft.sections.push_back(std::move(out));
  }
  return draft;
}

void add_input_options(CLI::App& app, InputOptions& options) {
  app.add_option("file", options.path,
                 "the program: C source, ELF object, assembly, hex text, raw bytes or a C array of struct bpf_insn; - "
                 "is standard input")
      ->required();
  app.add_option("--input", options.spelling,
                 "what the file holds, if the guess is wrong: elf, raw, hex, c-array, assembly, c");
  app.add_option("--type", options.type,
                 "program type where the file does not say: xdp, sched_cls, socket_filter, …; or a section's name: "
                 "tp/syscalls/sys_enter_write");
  app.add_option("--section", options.section, "only programs of this section");
  app.add_option("--program", options.program, "only the program of this name");
  app.add_option("--license", options.license, "license of a program whose file cannot say")->capture_default_str();
  app.add_option("--mcpu", options.mcpu, "instruction-set level for clang: v1, v2, v3, v4");
  app.add_option("--cflag", options.compiler_flags, "one more flag for clang, for example --cflag=-DDEBUG")
      ->allow_extra_args(false);
}

tl::expected<Input, std::vector<Diagnostic>> open_input(const InputOptions& options) {
  const auto type = chosen_type(options);
  if (!type) return problem(type.error());
  Input input;
  input.display_name = options.path == "-" ? "standard input" : options.path;
  auto bytes = read_file(options.path);
  if (!bytes) return problem(bytes.error());
  input.bytes = std::move(*bytes);
  if (input.bytes.empty()) return problem({fmt::format("{} is empty", input.display_name)});
  input.spelling = guess_spelling(input.bytes, options.path);
  if (!options.spelling.empty()) {
    const auto named =
        spelling_by_name(options.spelling == "c" ? name_of(Spelling::c_source) : std::string_view(options.spelling));
    if (!named)
      return problem({fmt::format("--input {} is no spelling of a program", options.spelling),
                      "use elf, raw, hex, c-array, assembly or c"});
    input.spelling = *named;
  } else if (is_archive(input.bytes)) {
    input.spelling = Spelling::elf;
  } else if (const auto foreign = foreign_file(input.bytes, input.display_name)) {
    return problem(*foreign);
  }
  auto object = make_object(input, options);
  if (!object) return tl::unexpected<Problems>(std::move(object).error());
  input.object = std::move(*object);
  for (ProgramSpec& program : input.object.programs) {
    if (*type && !program.type_known) give_type(program, **type, options.type);
  }
  return input;
}

tl::expected<void, std::vector<Diagnostic>> compile_again(Input& input, const InputOptions& options) {
  input.bytes = input.source;
  auto object = make_object(input, options);
  if (!object) return tl::unexpected<Problems>(std::move(object).error());
  input.object = std::move(*object);
  return {};
}

Result<std::vector<std::size_t>> choose_programs(const Object& object, const InputOptions& options) {
  std::vector<std::size_t> chosen;
  std::vector<std::string> candidates;
  for (std::size_t i = 0; i < object.programs.size(); ++i) {
    const ProgramSpec& program = object.programs[i];
    candidates.push_back(fmt::format("{} (section {})", program.name, program.section.empty() ? "-" : program.section));
    if (!options.program.empty() && program.name != options.program) continue;
    if (!options.section.empty() && program.section != options.section) continue;
    chosen.push_back(i);
  }
  if (!chosen.empty()) return chosen;
  const std::string list =
      candidates.empty() ? "it holds none" : fmt::format("it has: {}", fmt::join(candidates, ", "));
  if (!options.program.empty())
    return fail_with_help(list, "there is no program {}{} in {}", options.program,
                          options.section.empty() ? "" : " in section " + options.section, object.name);
  if (!options.section.empty())
    return fail_with_help(list, "there is no section {} with a program in {}", options.section, object.name);
  return fail_with_help("see what it holds with: skep inspect FILE --sections", "{} holds no program", object.name);
}

Result<std::optional<ProgramType>> chosen_type(const InputOptions& options) {
  if (options.type.empty()) return std::optional<ProgramType>{};
  if (const auto type = program_type_by_name(options.type)) return type;
  // A section name says a type too: `--type tp/syscalls/sys_enter_write` is what people try.
  if (const SectionMatch match = match_section(options.type); match.info != nullptr)
    return std::optional<ProgramType>{match.info->type};
  std::vector<std::string> names;
  for (const TypeInfo& row : program_types()) names.emplace_back(row.name);
  const std::string guess = nearest(options.type, names);
  return fail_with_help(fmt::format("{}`skep features programs` lists them",
                                    guess.empty() ? "" : fmt::format("did you mean {}? ", guess)),
                        "there is no program type {}", options.type);
}

}  // namespace skep
