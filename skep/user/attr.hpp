// One bpf(2) attr, copied in once: commands read their struct from this copy and never look at the caller's memory for
// it again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "skep/base/base.hpp"
#include "skep/user/memory.hpp"

namespace skep {

/// sizeof(union bpf_attr) of the Linux we stand for; a longer attr must be zero behind it.
inline constexpr std::uint32_t attr_bytes = 168;

class Attr {
 public:
  /// bpf_check_uarg_tail_zero() and copy_from_user(): 0, -E2BIG (too long, or unknown trailing bytes that are not zero)
  /// or -EFAULT.
  [[nodiscard]] long copy_in(UserMemory& memory, std::uint64_t address, std::uint32_t size);

  template <typename T>
  [[nodiscard]] T as() const {
    static_assert(sizeof(T) <= attr_bytes);
    return load_unaligned<T>(bytes_.data());
  }
  /// CHECK_ATTR: nothing set behind the last field that the command knows.
  [[nodiscard]] bool zero_after(std::uint32_t end) const;
  [[nodiscard]] UserMemory& memory() const { return *memory_; }
  [[nodiscard]] std::uint64_t address() const { return address_; }
  [[nodiscard]] std::uint32_t size() const { return size_; }

  /// put_user() to a field: 0 or -EFAULT. A caller whose attr ends before the field does not get it.
  template <typename T>
  [[nodiscard]] long put(std::size_t offset, T value) const {
    if (offset + sizeof value > size_) return 0;
    return memory_->write(address_ + offset, bytes_of(value));
  }

  /// strncpy_from_user(): at most `limit` bytes with the terminator; -EFAULT if unreadable. `too_long` if no terminator
  /// was found.
  [[nodiscard]] long read_string(std::uint64_t from, std::size_t limit, std::string& text, bool& too_long) const;

 private:
  std::array<std::uint8_t, attr_bytes> bytes_{};
  UserMemory* memory_ = nullptr;
  std::uint64_t address_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace skep
