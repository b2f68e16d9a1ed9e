// LruOrder: the elements of an LRU map from the oldest to the newest, linked through the elements themselves. A lookup
// only marks its element; when room is needed, marked elements get a reprieve (they become the newest, unmarked) and
// the first unmarked one goes: the second-chance clock.
#pragma once

#include <cstdint>
#include <utility>

namespace skep {

class LruOrder {
 public:
  /// What each element holds for the order, aligned to 8, `at` bytes from its start.
  struct Links {
    std::uint8_t* older;
    std::uint8_t* newer;
    bool marked;
  };

  explicit LruOrder(std::uint32_t at) : at_(at) {}

  void mark(std::uint8_t* element) const { links(element).marked = true; }

  void add(std::uint8_t* element) {
    links(element) = {newest_, nullptr, false};
    (newest_ != nullptr ? links(newest_).newer : oldest_) = element;
    newest_ = element;
  }

  void remove(std::uint8_t* element) {
    const Links& gone = links(element);
    (gone.older != nullptr ? links(gone.older).newer : oldest_) = gone.newer;
    (gone.newer != nullptr ? links(gone.newer).older : newest_) = gone.older;
  }

  /// The element that must go, still in the order. Precondition: there is one.
  [[nodiscard]] std::uint8_t* victim() {
    while (links(oldest_).marked) {
      std::uint8_t* const reprieved = oldest_;
      remove(reprieved);
      add(reprieved);
    }
    return oldest_;
  }

 private:
  [[nodiscard]] Links& links(std::uint8_t* element) const { return *reinterpret_cast<Links*>(element + at_); }

  std::uint32_t at_;
  std::uint8_t* oldest_ = nullptr;
  std::uint8_t* newest_ = nullptr;
};

}  // namespace skep
