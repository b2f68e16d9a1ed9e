// `skep inspect` as text.
#include <algorithm>

#include "cli/inspect.hpp"
#include "cli/terminal.hpp"

namespace skep {
namespace {

std::string section_type_name(SectionType type) {
  switch (type) {
    case SectionType::null: return "NULL";
    case SectionType::progbits: return "PROGBITS";
    case SectionType::symtab: return "SYMTAB";
    case SectionType::strtab: return "STRTAB";
    case SectionType::rela: return "RELA";
    case SectionType::note: return "NOTE";
    case SectionType::nobits: return "NOBITS";
    case SectionType::rel: return "REL";
    case SectionType::group: return "GROUP";
    case SectionType::symtab_shndx: return "SHNDX";
  }
  return fmt::format("{:#x}", static_cast<std::uint32_t>(type));
}

std::string flags_text(std::uint64_t flags) {
  std::string text;
  if ((flags & 1) != 0) text += 'W';
  if ((flags & 2) != 0) text += 'A';
  if ((flags & 4) != 0) text += 'X';
  if ((flags & 0x10) != 0) text += 'M';
  if ((flags & 0x20) != 0) text += 'S';
  return text;
}

/// What the section's name says beside type and target.
std::string marks_text(const ProgramSpec& program) {
  std::string text;
  if (has(program.section_flags, SectionFlag::sleepable)) text += "  sleepable";
  if (has(program.section_flags, SectionFlag::xdp_frags)) text += "  frags";
  if (!program.autoload) text += "  not loaded by itself";
  return text;
}

std::string program_line(const ProgramSpec& program) {
  std::string attach = program.attach_target;
  if (program.has_attach_type) attach += fmt::format("{}{}", attach.empty() ? "" : ", ", name_of(program.attach_type));
  const std::string type = program.type == ProgramType::unspec
                               ? "unknown type"
                               : std::string(name_of(program.type)) + (program.type_known ? "" : " (guessed)");
  std::string text =
      fmt::format("  {:<24} {:<24} {:<22} {:>5} insns {:>6} bytes{}{}\n", escape_for_terminal(program.name),
                  program.section.empty() ? "-" : escape_for_terminal(program.section), type, program.code.size(),
                  program.code.size() * slot_bytes, attach.empty() ? "" : "  attach " + escape_for_terminal(attach),
                  marks_text(program));
  if (!program.type_known && !program.type_reason.empty())
    text += fmt::format("      type: {}\n", escape_for_terminal(program.type_reason));
  if (program.functions.size() > 1) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i < program.functions.size(); ++i)
      names.push_back(escape_for_terminal(program.functions[i].name));
    text += fmt::format("      calls: {}\n", fmt::join(names, ", "));
  }
  if (!program.core.empty()) text += fmt::format("      {} CO-RE relocations\n", program.core.size());
  for (const Diagnostic& problem : program.problems)
    text += fmt::format("      problem: {}\n", escape_for_terminal(problem.what));
  return text;
}

/// "[3]", and ".init" in a table of kernel operations.
std::string slot_text(const Object& object, const MapSpec& map, const MapInitialiser& slot) {
  if (map.origin == MapOrigin::struct_ops && object.btf != nullptr) {
    const auto& members = object.btf->type(map.value_type).members;
    if (slot.index < members.size()) return "." + escape_for_terminal(members[slot.index].name);
  }
  return fmt::format("[{}]", slot.index);
}

std::string map_line(const Object& object, const MapSpec& map) {
  std::string text = fmt::format("  {:<24} {:<18} key {:>4} B  value {:>6} B  entries {:>8}  flags {:#x}  [{}]",
                                 escape_for_terminal(map.name), map_type_text(map.type), map.key_size, map.value_size,
                                 map.max_entries, map.flags, origin_name(map.origin));
  if (map.pinning != 0) text += map.pinning == 1 ? "  pinned by name" : fmt::format("  pinning {}", map.pinning);
  if (map.frozen) text += "  frozen";
  text += '\n';
  if (object.btf != nullptr && map.origin == MapOrigin::btf && (map.key_type != 0 || map.value_type != 0)) {
    text += fmt::format("      {} -> {}\n",
                        map.key_type != 0 ? escape_for_terminal(c_type(*object.btf, map.key_type)) : "?",
                        map.value_type != 0 ? escape_for_terminal(c_type(*object.btf, map.value_type)) : "?");
  }
  if (map.inner != nullptr) {
    text += fmt::format("      of {} maps: key {} B, value {} B, {} entries\n", map_type_text(map.inner->type),
                        map.inner->key_size, map.inner->value_size, map.inner->max_entries);
  }
  for (const MapInitialiser& slot : map.initialisers)
    text += fmt::format("      {} = {}\n", slot_text(object, map, slot), escape_for_terminal(slot.name));
  return text;
}

/// A value cut to a line of the screen: `--dump SECTION` shows every byte.
std::string shortened(std::string value) {
  constexpr std::size_t longest = 96;
  if (value.size() <= longest) return value;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;  // not inside of a character
  return value.substr(0, end) + "…";
}

std::string relocation_line(const Object& object, const ProgramSpec& program, const Relocation& relocation) {
  std::string target = relocation.symbol;
  const bool map = relocation.kind == Relocation::Kind::map || relocation.kind == Relocation::Kind::map_value;
  if (map)
    target = object.maps[relocation.index].name +
             (relocation.kind == Relocation::Kind::map_value ? fmt::format("+{}", relocation.offset) : "");
  if (relocation.kind == Relocation::Kind::extern_variable || relocation.kind == Relocation::Kind::extern_function)
    target = "extern " + object.externs[relocation.index].name;
  if (relocation.kind == Relocation::Kind::unresolved) target = "undefined " + relocation.symbol;
  return fmt::format("  {:<24} {:>6}  {}\n", escape_for_terminal(program.name), relocation.slot.value,
                     escape_for_terminal(target));
}

}  // namespace

std::string map_type_text(std::uint32_t number) {
  const TypeInfo* type = find_map_type(number);
  return type != nullptr ? std::string(type->name) : fmt::format("type {}", number);
}

std::string_view extern_name(Extern::Kind kind) {
  switch (kind) {
    case Extern::Kind::kconfig: return "kconfig";
    case Extern::Kind::ksym_variable: return "ksym variable";
    case Extern::Kind::ksym_function: return "ksym function";
    case Extern::Kind::unknown: return "unknown";
  }
  return "";
}

std::string extern_type(const Btf& btf, const Extern& external) {
  if (btf.type(external.btf_type).kind == BtfKind::function) return c_prototype(btf, external.btf_type);
  return c_type(btf, external.btf_type);
}

std::string_view origin_name(MapOrigin origin) {
  switch (origin) {
    case MapOrigin::btf: return "BTF";
    case MapOrigin::legacy: return "legacy";
    case MapOrigin::data_section: return "data";
    case MapOrigin::assembly: return "assembly";
    case MapOrigin::struct_ops: return "struct_ops";
  }
  return "";
}

std::string header_text(const ElfFile& elf) {
  const ElfHeader& h = elf.header;
  const char* machine = h.machine == 247 ? "Linux BPF" : h.machine == 0 ? "None (an old clang wrote it)" : "not BPF";
  return fmt::format("ELF64 {}-endian, {} ({}), machine {} ({}), version {}, {} sections at {:#x}, {} symbols\n",
                     h.order == ByteOrder::little ? "little" : "big", h.type == 1 ? "REL" : "type",
                     h.type == 1 ? "relocatable file" : fmt::format("{}", h.type), machine, h.machine, h.version,
                     h.section_count, h.section_header_offset, elf.symbols.size());
}

std::string sections_text(const ElfFile& elf) {
  std::string text = fmt::format("  [{:>2}] {:<36} {:<9} {:>8} {:>8} {:>5} {:>5} {:>5} {:>5}\n", "Nr", "Section",
                                 "Type", "Offset", "Size", "Flags", "Link", "Info", "Align");
  for (const ElfSection& section : elf.sections) {
    text += fmt::format("  [{:>2}] {:<36} {:<9} {:>8x} {:>8x} {:>5} {:>5} {:>5} {:>5}\n", section.index,
                        escape_for_terminal(section.name), section_type_name(section.type), section.offset,
                        section.size, flags_text(section.flags), section.link, section.info, section.alignment);
  }
  return text;
}

std::string object_text(const Object& object, bool colour) {
  std::string text =
      fmt::format("license {}", object.has_license || !object.license.empty() ? c_string(object.license) : "none");
  if (object.version)
    text += fmt::format(", version {} ({}.{}.{})", *object.version, *object.version >> 16, *object.version >> 8 & 0xff,
                        *object.version & 0xff);
  text += object.btf != nullptr ? fmt::format(", BTF with {} types\n", object.btf->type_count() - 1) : ", no BTF\n";
  text += fmt::format("\n{}\n", bold(fmt::format("Programs ({})", object.programs.size()), colour));
  for (const ProgramSpec& program : object.programs) text += program_line(program);
  if (!object.maps.empty()) {
    text += fmt::format("\n{}\n", bold(fmt::format("Maps ({})", object.maps.size()), colour));
    for (const MapSpec& map : object.maps) text += map_line(object, map);
  }
  const auto in_map = [&](const Variable& variable) { return variable.map < object.maps.size(); };
  if (!object.variables.empty()) {
    text += fmt::format("\n{}\n", bold(fmt::format("Globals ({})", object.variables.size()), colour));
    for (const Variable& variable : object.variables) {
      if (!in_map(variable)) continue;
      const bool typed = object.btf != nullptr && variable.btf_type != 0;
      const ByteVector& data = object.maps[variable.map].data;
      const bool inside = variable.offset <= data.size() && variable.size <= data.size() - variable.offset;
      const ByteView bytes = inside ? ByteView(data).subspan(variable.offset, variable.size) : ByteView{};
      text += fmt::format(
          "  {:<24} {:<10} +{:<5} {:>4} B  {}{}\n", escape_for_terminal(variable.name),
          escape_for_terminal(object.maps[variable.map].name), variable.offset, variable.size,
          typed ? escape_for_terminal(c_type(*object.btf, variable.btf_type)) : "",
          typed && inside ? " = " + shortened(escape_for_terminal(value_text(*object.btf, variable.btf_type, bytes)))
                          : "");
    }
  }
  if (!object.externs.empty()) {
    text += fmt::format("\n{}\n", bold(fmt::format("Externs ({})", object.externs.size()), colour));
    for (const Extern& external : object.externs) {
      const bool typed = object.btf != nullptr && external.btf_type != 0;
      text += fmt::format("  {:<32} {}{}{}\n", escape_for_terminal(external.name), extern_name(external.kind),
                          external.weak ? ", weak" : "",
                          typed ? "  " + escape_for_terminal(extern_type(*object.btf, external)) : "");
    }
  }
  std::string relocations;
  std::size_t relocation_count = 0;
  for (const ProgramSpec& program : object.programs) {
    for (const Relocation& relocation : program.relocations) {
      if (relocation_count++ < 64) relocations += relocation_line(object, program, relocation);
    }
  }
  if (relocation_count != 0)
    text += fmt::format("\n{}\n{}",
                        bold(fmt::format("Relocations ({}): program, instruction, target", relocation_count), colour),
                        relocations);
  if (relocation_count > 64) text += fmt::format("  … and {} more (all of them with --json)\n", relocation_count - 64);
  if (!object.notes.empty()) {
    text += fmt::format("\n{}\n", bold("Notes", colour));
    for (const Diagnostic& note : object.notes) text += fmt::format("  {}\n", escape_for_terminal(note.what));
  }
  return text;
}

std::string drawing_text(const Object& object) {
  std::string text =
      "user space\n    │  lookup · update · next key                 trace pipe, ring buffers, events\n    ▼           "
      "                                             ▲\n";
  for (std::uint32_t i = 0; i < object.maps.size(); ++i) {
    std::vector<std::string> users;
    for (const ProgramSpec& program : object.programs) {
      const bool uses =
          std::any_of(program.relocations.begin(), program.relocations.end(), [&](const Relocation& relocation) {
            return (relocation.kind == Relocation::Kind::map || relocation.kind == Relocation::Kind::map_value) &&
                   relocation.index == i;
          });
      if (uses) users.push_back(escape_for_terminal(program.name));
    }
    text += fmt::format("  [ map {} : {} ] ◀──▶ {}\n", escape_for_terminal(object.maps[i].name),
                        map_type_text(object.maps[i].type),
                        users.empty() ? "(no program)" : fmt::format("{}", fmt::join(users, ", ")));
  }
  text += "                                                             │\nkernel\n";
  for (const ProgramSpec& program : object.programs) {
    text += fmt::format("  ( {} : {} ) ◀── {}\n", escape_for_terminal(program.name),
                        program.type == ProgramType::unspec ? "?" : name_of(program.type),
                        escape_for_terminal(program.attach_target.empty() ? program.section : program.attach_target));
  }
  return text;
}

std::string types_text(const Object& object) {
  if (object.btf == nullptr) return "no BTF: compile with -g\n";
  std::string text;
  for (std::uint32_t id = 1; id < object.btf->type_count(); ++id)
    text += escape_lines_for_terminal(raw_text(*object.btf, id)) + "\n";
  return text;
}

}  // namespace skep
