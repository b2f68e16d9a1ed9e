// BPF_MAP_TYPE_PERCPU_ARRAY: an array with one value a CPU; programs see their own CPU's, the system call sees all.
#include <cstring>

#include "skep/maps/array_keys.hpp"
#include "skep/maps/makers.hpp"
#include "skep/maps/per_cpu.hpp"

namespace skep {
namespace {

class PerCpuArrayMap final : public KernelMap {
 public:
  PerCpuArrayMap(const MapAttributes& attributes, CpuCount cpus, MappedMemory memory)
      : KernelMap(attributes, cpus),
        memory_(std::move(memory)),
        entries_(attributes.max_entries),
        value_stride_(per_cpu_stride(attributes.value_size)) {}

  [[nodiscard]] std::uint32_t user_value_size() const override { return value_stride_ * cpus(); }
  [[nodiscard]] std::uint64_t memory_usage() const override { return memory_.size(); }

  [[nodiscard]] std::uint8_t* lookup(const std::uint8_t* key, std::uint32_t cpu) override {
    const std::uint32_t index = array_index(key);
    return index < entries_ && cpu < cpus() ? value_at(index, cpu) : nullptr;
  }

  [[nodiscard]] int update(const std::uint8_t* key, const std::uint8_t* value, std::uint64_t flags,
                           std::uint32_t cpu) override {
    const std::uint32_t index = array_index(key);
    if (const int error = check_array_update(index, entries_, flags); error != 0) return error;
    std::memmove(value_at(index, cpu), value, attributes().value_size);
    return 0;
  }

  [[nodiscard]] int erase(const std::uint8_t*) override { return -EINVAL; }

  [[nodiscard]] std::vector<ValueMemory> value_memory() const override {
    // Each CPU's value is an element of its own here: nothing else lies between them.
    return {{reinterpret_cast<std::uint64_t>(memory_.data()), std::uint64_t{user_value_size()} * entries_,
             value_stride_, 0, attributes().value_size}};
  }

  [[nodiscard]] long for_each(std::uint32_t cpu,
                              const std::function<bool(std::uint8_t*, std::uint8_t*)>& visit) override {
    long visited = 0;
    for (std::uint32_t index = 0; index < entries_; ++index) {
      ++visited;
      std::uint32_t key = index;
      if (!visit(reinterpret_cast<std::uint8_t*>(&key), value_at(index, cpu))) break;
    }
    return visited;
  }

  [[nodiscard]] int user_lookup(ByteView key, MutableBytes value, std::uint64_t flags) override {
    if (flags != 0) return -EINVAL;
    const std::uint32_t index = array_index(key.data());
    if (index >= entries_) return -ENOENT;
    std::memcpy(value.data(), value_at(index, 0), value.size());
    return 0;
  }

  [[nodiscard]] int user_update(ByteView key, ByteView value, std::uint64_t flags) override {
    const std::uint32_t index = array_index(key.data());
    if (const int error = check_array_update(index, entries_, flags); error != 0) return error;
    std::memcpy(value_at(index, 0), value.data(), value.size());
    return 0;
  }

  [[nodiscard]] int user_erase(ByteView) override { return -EINVAL; }

  [[nodiscard]] int next_key(ByteView key, MutableBytes next) override { return next_array_index(key, entries_, next); }

 private:
  [[nodiscard]] std::uint8_t* value_at(std::uint32_t index, std::uint32_t cpu) const {
    return memory_.data() + (std::uint64_t{index} * cpus() + cpu) * value_stride_;
  }

  MappedMemory memory_;
  std::uint32_t entries_;
  std::uint32_t value_stride_;
};

}  // namespace

std::unique_ptr<KernelMap> make_percpu_array_map(const MapAttributes& attributes, CpuCount cpus) {
  const std::uint64_t element = std::uint64_t{per_cpu_stride(attributes.value_size)} * cpus.value;
  const auto bytes = checked_multiply<std::uint64_t>(element, attributes.max_entries);
  if (!bytes) return nullptr;
  auto memory = MappedMemory::allocate(*bytes);
  if (!memory) return nullptr;
  return std::make_unique<PerCpuArrayMap>(attributes, cpus, std::move(*memory));
}

}  // namespace skep
