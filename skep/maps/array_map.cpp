// BPF_MAP_TYPE_ARRAY: max_entries values, all there from the start, each at a multiple of round_up(value_size, 8)
// (kernel/bpf/arraymap.c). With BPF_F_MMAPABLE whole pages of them can be mapped.
#include <cstring>

#include "skep/maps/array_keys.hpp"
#include "skep/maps/makers.hpp"

namespace skep {
namespace {

class ArrayMap final : public KernelMap {
 public:
  ArrayMap(const MapAttributes& attributes, CpuCount cpus, MappedMemory memory)
      : KernelMap(attributes, cpus),
        memory_(std::move(memory)),
        entries_(attributes.max_entries),
        stride_(round_up<std::uint64_t>(attributes.value_size, 8)) {}

  [[nodiscard]] std::uint64_t memory_usage() const override { return memory_.size(); }

  [[nodiscard]] std::uint8_t* lookup(const std::uint8_t* key, std::uint32_t) override {
    const std::uint32_t index = array_index(key);
    return index < entries_ ? value_at(index) : nullptr;
  }

  [[nodiscard]] int update(const std::uint8_t* key, const std::uint8_t* value, std::uint64_t flags,
                           std::uint32_t) override {
    const std::uint32_t index = array_index(key);
    if (const int error = check_array_update(index, entries_, flags); error != 0) return error;
    std::memmove(value_at(index), value, attributes().value_size);  // a program may pass the very value
    return 0;
  }

  [[nodiscard]] int erase(const std::uint8_t*) override { return -EINVAL; }

  [[nodiscard]] std::vector<ValueMemory> value_memory() const override {
    return {{reinterpret_cast<std::uint64_t>(memory_.data()), stride_ * entries_, static_cast<std::uint32_t>(stride_),
             0, attributes().value_size}};
  }

  [[nodiscard]] long for_each(std::uint32_t, const std::function<bool(std::uint8_t*, std::uint8_t*)>& visit) override {
    long visited = 0;
    for (std::uint32_t index = 0; index < entries_; ++index) {
      ++visited;
      std::uint32_t key = index;  // a copy: the callback must not steer the loop
      if (!visit(reinterpret_cast<std::uint8_t*>(&key), value_at(index))) break;
    }
    return visited;
  }

  [[nodiscard]] int user_lookup(ByteView key, MutableBytes value, std::uint64_t flags) override {
    if (flags != 0) return -EINVAL;
    const std::uint32_t index = array_index(key.data());
    if (index >= entries_) return -ENOENT;
    std::memcpy(value.data(), value_at(index), value.size());
    return 0;
  }

  [[nodiscard]] int user_update(ByteView key, ByteView value, std::uint64_t flags) override {
    return update(key.data(), value.data(), flags, 0);
  }

  [[nodiscard]] int user_erase(ByteView) override { return -EINVAL; }

  [[nodiscard]] int next_key(ByteView key, MutableBytes next) override { return next_array_index(key, entries_, next); }

  [[nodiscard]] MutableBytes map_memory(std::uint64_t offset, std::uint64_t length, bool writable,
                                        int& error) override {
    if ((attributes().flags & bpf_f_mmapable) == 0) {
      error = -EINVAL;
      return {};
    }
    error = check_mapping(offset, length, writable);
    if (error != 0) return {};
    if (offset > memory_.size() || length > memory_.size() - offset) {
      error = -EINVAL;
      return {};
    }
    if (writable) note_writable_mapping();
    return memory_.bytes().subspan(offset, length);
  }

 private:
  [[nodiscard]] std::uint8_t* value_at(std::uint32_t index) const { return memory_.data() + stride_ * index; }

  MappedMemory memory_;
  std::uint32_t entries_;
  std::uint64_t stride_;
};

}  // namespace

std::unique_ptr<KernelMap> make_array_map(const MapAttributes& attributes, CpuCount cpus) {
  auto memory = MappedMemory::allocate(round_up<std::uint64_t>(attributes.value_size, 8) * attributes.max_entries);
  if (!memory) return nullptr;
  return std::make_unique<ArrayMap>(attributes, cpus, std::move(*memory));
}

}  // namespace skep
