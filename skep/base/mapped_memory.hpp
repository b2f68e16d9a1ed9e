// MappedMemory: anonymous pages with a known protection. It starts readable and writable and may become readable and
// executable, never both writable and executable (W^X). With `guard` a page without access lies on both sides.
#pragma once

#include <cstddef>

#include "skep/base/bytes.hpp"

namespace skep {

class MappedMemory {
 public:
  MappedMemory() = default;
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;
  MappedMemory(MappedMemory&& other) noexcept { swap(other); }
  MappedMemory& operator=(MappedMemory&& other) noexcept {
    swap(other);
    return *this;
  }
  ~MappedMemory();

  /// `size` zeroed bytes, rounded up to whole pages. Errors: ENOMEM.
  [[nodiscard]] static Result<MappedMemory> allocate(std::size_t size, bool guard = false);

  /// From RW to RX, for good. Errors: the operating system's.
  [[nodiscard]] Result<void> make_executable();

  [[nodiscard]] std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] MutableBytes bytes() const { return {data_, size_}; }

 private:
  void swap(MappedMemory& other) noexcept;

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t guard_ = 0;
};

}  // namespace skep
