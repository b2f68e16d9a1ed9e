// Look-ups by name, and the name a map gets in Linux: 15 characters, for which libbpf has rules that users meet in
// `bpftool map show`.
#include "skep/object/object_types.hpp"

#include <algorithm>

namespace skep {

namespace {

bool is_allowed_in_names(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.';
}

}  // namespace

// libbpf's internal_map_name: at least 7 characters are kept for the section (".rodata"), the object's name gets the
// rest of 15; sections of the user's own (".data.config") stand without it.
std::string Object::kernel_map_name(const MapSpec& map) const {
  constexpr std::size_t longest = bpf_obj_name_len - 1;
  if (map.origin != MapOrigin::data_section) return map.name.substr(0, longest);
  const std::size_t suffix = std::min(std::max<std::size_t>(7, map.name.size()), longest);
  const bool custom = map.name.find('.', 1) != std::string::npos;
  std::string result = (custom ? std::string() : name.substr(0, longest - suffix)) + map.name.substr(0, suffix);
  std::replace_if(
      result.begin(), result.end(), [](char c) { return !is_allowed_in_names(c); }, '_');
  return result;
}

const ProgramSpec* Object::find_program(std::string_view program_name) const {
  const auto found = std::find_if(programs.begin(), programs.end(),
                                  [&](const ProgramSpec& program) { return program.name == program_name; });
  return found == programs.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> Object::find_map(std::string_view map_name) const {
  const auto found = std::find_if(maps.begin(), maps.end(), [&](const MapSpec& map) { return map.name == map_name; });
  if (found == maps.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - maps.begin());
}

}  // namespace skep
