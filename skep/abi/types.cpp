// The rows of map_types.def, program_types.def, attach_types.def and link_types.def as tables. Ids are dense
// (types_test.cpp holds us to it), so a row is found by index; names are compared without their UAPI prefix and case.
#include "skep/abi/types.hpp"

#include <algorithm>
#include <cerrno>

namespace skep {
namespace {

constexpr TypeInfo map_type_rows[] = {
#define MAP_TYPE(id, name, uapi_name, since, ...) {id, #name, uapi_name, since, __VA_ARGS__},
#include "skep/abi/map_types.def"
#undef MAP_TYPE
};

constexpr TypeInfo program_type_rows[] = {
#define PROGRAM_TYPE(id, name, uapi_name, since, ...) {id, #name, uapi_name, since, __VA_ARGS__},
#include "skep/abi/program_types.def"
#undef PROGRAM_TYPE
};

constexpr TypeInfo attach_type_rows[] = {
#define ATTACH_TYPE(id, name, uapi_name, since, ...) {id, #name, uapi_name, since, __VA_ARGS__},
#include "skep/abi/attach_types.def"
#undef ATTACH_TYPE
};

constexpr TypeInfo link_type_rows[] = {
#define LINK_TYPE(id, name, uapi_name, since, ...) {id, #name, uapi_name, since, __VA_ARGS__},
#include "skep/abi/link_types.def"
#undef LINK_TYPE
};

const TypeInfo* row_of(std::span<const TypeInfo> rows, std::uint32_t id) {
  return id < rows.size() ? &rows[id] : nullptr;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

const TypeInfo* row_named(std::span<const TypeInfo> rows, std::string_view name) {
  const auto row = std::find_if(rows.begin(), rows.end(), [name](const TypeInfo& info) {
    return same_ignoring_case(info.name, name) || same_ignoring_case(info.uapi_name, name);
  });
  return row == rows.end() ? nullptr : &*row;
}

template <typename Type>
std::optional<Type> type_named(std::span<const TypeInfo> rows, std::string_view name) {
  const TypeInfo* row = row_named(rows, name);
  if (row == nullptr) return std::nullopt;
  return static_cast<Type>(row->id);
}

std::string_view name_in(std::span<const TypeInfo> rows, std::uint32_t id) {
  const TypeInfo* row = row_of(rows, id);
  return row == nullptr ? "unknown" : row->name;
}

}  // namespace

std::span<const TypeInfo> map_types() { return map_type_rows; }
std::span<const TypeInfo> program_types() { return program_type_rows; }
std::span<const TypeInfo> attach_types() { return attach_type_rows; }
std::span<const TypeInfo> link_types() { return link_type_rows; }

const TypeInfo* find_map_type(std::uint32_t id) { return row_of(map_type_rows, id); }
const TypeInfo* find_program_type(std::uint32_t id) { return row_of(program_type_rows, id); }
const TypeInfo* find_attach_type(std::uint32_t id) { return row_of(attach_type_rows, id); }
const TypeInfo* find_link_type(std::uint32_t id) { return row_of(link_type_rows, id); }

std::optional<MapType> map_type_by_name(std::string_view name) { return type_named<MapType>(map_type_rows, name); }
std::optional<ProgramType> program_type_by_name(std::string_view name) {
  return type_named<ProgramType>(program_type_rows, name);
}
std::optional<AttachType> attach_type_by_name(std::string_view name) {
  return type_named<AttachType>(attach_type_rows, name);
}

std::string_view name_of(MapType type) { return name_in(map_type_rows, static_cast<std::uint32_t>(type)); }
std::string_view name_of(ProgramType type) { return name_in(program_type_rows, static_cast<std::uint32_t>(type)); }
std::string_view name_of(AttachType type) { return name_in(attach_type_rows, static_cast<std::uint32_t>(type)); }
std::string_view name_of(LinkType type) { return name_in(link_type_rows, static_cast<std::uint32_t>(type)); }

}  // namespace skep
