// BPF_MAP_TYPE_HASH, _LRU_HASH and their per-CPU forms (kernel/bpf/hashtab.c): one element holds the key and its value,
// or a value a CPU. Elements are walked in the order of their places, so that a walk survives deletions.
// The table has places for more elements than the map may hold (element_table.hpp).
//
// Differences to Linux that programs cannot rely on anyway: the order of a walk, and which element an LRU map drops.
// Linux drops from per-CPU batches; here the oldest goes that no program has looked up since its last reprieve.
#include <cstring>

#include "skep/maps/element_table.hpp"
#include "skep/maps/key_hash.hpp"
#include "skep/maps/lru_order.hpp"
#include "skep/maps/makers.hpp"
#include "skep/maps/per_cpu.hpp"

namespace skep {
namespace {

/// Where things lie in an element: the key, then the links of LRU maps, then the values.
struct ElementLayout {
  std::uint32_t key_size;
  std::uint32_t value_size;
  std::uint32_t links_at;
  std::uint32_t value_at;
  std::uint32_t cpu_stride;  ///< 0 without per-CPU values
  std::uint32_t values;      ///< 1, or as many as CPUs
  std::uint64_t stride;
};

bool is_per_cpu(MapType type) { return type == MapType::percpu_hash || type == MapType::lru_percpu_hash; }
bool is_lru(MapType type) { return type == MapType::lru_hash || type == MapType::lru_percpu_hash; }

ElementLayout layout_of(const MapAttributes& attributes, CpuCount cpus) {
  ElementLayout layout{};
  layout.key_size = attributes.key_size;
  layout.value_size = attributes.value_size;
  layout.links_at = round_up(attributes.key_size, 8U);
  layout.value_at = layout.links_at + (is_lru(attributes.type) ? std::uint32_t{sizeof(LruOrder::Links)} : 0);
  layout.cpu_stride = is_per_cpu(attributes.type) ? per_cpu_stride(attributes.value_size) : 0;
  layout.values = is_per_cpu(attributes.type) ? cpus.value : 1;
  layout.stride = layout.value_at + std::uint64_t{per_cpu_stride(attributes.value_size)} * layout.values;
  // An element that fits into a cache line should not lie in two.
  if (layout.stride > 32 && layout.stride < 64) layout.stride = 64;
  return layout;
}

template <std::uint32_t key_bytes, bool lru>
class HashMap final : public KernelMap {
 public:
  HashMap(const MapAttributes& attributes, CpuCount cpus, const ElementLayout& layout, ElementTable table)
      : KernelMap(attributes, cpus), layout_(layout), table_(std::move(table)), order_(layout.links_at) {
    // ASLR makes it differ from map to map.
    if ((attributes.flags & bpf_f_zero_seed) == 0)
      seed_ = fold_multiply(reinterpret_cast<std::uint64_t>(table_.begin()), hash_factor);
  }

  [[nodiscard]] std::uint32_t user_value_size() const override {
    return layout_.cpu_stride == 0 ? layout_.value_size : layout_.cpu_stride * layout_.values;
  }
  [[nodiscard]] std::uint64_t memory_usage() const override {
    const bool preallocated = (attributes().flags & bpf_f_no_prealloc) == 0;
    return table_.stride() * (preallocated ? attributes().max_entries : table_.count()) + table_.overhead();
  }

  [[nodiscard]] std::uint8_t* lookup(const std::uint8_t* key, std::uint32_t cpu) override {
    std::uint8_t* const at = find(key, hash(key));
    if (at == nullptr || cpu >= cpu_limit()) return nullptr;
    if constexpr (lru) order_.mark(at);
    return at + layout_.value_at + std::uint64_t{cpu} * layout_.cpu_stride;
  }

  [[nodiscard]] int update(const std::uint8_t* key, const std::uint8_t* value, std::uint64_t flags,
                           std::uint32_t cpu) override {
    int error = 0;
    bool is_new = false;
    std::uint8_t* const at = element_for_update(key, flags, is_new, error);
    if (at == nullptr) return error;
    std::uint8_t* const values = at + layout_.value_at;
    // pcpu_init_value(): a new element must not show other CPUs what its place held before.
    if (is_new && layout_.cpu_stride != 0) std::memset(values, 0, std::size_t{layout_.cpu_stride} * layout_.values);
    std::memmove(values + std::uint64_t{cpu} * layout_.cpu_stride, value, layout_.value_size);
    return 0;
  }

  [[nodiscard]] int erase(const std::uint8_t* key) override {
    const std::uint64_t key_hash = hash(key);
    std::uint8_t* const at = find(key, key_hash);
    if (at == nullptr) return -ENOENT;
    remove(at, key_hash);
    return 0;
  }

  [[nodiscard]] std::vector<ValueMemory> value_memory() const override {
    const auto begin = reinterpret_cast<std::uint64_t>(table_.begin());
    return per_cpu_value_memory(begin, table_.stride() * table_.places(), table_.stride(), layout_.value_at,
                                layout_.value_size, layout_.values);
  }

  [[nodiscard]] long for_each(std::uint32_t cpu,
                              const std::function<bool(std::uint8_t*, std::uint8_t*)>& visit) override {
    long visited = 0;
    for (auto place = table_.next_used(0); place; place = table_.next_used(*place + 1)) {
      std::uint8_t* const at = table_.at(*place);
      ++visited;
      if (!visit(at, at + layout_.value_at + std::uint64_t{cpu} * layout_.cpu_stride)) break;
    }
    return visited;
  }

  [[nodiscard]] int user_lookup(ByteView key, MutableBytes value, std::uint64_t flags) override {
    if (flags != 0) return -EINVAL;
    const std::uint8_t* const at = find(key.data(), hash(key.data()));
    if (at == nullptr) return -ENOENT;
    std::memcpy(value.data(), at + layout_.value_at, value.size());
    return 0;
  }

  [[nodiscard]] int user_update(ByteView key, ByteView value, std::uint64_t flags) override {
    int error = 0;
    bool is_new = false;
    std::uint8_t* const at = element_for_update(key.data(), flags, is_new, error);
    if (at == nullptr) return error;
    std::memcpy(at + layout_.value_at, value.data(), value.size());
    return 0;
  }

  [[nodiscard]] int user_erase(ByteView key) override { return erase(key.data()); }

  [[nodiscard]] int next_key(ByteView key, MutableBytes next) override {
    std::uint64_t from = 0;
    if (!key.empty()) {
      const std::uint8_t* const at = find(key.data(), hash(key.data()));
      if (at != nullptr) from = table_.place_of(at) + 1;
    }
    const auto place = table_.next_used(from);
    if (!place) return -ENOENT;
    std::memcpy(next.data(), table_.at(*place), next.size());
    return 0;
  }

  [[nodiscard]] int user_lookup_and_erase(ByteView key, MutableBytes value, std::uint64_t flags) override {
    if (flags != 0) return -EINVAL;
    const std::uint64_t key_hash = hash(key.data());
    std::uint8_t* const at = find(key.data(), key_hash);
    if (at == nullptr) return -ENOENT;
    std::memcpy(value.data(), at + layout_.value_at, value.size());
    remove(at, key_hash);
    return 0;
  }

 private:
  /// CPU numbers programs may ask for; maps without per-CPU values ignore the CPU.
  [[nodiscard]] std::uint32_t cpu_limit() const { return layout_.cpu_stride == 0 ? UINT32_MAX : layout_.values; }

  [[nodiscard]] std::uint64_t hash(const std::uint8_t* key) const {
    return hash_key<key_bytes>(key, layout_.key_size, seed_);
  }

  [[nodiscard]] std::uint8_t* find(const std::uint8_t* key, std::uint64_t key_hash) const {
    return table_.find(
        key_hash, [&](const std::uint8_t* element) { return equal_keys<key_bytes>(element, key, layout_.key_size); });
  }

  /// The element whose value an update shall write, made if need be; nullptr with an errno: -EINVAL, -EEXIST, -ENOENT,
  /// -E2BIG.
  [[nodiscard]] std::uint8_t* element_for_update(const std::uint8_t* key, std::uint64_t flags, bool& is_new,
                                                 int& error) {
    const auto refuse = [&](int code) {
      error = code;
      return nullptr;
    };
    if (flags > bpf_exist) return refuse(-EINVAL);
    const std::uint64_t key_hash = hash(key);
    if (std::uint8_t* const element = find(key, key_hash); element != nullptr) {
      if (flags == bpf_noexist) return refuse(-EEXIST);
      if constexpr (lru) order_.mark(element);
      return element;
    }
    if (flags == bpf_exist) return refuse(-ENOENT);
    if (table_.full()) {
      if constexpr (!lru) return refuse(-E2BIG);
      std::uint8_t* const victim = order_.victim();
      remove(victim, hash(victim));
    }
    is_new = true;
    std::uint8_t* const at = table_.insert(key_hash);
    std::memmove(at, key, layout_.key_size);
    if constexpr (lru) order_.add(at);
    return at;
  }

  /// Precondition: the element has this hash.
  void remove(std::uint8_t* element, std::uint64_t key_hash) {
    if constexpr (lru) order_.remove(element);
    table_.erase(key_hash, element);
  }

  ElementLayout layout_;
  ElementTable table_;
  std::uint64_t seed_ = 0;
  LruOrder order_;  ///< of LRU maps
};

template <std::uint32_t key_bytes>
std::unique_ptr<KernelMap> make(const MapAttributes& attributes, CpuCount cpus, const ElementLayout& layout,
                                ElementTable table) {
  if (is_lru(attributes.type))
    return std::make_unique<HashMap<key_bytes, true>>(attributes, cpus, layout, std::move(table));
  return std::make_unique<HashMap<key_bytes, false>>(attributes, cpus, layout, std::move(table));
}

}  // namespace

std::unique_ptr<KernelMap> make_hash_map(const MapAttributes& attributes, CpuCount cpus) {
  const ElementLayout layout = layout_of(attributes, cpus);
  const bool preallocated = (attributes.flags & bpf_f_no_prealloc) == 0;
  auto table = ElementTable::allocate(attributes.max_entries, layout.stride, preallocated);
  if (!table) return nullptr;
  if (attributes.key_size == 4) return make<4>(attributes, cpus, layout, std::move(*table));
  if (attributes.key_size == 8) return make<8>(attributes, cpus, layout, std::move(*table));
  return make<0>(attributes, cpus, layout, std::move(*table));
}

}  // namespace skep
