// The parts of `skep inspect`'s screen: each takes values and gives text or JSON.
#pragma once

#include <string>

#include "cli/input.hpp"

namespace skep {

struct InspectParts {
  bool sections = false;
  bool types = false;
  bool drawing = false;
  std::string dump;  ///< section to show as hex and ASCII
};

[[nodiscard]] std::string header_text(const ElfFile& elf);
[[nodiscard]] std::string sections_text(const ElfFile& elf);
[[nodiscard]] std::string object_text(const Object& object, bool colour);
/// Programs ⇄ maps ⇄ user space, with lines from each program to the maps it uses.
[[nodiscard]] std::string drawing_text(const Object& object);
[[nodiscard]] std::string types_text(const Object& object);
void write_inspection(JsonWriter& json, const Input& input, const ElfFile* elf, const InspectParts& parts);

/// "hash", or "type 99" for a number without a row.
[[nodiscard]] std::string map_type_text(std::uint32_t number);
/// "kconfig", "ksym variable", "ksym function" or "unknown".
[[nodiscard]] std::string_view extern_name(Extern::Kind kind);
/// The declaration of an extern as C. Precondition: it has a BTF type.
[[nodiscard]] std::string extern_type(const Btf& btf, const Extern& external);
/// How a map was declared, in a word: "BTF", "legacy", "data", …
[[nodiscard]] std::string_view origin_name(MapOrigin origin);

}  // namespace skep
