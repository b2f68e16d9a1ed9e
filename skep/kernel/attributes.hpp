// The attr of each bpf(2) command as struct, in the layout of union bpf_attr (include/uapi/linux/bpf.h); field names
// are the kernel's. Pointers are u64, as on the wire. Both sides use these: callers fill them, the user kernel reads
// its private copy.
#pragma once

#include <cstdint>

namespace skep {

struct MapCreateAttr {
  std::uint32_t map_type, key_size, value_size, max_entries, map_flags, inner_map_fd, numa_node;
  char map_name[16];
  std::uint32_t map_ifindex, btf_fd, btf_key_type_id, btf_value_type_id, btf_vmlinux_value_type_id;
  std::uint64_t map_extra;
  std::int32_t value_type_btf_obj_fd, map_token_fd;
  std::uint64_t excl_prog_hash;
  std::uint32_t excl_prog_hash_size;
  std::uint32_t padding;
};
struct MapElementAttr {
  std::uint32_t map_fd, padding;
  std::uint64_t key, value /* or next_key */, flags;
};
struct ProgLoadAttr {
  std::uint32_t prog_type, insn_cnt;
  std::uint64_t insns, license;
  std::uint32_t log_level, log_size;
  std::uint64_t log_buf;
  std::uint32_t kern_version, prog_flags;
  char prog_name[16];
  std::uint32_t prog_ifindex, expected_attach_type, prog_btf_fd, func_info_rec_size;
  std::uint64_t func_info;
  std::uint32_t func_info_cnt, line_info_rec_size;
  std::uint64_t line_info;
  std::uint32_t line_info_cnt, attach_btf_id, attach_prog_fd /* or attach_btf_obj_fd */, core_relo_cnt;
  std::uint64_t fd_array, core_relos;
  std::uint32_t core_relo_rec_size, log_true_size;
  std::int32_t prog_token_fd;
  std::uint32_t fd_array_cnt;
};
struct ObjAttr {
  std::uint64_t pathname;
  std::uint32_t bpf_fd, file_flags;
  std::int32_t path_fd;
  std::uint32_t padding;
};
struct ProgAttachAttr {
  std::uint32_t target_fd, attach_bpf_fd, attach_type, attach_flags, replace_bpf_fd, relative_fd;
  std::uint64_t expected_revision;
};
struct ProgTestRunAttr {
  std::uint32_t prog_fd, retval, data_size_in, data_size_out;
  std::uint64_t data_in, data_out;
  std::uint32_t repeat, duration, ctx_size_in, ctx_size_out;
  std::uint64_t ctx_in, ctx_out;
  std::uint32_t flags, cpu, batch_size, padding;
};
struct GetIdAttr {
  std::uint32_t id /* start_id, prog_id, map_id, btf_id, link_id */, next_id, open_flags;
};
struct ObjInfoAttr {
  std::uint32_t bpf_fd, info_len;
  std::uint64_t info;
};
struct RawTracepointAttr {
  std::uint64_t name;
  std::uint32_t prog_fd, padding;
  std::uint64_t cookie;
};
struct BtfLoadAttr {
  std::uint64_t btf, btf_log_buf;
  std::uint32_t btf_size, btf_log_size, btf_log_level, btf_log_true_size, btf_flags;
  std::int32_t btf_token_fd;
};
struct LinkCreateAttr {
  std::uint32_t prog_fd, target_fd, attach_type, flags;
  std::uint64_t perf_event_cookie;  ///< BPF_PERF_EVENT; other types lay other fields here
  std::uint64_t rest[4];
};
struct LinkDetachAttr {
  std::uint32_t link_fd;
};
struct ProgBindMapAttr {
  std::uint32_t prog_fd, map_fd, flags;
};

/// struct bpf_prog_info.
struct ProgInfo {
  std::uint32_t type, id;
  std::uint8_t tag[8];
  std::uint32_t jited_prog_len, xlated_prog_len;
  std::uint64_t jited_prog_insns, xlated_prog_insns, load_time;
  std::uint32_t created_by_uid, nr_map_ids;
  std::uint64_t map_ids;
  char name[16];
  std::uint32_t ifindex, gpl_compatible /* bit 0 */;
  std::uint64_t netns_dev, netns_ino;
  std::uint32_t nr_jited_ksyms, nr_jited_func_lens;
  std::uint64_t jited_ksyms, jited_func_lens;
  std::uint32_t btf_id, func_info_rec_size;
  std::uint64_t func_info;
  std::uint32_t nr_func_info, nr_line_info;
  std::uint64_t line_info, jited_line_info;
  std::uint32_t nr_jited_line_info, line_info_rec_size, jited_line_info_rec_size, nr_prog_tags;
  std::uint64_t prog_tags, run_time_ns, run_cnt, recursion_misses;
  std::uint32_t verified_insns, attach_btf_obj_id, attach_btf_id, padding;
};
/// struct bpf_map_info.
struct MapInfo {
  std::uint32_t type, id, key_size, value_size, max_entries, map_flags;
  char name[16];
  std::uint32_t ifindex, btf_vmlinux_value_type_id;
  std::uint64_t netns_dev, netns_ino;
  std::uint32_t btf_id, btf_key_type_id, btf_value_type_id, btf_vmlinux_id;
  std::uint64_t map_extra, hash;
  std::uint32_t hash_size, padding;
};
/// struct bpf_btf_info.
struct BtfInfo {
  std::uint64_t btf;
  std::uint32_t btf_size, id;
  std::uint64_t name;
  std::uint32_t name_len, kernel_btf;
};
/// struct bpf_link_info, the part common to all and the fields of the links the user kernel has.
struct LinkInfo {
  std::uint32_t type, id, prog_id, padding;
  std::uint64_t raw_tracepoint_name;  ///< raw_tracepoint: tp_name; perf_event: see the type's own layout
  std::uint32_t raw_tracepoint_name_len, padding2;
  std::uint64_t rest[4];
};
/// struct bpf_func_info and struct bpf_line_info.
struct FuncInfoRecord {
  std::uint32_t insn_off, type_id;
};
struct LineInfoRecord {
  std::uint32_t insn_off, file_name_off, line_off, line_col;
};

static_assert(sizeof(MapCreateAttr) == 96 && sizeof(ProgLoadAttr) == 152 && sizeof(ProgTestRunAttr) == 80 &&
              sizeof(BtfLoadAttr) == 40);
static_assert(sizeof(ProgInfo) == 232 && sizeof(MapInfo) == 104 && sizeof(BtfInfo) == 32);

}  // namespace skep
