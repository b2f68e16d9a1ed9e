// `skep inspect --json`: the same facts as the screen, complete.
#include "cli/inspect.hpp"

namespace skep {
namespace {

void write_header(JsonWriter& json, const ElfHeader& header) {
  json.key("elf");
  json.begin_object();
  json.field("class", 64);
  json.field("byte_order", header.order == ByteOrder::little ? "little" : "big");
  json.field("type", header.type);
  json.field("machine", header.machine);
  json.field("version", header.version);
  json.field("section_header_offset", header.section_header_offset);
  json.field("sections", header.section_count);
  json.end_object();
}

void write_sections(JsonWriter& json, const ElfFile& elf) {
  json.key("sections");
  json.begin_array();
  for (const ElfSection& section : elf.sections) {
    json.begin_object();
    json.field("index", section.index);
    json.field("name", section.name);
    json.field("type", static_cast<std::uint32_t>(section.type));
    json.field("offset", section.offset);
    json.field("size", section.size);
    json.field("flags", section.flags);
    json.end_object();
  }
  json.end_array();
}

void write_program(JsonWriter& json, const Object& object, const ProgramSpec& program) {
  json.begin_object();
  json.field("name", program.name);
  json.field("section", program.section);
  json.field("type", name_of(program.type));
  json.field("type_known", program.type_known);
  if (!program.type_reason.empty()) json.field("type_reason", program.type_reason);
  if (program.has_attach_type) json.field("expected_attach_type", name_of(program.attach_type));
  if (!program.attach_target.empty()) json.field("attach_target", program.attach_target);
  json.field("autoload", program.autoload);
  json.field("sleepable", has(program.section_flags, SectionFlag::sleepable));
  json.field("xdp_frags", has(program.section_flags, SectionFlag::xdp_frags));
  json.field("instructions", program.code.size());
  json.field("bytes", program.code.size() * slot_bytes);
  json.key("functions");
  json.begin_array();
  for (const FunctionSpan& function : program.functions) {
    json.begin_object();
    json.field("name", function.name);
    json.field("start", function.start.value);
    json.field("slots", function.slots);
    json.end_object();
  }
  json.end_array();
  json.key("relocations");
  json.begin_array();
  for (const Relocation& relocation : program.relocations) {
    json.begin_object();
    json.field("slot", relocation.slot.value);
    switch (relocation.kind) {
      case Relocation::Kind::map: json.field("map", object.maps[relocation.index].name); break;
      case Relocation::Kind::map_value:
        json.field("map", object.maps[relocation.index].name);
        json.field("offset", relocation.offset);
        break;
      case Relocation::Kind::extern_variable:
      case Relocation::Kind::extern_function: json.field("extern", object.externs[relocation.index].name); break;
      case Relocation::Kind::unresolved: json.field("undefined", relocation.symbol); break;
    }
    json.end_object();
  }
  json.end_array();
  json.field("core_relocations", program.core.size());
  json.key("problems");
  json.begin_array();
  for (const Diagnostic& problem : program.problems) write_json(json, problem);
  json.end_array();
  json.end_object();
}

void write_map(JsonWriter& json, const Object& object, const MapSpec& map) {
  json.begin_object();
  json.field("name", map.name);
  json.field("kernel_name", object.kernel_map_name(map));
  json.field("type", map_type_text(map.type));
  json.field("key_size", map.key_size);
  json.field("value_size", map.value_size);
  json.field("max_entries", map.max_entries);
  json.field("map_flags", map.flags);
  json.field("numa_node", map.numa_node);
  json.field("pinning", map.pinning);
  json.field("map_extra", map.map_extra);
  json.field("legacy", map.origin == MapOrigin::legacy);
  json.field("frozen", map.frozen);
  json.field("origin", origin_name(map.origin));
  if (object.btf != nullptr && map.key_type != 0) json.field("key_type", c_type(*object.btf, map.key_type));
  if (object.btf != nullptr && map.value_type != 0) json.field("value_type", c_type(*object.btf, map.value_type));
  if (map.inner != nullptr) {
    json.key("inner_map");
    write_map(json, object, *map.inner);  // maps nest once: the reader allows no more
  }
  if (!map.initialisers.empty()) {
    json.key("values");
    json.begin_array();
    for (const MapInitialiser& slot : map.initialisers) {
      json.begin_object();
      json.field("index", slot.index);
      if (map.origin == MapOrigin::struct_ops && object.btf != nullptr)
        json.field("member", object.btf->type(map.value_type).members[slot.index].name);
      json.field("name", slot.name);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

}  // namespace

void write_inspection(JsonWriter& json, const Input& input, const ElfFile* elf, const InspectParts& parts) {
  const Object& object = input.object;
  json.begin_object();
  json.field("file", input.display_name);
  json.field("spelling", name_of(input.spelling));
  if (elf != nullptr) write_header(json, elf->header);
  if (elf != nullptr && parts.sections) write_sections(json, *elf);
  if (object.has_license) json.field("license", object.license);
  if (object.version) json.field("version", *object.version);
  json.key("programs");
  json.begin_array();
  for (const ProgramSpec& program : object.programs) write_program(json, object, program);
  json.end_array();
  json.key("maps");
  json.begin_array();
  for (const MapSpec& map : object.maps) write_map(json, object, map);
  json.end_array();
  json.key("globals");
  json.begin_array();
  for (const Variable& variable : object.variables) {
    if (variable.map >= object.maps.size()) continue;
    json.begin_object();
    json.field("name", variable.name);
    json.field("section", object.maps[variable.map].name);
    json.field("offset", variable.offset);
    json.field("size", variable.size);
    if (object.btf != nullptr && variable.btf_type != 0) json.field("type", c_type(*object.btf, variable.btf_type));
    const ByteVector& data = object.maps[variable.map].data;
    if (object.btf != nullptr && variable.btf_type != 0 && variable.offset <= data.size() &&
        variable.size <= data.size() - variable.offset) {
      json.key("value");
      write_value(json, *object.btf, variable.btf_type, ByteView(data).subspan(variable.offset, variable.size));
    }
    json.end_object();
  }
  json.end_array();
  json.key("externs");
  json.begin_array();
  for (const Extern& external : object.externs) {
    json.begin_object();
    json.field("name", external.name);
    json.field("kind", extern_name(external.kind));
    json.field("weak", external.weak);
    if (object.btf != nullptr && external.btf_type != 0) json.field("type", extern_type(*object.btf, external));
    json.end_object();
  }
  json.end_array();
  if (parts.types && object.btf != nullptr) {
    json.key("types");
    json.begin_array();
    for (std::uint32_t id = 1; id < object.btf->type_count(); ++id) write_json(json, *object.btf, id);
    json.end_array();
  }
  json.key("notes");
  json.begin_array();
  for (const Diagnostic& note : object.notes) write_json(json, note);
  json.end_array();
  json.end_object();
}

}  // namespace skep
