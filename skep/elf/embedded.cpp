// BPF objects inside of native executables and libraries: a libbpf skeleton is the object's bytes as a C array, so the
// whole relocatable lies somewhere in .rodata or .data. Nothing says how long it is; its own section header table does.
#include <algorithm>
#include <array>

#include "skep/elf/elf.hpp"
#include "skep/elf/header.hpp"

namespace skep {

namespace layout = elf_layout;

namespace {

/// Where the relocatable that starts with `bytes` ends, or nothing if it is none of ours. Cheap: most hits of the magic
/// are no objects.
std::optional<std::uint64_t> measure(ByteView bytes) {
  if (bytes.size() < layout::header_size || bytes[4] != layout::class_64) return std::nullopt;
  if (bytes[5] != layout::data_little && bytes[5] != layout::data_big) return std::nullopt;
  const ByteReader file(bytes, "embedded object", bytes[5] == layout::data_little ? ByteOrder::little : ByteOrder::big);
  const auto machine = *file.read<std::uint16_t>(18);
  if (*file.read<std::uint16_t>(16) != layout::type_relocatable) return std::nullopt;
  if (machine != layout::machine_bpf && machine != layout::machine_none) return std::nullopt;
  const auto table = *file.read<std::uint64_t>(40);
  const std::uint64_t count = *file.read<std::uint16_t>(60);
  if (count == 0 || *file.read<std::uint16_t>(58) != layout::section_header_size) return std::nullopt;
  if (!file.contains(table, count * layout::section_header_size)) return std::nullopt;

  std::uint64_t end = table + count * layout::section_header_size;
  for (std::uint64_t header = table; header < table + count * layout::section_header_size;
       header += layout::section_header_size) {
    const auto type = static_cast<SectionType>(*file.read<std::uint32_t>(header + 4));
    if (type == SectionType::null || type == SectionType::nobits) continue;
    const auto offset = *file.read<std::uint64_t>(header + 24);
    const auto size = *file.read<std::uint64_t>(header + 32);
    if (!file.contains(offset, size)) return std::nullopt;
    end = std::max(end, offset + size);
  }
  return end;
}

}  // namespace

std::vector<EmbeddedObject> find_embedded_objects(ByteView bytes) {
  constexpr std::array<std::uint8_t, 4> magic = {0x7f, 'E', 'L', 'F'};
  std::vector<EmbeddedObject> found;
  // Offset 0 is the file itself.
  std::size_t at = 1;
  while (at < bytes.size()) {
    const auto hit =
        std::search(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), magic.begin(), magic.end());
    if (hit == bytes.end()) break;
    const auto offset = static_cast<std::size_t>(hit - bytes.begin());
    const auto size = measure(bytes.subspan(offset));
    const bool whole = size && read_elf(bytes.subspan(offset, *size)).has_value();
    if (whole) found.push_back({offset, *size});
    at = offset + (whole ? *size : magic.size());
  }
  return found;
}

}  // namespace skep
