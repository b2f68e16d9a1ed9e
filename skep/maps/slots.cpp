// BPF_MAP_TYPE_PROG_ARRAY and _PERF_EVENT_ARRAY (fd arrays, kernel/bpf/arraymap.c). The system call's update is set(),
// called by the host once it has turned the fd into an object; plain user_update() has only a number and refuses.
#include "skep/maps/slots.hpp"

#include <algorithm>

#include "skep/maps/array_keys.hpp"
#include "skep/maps/makers.hpp"

namespace skep {

int SlotMap::set(std::uint32_t index, std::shared_ptr<SlotObject> object, std::uint64_t flags) {
  if (flags != bpf_any) return -EINVAL;
  if (index >= attributes().max_entries) return -E2BIG;
  slots_[index] = std::move(object);
  return 0;
}

int SlotMap::clear(std::uint32_t index) {
  if (index >= attributes().max_entries) return -E2BIG;
  return slots_.erase(index) == 0 ? -ENOENT : 0;
}

namespace {

class FdArrayMap final : public SlotMap {
 public:
  using SlotMap::SlotMap;

  [[nodiscard]] std::uint64_t memory_usage() const override {
    return std::uint64_t{attributes().max_entries} * sizeof(std::uint64_t);  // a pointer each, as Linux has
  }
  [[nodiscard]] std::uint8_t* lookup(const std::uint8_t*, std::uint32_t) override { return nullptr; }
  [[nodiscard]] int update(const std::uint8_t*, const std::uint8_t*, std::uint64_t, std::uint32_t) override {
    return -EINVAL;
  }
  [[nodiscard]] int erase(const std::uint8_t*) override { return -EINVAL; }

  /// bpf_fd_array_map_lookup_elem(): the id of what is there. Events have none to show.
  [[nodiscard]] int user_lookup(ByteView key, MutableBytes value, std::uint64_t flags) override {
    if (flags != 0) return -EINVAL;
    if (attributes().type == MapType::perf_event_array) return -enotsupp;
    const SlotObject* found = object(array_index(key.data()));
    if (found == nullptr) return -ENOENT;
    store_unaligned(value.data(), found->slot_id());
    return 0;
  }

  [[nodiscard]] int user_update(ByteView key, ByteView, std::uint64_t flags) override {
    if (flags != bpf_any) return -EINVAL;
    return array_index(key.data()) >= attributes().max_entries ? -E2BIG : -EBADF;
  }

  [[nodiscard]] int user_erase(ByteView key) override { return clear(array_index(key.data())); }

  [[nodiscard]] int next_key(ByteView key, MutableBytes next) override {
    return next_array_index(key, attributes().max_entries, next);
  }
};

}  // namespace

std::unique_ptr<KernelMap> make_slot_map(const MapAttributes& attributes, CpuCount cpus) {
  return std::make_unique<FdArrayMap>(attributes, cpus);
}

}  // namespace skep
