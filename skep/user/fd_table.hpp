// Descriptors of the user kernel: the lowest free number first, from 3 on, as a process that has its three standard
// streams open sees them. They are handles inside this class, not descriptors of the operating system.
#pragma once

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <vector>

#include "skep/user/objects.hpp"

namespace skep {

class FdTable {
 public:
  static constexpr int first = 3;
  static constexpr std::size_t limit = 65536;

  /// The new descriptor, or -EMFILE.
  [[nodiscard]] long add(std::shared_ptr<KernelObject> object) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i] == nullptr) {
        entries_[i] = std::move(object);
        return static_cast<long>(i) + first;
      }
    }
    if (entries_.size() >= limit) return -EMFILE;
    entries_.push_back(std::move(object));
    return static_cast<long>(entries_.size()) - 1 + first;
  }

  [[nodiscard]] std::shared_ptr<KernelObject> find(std::int64_t fd) const {
    const std::int64_t index = fd - first;
    if (index < 0 || index >= static_cast<std::int64_t>(entries_.size())) return nullptr;
    return entries_[static_cast<std::size_t>(index)];
  }

  /// The object if it is a T; otherwise nullptr with -EBADF (no such descriptor) or -EINVAL (something else) in
  /// `error`, as the kernel's *_get functions answer.
  template <typename T>
  [[nodiscard]] std::shared_ptr<T> find_as(std::int64_t fd, long& error) const {
    const auto object = find(fd);
    auto typed = std::dynamic_pointer_cast<T>(object);
    if (typed == nullptr) error = object == nullptr ? -EBADF : -EINVAL;
    return typed;
  }

  bool close(std::int64_t fd) {
    if (find(fd) == nullptr) return false;
    entries_[static_cast<std::size_t>(fd - first)] = nullptr;
    return true;
  }

  /// Whether any descriptor refers to the object.
  [[nodiscard]] bool refers_to(const KernelObject* object) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.get() == object; });
  }

 private:
  std::vector<std::shared_ptr<KernelObject>> entries_;
};

/// Objects of one kind by id. Ids count up and are not used again.
template <typename T>
class IdTable {
 public:
  void add(const std::shared_ptr<T>& object) {
    if (entries_.size() >= forget_at_) forget_dead();
    object->id = ++last_;
    entries_.emplace_hint(entries_.end(), last_, object);
  }
  [[nodiscard]] std::shared_ptr<T> find(std::uint32_t id) const {
    const auto entry = entries_.find(id);
    return entry == entries_.end() ? nullptr : entry->second.lock();
  }
  /// The smallest id above `id` that is in use, or 0.
  [[nodiscard]] std::uint32_t next(std::uint32_t id) const {
    const auto alive = std::find_if(entries_.upper_bound(id), entries_.end(),
                                    [](const auto& entry) { return !entry.second.expired(); });
    return alive == entries_.end() ? 0 : alive->first;
  }
  /// Ids that still take memory: those in use, and at most as many again (and a few) that no longer are.
  [[nodiscard]] std::size_t remembered() const { return entries_.size(); }

 private:
  static constexpr std::size_t few = 64;

  /// A weak reference keeps the object's block of memory. Waiting until as many have come as were left the last time
  /// makes this cheap.
  void forget_dead() {
    std::erase_if(entries_, [](const auto& entry) { return entry.second.expired(); });
    forget_at_ = 2 * entries_.size() + few;
  }

  std::map<std::uint32_t, std::weak_ptr<T>> entries_;
  std::size_t forget_at_ = few;
  std::uint32_t last_ = 0;
};

}  // namespace skep
