// ELF → Object: the order in which the parts are read, and what becomes of the parts that cannot be. Each part has its
// own file.
#include "skep/object/read_object.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "skep/object/code.hpp"
#include "skep/object/externs.hpp"
#include "skep/object/input.hpp"
#include "skep/object/link.hpp"
#include "skep/object/maps.hpp"
#include "skep/object/program_type.hpp"
#include "skep/object/variables.hpp"

namespace skep {

namespace {

constexpr std::uint16_t relocatable = 1;
constexpr std::uint16_t machine_bpf = 247;
constexpr std::uint16_t machine_none = 0;  // clang before 3.9

Result<void> check_kind(const ElfFile& elf, ByteView bytes) {
  if (elf.header.machine != machine_bpf && elf.header.machine != machine_none) {
    const bool has_embedded = !find_embedded_objects(bytes).empty();
    return fail_with_help(has_embedded ? "it has an eBPF object inside: `skep extract --embedded` takes it out"
                                       : "an eBPF object comes from `clang -target bpf -c`",
                          "this ELF file is for machine {}, not for eBPF (247)", elf.header.machine);
  }
  if (elf.header.type != relocatable) {
    return fail("this ELF file has type {}; eBPF objects are relocatable (1)", elf.header.type);
  }
  if (elf.sections.empty()) return fail("this ELF file has no sections");
  return {};
}

/// The file's .BTF and .BTF.ext. As with libbpf, corrupt BTF is fatal only where maps cannot be understood without it.
struct TypeInformation {
  std::shared_ptr<const Btf> btf;
  std::optional<BtfExt> ext;
};

Result<TypeInformation> read_type_information(const ElfFile& elf, Object& object) {
  TypeInformation types;
  const ElfSection* section = elf.find(".BTF");
  if (section == nullptr || section->content.empty()) return types;
  auto btf = Btf::parse(section->content, object.order);
  if (!btf) {
    if (elf.find(".maps") != nullptr) return tl::unexpected(btf.error());
    object.notes.push_back(
        {.severity = Severity::warning, .what = fmt::format("the BTF cannot be used: {}", btf.error().what)});
    return types;
  }
  types.btf = std::make_shared<const Btf>(std::move(*btf));

  const ElfSection* ext_section = elf.find(".BTF.ext");
  if (ext_section == nullptr || ext_section->content.empty()) return types;
  auto ext = parse_btf_ext(ext_section->content, *types.btf, object.order);
  if (!ext) {
    object.notes.push_back(
        {.severity = Severity::warning,
         .what = fmt::format("source lines and CO-RE relocations are missing: {}", ext.error().what)});
    return types;
  }
  types.ext = std::move(*ext);
  return types;
}

/// One note a section for what was guessed about its programs.
void note_guesses(ObjectInput& input) {
  std::map<std::string_view, const ProgramSpec*> sections;
  for (const ProgramSpec& program : input.object.programs) {
    if (program.type_known || !sections.emplace(program.section, &program).second) continue;
    if (program.type == ProgramType::unspec) {
      input.note(Severity::note,
                 fmt::format("program {}: its type is not known: {}", program.name, program.type_reason),
                 "give it with --type");
    } else {
      input.note(Severity::note,
                 fmt::format("program {}: taken for {} ({})", program.name, name_of(program.type), program.type_reason),
                 "give another with --type");
    }
  }
}

/// Code that no program reaches is in no ProgramSpec: whoever looks for it is told so, once a section.
void note_unreached(const ObjectInput& input, const ObjectCode& code) {
  std::set<std::string_view> reached;
  for (const ProgramSpec& program : input.object.programs) {
    for (const FunctionSpan& function : program.functions) reached.insert(function.name);
  }
  std::map<std::uint32_t, std::vector<std::string_view>> unreached;
  for (const CodeFunction& function : code.functions) {
    if (!function.entry && !function.anonymous && !reached.contains(function.name))
      unreached[function.section].push_back(function.name);
  }
  for (const auto& [section, names] : unreached) {
    constexpr std::size_t most = 8;
    const std::span<const std::string_view> shown(names.data(), std::min(names.size(), most));
    input.note(Severity::note, fmt::format("section {} has {} that no program calls: {}{}", input.section(section).name,
                                           names.size() == 1 ? "a function" : fmt::format("{} functions", names.size()),
                                           fmt::join(shown, ", "), names.size() > most ? ", …" : ""));
  }
}

void read_programs(ObjectInput& input, const ObjectCode& code) {
  LinkBudget budget;
  for (std::uint32_t index = 0; index < code.functions.size(); ++index) {
    const CodeFunction& function = code.functions[index];
    if (!function.entry) continue;
    ProgramSpec program = link_program(input, code, index, budget);
    program.section = input.section(function.section).name;
    program.is_static = !function.global;
    find_program_type(program);
    input.object.programs.push_back(std::move(program));
  }
  note_guesses(input);
  note_unreached(input, code);
}

}  // namespace

Result<Object> read_object(ByteView bytes, const ReadObjectOptions& options) {
  TRY(elf, read_elf(bytes));
  TRY_VOID(check_kind(elf, bytes));
  Object object;
  object.name = options.name;
  object.order = elf.header.order;
  TRY(types, read_type_information(elf, object));
  object.btf = types.btf;

  ObjectInput input{.elf = elf, .btf = types.btf.get(), .ext = types.ext ? &*types.ext : nullptr, .object = object};
  input.datasecs = datasecs_by_name(input.btf);
  input.symbols = symbols_by_section(elf);
  input.roles = section_roles(elf);
  input.by_gnu_assembler = is_by_gnu_assembler(elf);
  const ObjectCode code = read_code(input);
  read_legacy_maps(input);
  read_btf_maps(input);
  read_data_maps(input);
  read_arena_data(input);
  read_struct_ops_maps(input);
  read_externs(input);
  read_map_initialisers(input, code);
  read_variables(input);
  read_declarations(input);
  read_programs(input, code);
  // Linux takes BTF in its own byte order only.
  if (input.btf != nullptr && object.order == ByteOrder::little) {
    object.btf_for_load = fix_datasecs(*input.btf, datasec_facts(input));
    mend_externs(*input.btf, object.btf_for_load);
  }
  return object;
}

}  // namespace skep
