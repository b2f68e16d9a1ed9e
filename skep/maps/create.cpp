// MAP_CREATE's checks, one function a family, in the order of Linux's map_alloc_check and map_alloc callbacks: callers
// probe for features by the errno they get (array_map_alloc_check(), fd_array_map_alloc_check(),
// htab_map_alloc_check(), htab_map_alloc(), ringbuf_map_alloc()).
#include "skep/maps/create.hpp"

#include <unistd.h>

#include <bit>
#include <cerrno>
#include <limits>

#include "skep/maps/makers.hpp"
#include "skep/maps/per_cpu.hpp"

namespace skep {
namespace {

constexpr std::uint32_t access_flags = bpf_f_rdonly | bpf_f_wronly | bpf_f_rdonly_prog | bpf_f_wronly_prog;
constexpr std::uint32_t per_cpu_value_limit = 32 << 10;          ///< PCPU_MIN_UNIT_SIZE
constexpr std::uint64_t kmalloc_limit = std::uint64_t{4} << 20;  ///< KMALLOC_MAX_SIZE
constexpr std::uint64_t element_header = 48;                     ///< sizeof(struct htab_elem)
constexpr std::uint64_t bucket_bytes = 16;                       ///< sizeof(struct bucket)
constexpr std::uint32_t no_node = 0xffff'ffff;                   ///< NUMA_NO_NODE

std::uint32_t node_of(const MapAttributes& attributes) {
  return (attributes.flags & bpf_f_numa_node) != 0 ? attributes.numa_node : no_node;
}

bool has_unknown_flags(const MapAttributes& attributes, std::uint32_t known) {
  constexpr std::uint32_t never_both = bpf_f_rdonly_prog | bpf_f_wronly_prog;
  return (attributes.flags & ~known) != 0 || (attributes.flags & never_both) == never_both;
}

/// vmalloc() refuses what is larger than all memory; so do we, before a map that can never be filled is promised.
bool exceeds_memory(std::uint64_t count, std::uint64_t bytes_each) {
  const auto total = checked_multiply(count, bytes_each);
  const auto memory = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * page_bytes;
  return !total || *total > memory;
}

int check_array(const MapAttributes& attributes, CpuCount cpus) {
  const bool per_cpu = attributes.type == MapType::percpu_array;
  const std::uint32_t known = bpf_f_numa_node | bpf_f_mmapable | access_flags | bpf_f_preserve_elems | bpf_f_inner_map;
  if (attributes.max_entries == 0 || attributes.key_size != 4 || attributes.value_size == 0 ||
      has_unknown_flags(attributes, known) || (per_cpu && node_of(attributes) != no_node))
    return -EINVAL;
  if (attributes.type != MapType::array && (attributes.flags & (bpf_f_mmapable | bpf_f_inner_map)) != 0) return -EINVAL;
  if (attributes.type != MapType::perf_event_array && (attributes.flags & bpf_f_preserve_elems) != 0) return -EINVAL;
  if (attributes.value_size > std::numeric_limits<std::int32_t>::max()) return -E2BIG;
  if (per_cpu && per_cpu_stride(attributes.value_size) > per_cpu_value_limit) return -E2BIG;
  const std::uint64_t element = round_up<std::uint64_t>(attributes.value_size, 8) * (per_cpu ? cpus.value : 1);
  return exceeds_memory(attributes.max_entries, element) ? -ENOMEM : 0;
}

int check_slots(const MapAttributes& attributes, CpuCount cpus) {
  if (attributes.value_size != 4) return -EINVAL;
  if ((attributes.flags & (bpf_f_rdonly_prog | bpf_f_wronly_prog)) != 0) return -EINVAL;
  return check_array(attributes, cpus);
}

int check_hash(const MapAttributes& attributes, CpuCount cpus) {
  const bool per_cpu = attributes.type == MapType::percpu_hash || attributes.type == MapType::lru_percpu_hash;
  const bool lru = attributes.type == MapType::lru_hash || attributes.type == MapType::lru_percpu_hash;
  const bool lru_per_cpu = (attributes.flags & bpf_f_no_common_lru) != 0;
  const bool preallocated = (attributes.flags & bpf_f_no_prealloc) == 0;
  const std::uint32_t known =
      bpf_f_no_prealloc | bpf_f_no_common_lru | bpf_f_numa_node | access_flags | bpf_f_zero_seed;
  if (has_unknown_flags(attributes, known)) return -EINVAL;
  if (!lru && lru_per_cpu) return -EINVAL;
  if (lru && !preallocated) return -enotsupp;
  if (node_of(attributes) != no_node && (per_cpu || lru_per_cpu)) return -EINVAL;
  if (attributes.max_entries == 0 || attributes.key_size == 0 || attributes.value_size == 0) return -EINVAL;
  if (std::uint64_t{attributes.key_size} + attributes.value_size >= kmalloc_limit - element_header) return -E2BIG;
  if (per_cpu && per_cpu_stride(attributes.value_size) > per_cpu_value_limit) return -E2BIG;
  if (attributes.max_entries > 1U << 31) return -E2BIG;
  const std::uint64_t buckets = std::bit_ceil(std::uint64_t{attributes.max_entries});
  if (buckets > std::numeric_limits<std::uint32_t>::max() / bucket_bytes) return -E2BIG;
  const std::uint64_t value = std::uint64_t{per_cpu_stride(attributes.value_size)} * (per_cpu ? cpus.value : 1);
  const std::uint64_t element = element_header + round_up<std::uint64_t>(attributes.key_size, 8) + value;
  if (exceeds_memory(buckets, bucket_bytes)) return -ENOMEM;
  return preallocated && exceeds_memory(attributes.max_entries, element) ? -ENOMEM : 0;
}

int check_ring_buffer(const MapAttributes& attributes) {
  if ((attributes.flags & ~bpf_f_numa_node) != 0) return -EINVAL;
  if (attributes.key_size != 0 || attributes.value_size != 0) return -EINVAL;
  if (!std::has_single_bit(attributes.max_entries) || attributes.max_entries % page_bytes != 0) return -EINVAL;
  return exceeds_memory(attributes.max_entries, 1) ? -ENOMEM : 0;
}

using Maker = std::unique_ptr<KernelMap> (*)(const MapAttributes& attributes, CpuCount cpus);

std::unique_ptr<KernelMap> make_if(int check, Maker maker, const MapAttributes& attributes, CpuCount cpus, int& error) {
  error = check;
  if (error != 0) return nullptr;
  auto map = maker(attributes, cpus);
  if (map == nullptr) error = -ENOMEM;
  return map;
}

}  // namespace

std::unique_ptr<KernelMap> create_map(const MapAttributes& attributes, CpuCount cpus, int& error) {
  const TypeInfo* type = find_map_type(static_cast<std::uint32_t>(attributes.type));
  constexpr std::uint32_t never_both = bpf_f_rdonly | bpf_f_wronly;
  const std::uint32_t node = node_of(attributes);
  // bpf_get_file_flag() and the check of the node come before the type's own checks; there is one node here.
  if ((attributes.flags & never_both) == never_both || (node != no_node && node != 0) || type == nullptr) {
    error = -EINVAL;
    return nullptr;
  }
  if (type->support.level == SupportLevel::refused) {
    error = -type->support.error;
    return nullptr;
  }
  const auto make = [&](int check, Maker maker) { return make_if(check, maker, attributes, cpus, error); };
  if (attributes.type == MapType::array) return make(check_array(attributes, cpus), make_array_map);
  if (attributes.type == MapType::percpu_array) return make(check_array(attributes, cpus), make_percpu_array_map);
  if (attributes.type == MapType::hash || attributes.type == MapType::percpu_hash ||
      attributes.type == MapType::lru_hash || attributes.type == MapType::lru_percpu_hash)
    return make(check_hash(attributes, cpus), make_hash_map);
  if (attributes.type == MapType::prog_array || attributes.type == MapType::perf_event_array)
    return make(check_slots(attributes, cpus), make_slot_map);
  if (attributes.type == MapType::ringbuf) return make(check_ring_buffer(attributes), make_ring_buffer_map);
  CHECK(false && "a map type whose row promises it needs a line here");
  return nullptr;
}

}  // namespace skep
