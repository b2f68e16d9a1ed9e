// KernelMap: a map inside the user kernel. Programs and bpf(2) see it through different doors: a program gets the
// address of a value (of its CPU), the system call copies values in and out (all CPUs side by side, each rounded up to
// 8 bytes). Errors are Linux's negative errnos, since both doors hand them on as they are. One thread at a time:
// whoever hosts maps serialises the calls. Values are program memory and may be written at any time by whoever may run
// meanwhile. Sources: bpf(2), Documentation/bpf/map_*.rst, and the kernel's map_ops of each type, by observation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "skep/abi/abi.hpp"
#include "skep/base/base.hpp"

namespace skep {

inline constexpr int enotsupp = 524;  ///< ENOTSUPP, which <cerrno> does not have: the type lacks the operation
inline constexpr std::uint64_t page_bytes = 4096;

/// CPUs a per-CPU map has values for. Fixed for the life of a user kernel.
struct CpuCount {
  std::uint32_t value;
};

/// What MAP_CREATE was given, already copied in.
struct MapAttributes {
  MapType type = MapType::unspec;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;
  std::uint64_t extra = 0;
  std::string name = {};
  std::uint32_t numa_node = 0;
};

/// Memory of values a program may reach: elements of `stride` bytes, of which [first, first+length) is the value.
struct ValueMemory {
  std::uint64_t begin;
  std::uint64_t size;
  std::uint32_t stride;
  std::uint32_t first;
  std::uint32_t length;
};

class KernelMap {
 public:
  KernelMap(MapAttributes attributes, CpuCount cpus) : attributes_(std::move(attributes)), cpus_(cpus) {}
  virtual ~KernelMap() = default;
  KernelMap(const KernelMap&) = delete;
  KernelMap& operator=(const KernelMap&) = delete;

  [[nodiscard]] const MapAttributes& attributes() const { return attributes_; }
  [[nodiscard]] std::uint32_t cpus() const { return cpus_.value; }
  [[nodiscard]] bool frozen() const { return frozen_; }
  /// MAP_FREEZE: the system call may not write any more. -EPERM if already frozen, -EBUSY if mapped writable.
  [[nodiscard]] int freeze();
  /// Bytes a value takes at the system call: value_size, or round_up(value_size, 8) * CPUs for per-CPU maps.
  [[nodiscard]] virtual std::uint32_t user_value_size() const { return attributes_.value_size; }
  /// Bytes that `bpftool map show` reports as memlock; an estimate of what is held.
  [[nodiscard]] virtual std::uint64_t memory_usage() const = 0;

  // ---- the program's door: keys and values are the program's own memory, already checked; `cpu` is the CPU the
  // program runs on ----

  /// The value's address, or nullptr. Maps without lookup from programs return nullptr.
  [[nodiscard]] virtual std::uint8_t* lookup(const std::uint8_t* key, std::uint32_t cpu) = 0;
  [[nodiscard]] virtual int update(const std::uint8_t* key, const std::uint8_t* value, std::uint64_t flags,
                                   std::uint32_t cpu) = 0;
  [[nodiscard]] virtual int erase(const std::uint8_t* key) = 0;
  /// Where values live, for the checked interpreter. Stable for the map's life.
  [[nodiscard]] virtual std::vector<ValueMemory> value_memory() const { return {}; }
  /// bpf_for_each_map_elem: calls with key and value addresses until the callback returns false; the number of elements
  /// visited, or -errno.
  [[nodiscard]] virtual long for_each(std::uint32_t cpu,
                                      const std::function<bool(std::uint8_t* key, std::uint8_t* value)>& visit);

  // ---- the system call's door; spans have exactly key_size and user_value_size() bytes ----

  [[nodiscard]] virtual int user_lookup(ByteView key, MutableBytes value, std::uint64_t flags) = 0;
  [[nodiscard]] virtual int user_update(ByteView key, ByteView value, std::uint64_t flags) = 0;
  [[nodiscard]] virtual int user_erase(ByteView key) = 0;
  /// The key after `key` (the first, if `key` is empty or not there); -ENOENT at the end. Deleting while iterating
  /// never loops for ever.
  [[nodiscard]] virtual int next_key(ByteView key, MutableBytes next) = 0;
  [[nodiscard]] virtual int user_lookup_and_erase(ByteView key, MutableBytes value, std::uint64_t flags);

  /// mmap(2) of the map's fd: the memory at [offset, offset+length), or -errno in `error`. Memory stays valid for the
  /// map's life.
  [[nodiscard]] virtual MutableBytes map_memory(std::uint64_t offset, std::uint64_t length, bool writable, int& error);

 protected:
  /// The part of mmap(2)'s checks that no type differs in: 0, -EINVAL, -EPERM (frozen), -EACCES.
  [[nodiscard]] int check_mapping(std::uint64_t offset, std::uint64_t length, bool writable) const;
  void note_writable_mapping() { mapped_writable_ = true; }

 private:
  MapAttributes attributes_;
  CpuCount cpus_;
  bool frozen_ = false;
  bool mapped_writable_ = false;
};

}  // namespace skep
