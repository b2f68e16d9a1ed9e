// Map, program, attach and link types (include/uapi/linux/bpf.h), each a row of a .def file with its number, its UAPI
// name, the short name bpftool prints, the kernel that brought it, and what our user kernel does with it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "skep/abi/support.hpp"

namespace skep {

enum class MapType : std::uint32_t {
#define MAP_TYPE(id, name, ...) name = id,
#include "skep/abi/map_types.def"
#undef MAP_TYPE
};
enum class ProgramType : std::uint32_t {
#define PROGRAM_TYPE(id, name, ...) name = id,
#include "skep/abi/program_types.def"
#undef PROGRAM_TYPE
};
enum class AttachType : std::uint32_t {
#define ATTACH_TYPE(id, name, ...) name = id,
#include "skep/abi/attach_types.def"
#undef ATTACH_TYPE
};
enum class LinkType : std::uint32_t {
#define LINK_TYPE(id, name, ...) name = id,
#include "skep/abi/link_types.def"
#undef LINK_TYPE
};

struct TypeInfo {
  std::uint32_t id;
  std::string_view name;       ///< as bpftool prints it: "xdp", "percpu_hash", "cgroup_inet_ingress"
  std::string_view uapi_name;  ///< "BPF_PROG_TYPE_XDP"
  std::string_view since;      ///< "4.8": first Linux release with it; "" if it was never released
  Support support;             ///< by our user kernel
};

/// All rows, ordered by id (ids are dense, so info is rows[id]).
[[nodiscard]] std::span<const TypeInfo> map_types();
[[nodiscard]] std::span<const TypeInfo> program_types();
[[nodiscard]] std::span<const TypeInfo> attach_types();
[[nodiscard]] std::span<const TypeInfo> link_types();

/// The row of an id or nullptr. Names match with or without the UAPI prefix, in any case.
[[nodiscard]] const TypeInfo* find_map_type(std::uint32_t id);
[[nodiscard]] const TypeInfo* find_program_type(std::uint32_t id);
[[nodiscard]] const TypeInfo* find_attach_type(std::uint32_t id);
[[nodiscard]] const TypeInfo* find_link_type(std::uint32_t id);
[[nodiscard]] std::optional<MapType> map_type_by_name(std::string_view name);
[[nodiscard]] std::optional<ProgramType> program_type_by_name(std::string_view name);
[[nodiscard]] std::optional<AttachType> attach_type_by_name(std::string_view name);

/// "xdp"; "unknown" for a number without a row.
[[nodiscard]] std::string_view name_of(MapType type);
[[nodiscard]] std::string_view name_of(ProgramType type);
[[nodiscard]] std::string_view name_of(AttachType type);
[[nodiscard]] std::string_view name_of(LinkType type);

// Flags that rows of several modules need (include/uapi/linux/bpf.h).
inline constexpr std::uint64_t bpf_any = 0, bpf_noexist = 1, bpf_exist = 2, bpf_f_lock = 4, bpf_f_cpu = 8,
                               bpf_f_all_cpus = 16;
inline constexpr std::uint32_t bpf_f_no_prealloc = 1U << 0, bpf_f_no_common_lru = 1U << 1, bpf_f_numa_node = 1U << 2,
                               bpf_f_rdonly = 1U << 3, bpf_f_wronly = 1U << 4, bpf_f_stack_build_id = 1U << 5,
                               bpf_f_zero_seed = 1U << 6, bpf_f_rdonly_prog = 1U << 7, bpf_f_wronly_prog = 1U << 8,
                               bpf_f_clone = 1U << 9, bpf_f_mmapable = 1U << 10, bpf_f_preserve_elems = 1U << 11,
                               bpf_f_inner_map = 1U << 12, bpf_f_link = 1U << 13;
inline constexpr std::uint32_t bpf_obj_name_len = 16;

}  // namespace skep
