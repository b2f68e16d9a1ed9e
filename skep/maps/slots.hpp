// SlotMap: maps whose values are other objects (program arrays, perf event arrays): fds at the system call's door,
// objects inside. Whoever hosts the map turns fds into objects before and ids out of them after.
#pragma once

#include <memory>
#include <unordered_map>

#include "skep/maps/kernel_map.hpp"
#include "skep/vm/vm.hpp"

namespace skep {

/// Anything a slot can hold; the user kernel's programs and perf events derive from it.
class SlotObject {
 public:
  virtual ~SlotObject() = default;
  /// What a lookup by the system call shows: the object's id.
  [[nodiscard]] virtual std::uint32_t slot_id() const = 0;
  /// What a tail call into the slot runs; nullptr if the object is no program.
  [[nodiscard]] virtual const Code* program_code() const { return nullptr; }
};

class SlotMap : public KernelMap {
 public:
  using KernelMap::KernelMap;
  /// nullptr if empty or out of range.
  [[nodiscard]] SlotObject* object(std::uint32_t index) const {
    const auto slot = slots_.find(index);
    return slot == slots_.end() ? nullptr : slot->second.get();
  }
  [[nodiscard]] int set(std::uint32_t index, std::shared_ptr<SlotObject> object, std::uint64_t flags);
  [[nodiscard]] int clear(std::uint32_t index);
  void clear_all() { slots_.clear(); }

 private:
  /// The slots in use: a map of a billion empty ones, which any caller may ask for, costs nothing.
  std::unordered_map<std::uint32_t, std::shared_ptr<SlotObject>> slots_;
};

}  // namespace skep
