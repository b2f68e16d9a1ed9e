// Bytes that come from strangers. ByteView is a borrowed read-only slice; ByteReader reads integers, slices and strings
// from it at explicit offsets in either byte order, and every read is bounds-checked with arithmetic that cannot
// overflow. No cast of unaligned bytes happens anywhere else: load/store_unaligned is how a value comes out of or goes
// into raw memory.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "skep/base/error.hpp"

namespace skep {

using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;
using ByteVector = std::vector<std::uint8_t>;

enum class ByteOrder : std::uint8_t { little, big };

template <typename T>
[[nodiscard]] inline T load_unaligned(const void* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
inline void store_unaligned(void* to, T value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(to, &value, sizeof value);
}

/// The value with its bytes in reverse order.
template <typename T>
[[nodiscard]] constexpr T byte_swap(T value) {
  static_assert(std::is_integral_v<T>);
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}

/// a + b, or nothing if that does not fit.
template <typename T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, T b) {
  T sum{};
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

/// a * b, or nothing if that does not fit.
template <typename T>
[[nodiscard]] constexpr std::optional<T> checked_multiply(T a, T b) {
  T product{};
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// The bytes of a trivially copyable value.
template <typename T>
[[nodiscard]] ByteView bytes_of(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

/// Bounds-checked reads from a slice. `name` appears in errors ("section .BTF").
class ByteReader {
 public:
  ByteReader(ByteView bytes, std::string name, ByteOrder order = ByteOrder::little)
      : bytes_(bytes), name_(std::move(name)), order_(order) {}

  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
  [[nodiscard]] ByteOrder order() const { return order_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] ByteView bytes() const { return bytes_; }

  /// True if [offset, offset+length) lies inside.
  [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t length) const {
    return offset <= bytes_.size() && length <= bytes_.size() - offset;
  }

  template <typename T>
  [[nodiscard]] Result<T> read(std::uint64_t offset) const {
    if (!contains(offset, sizeof(T))) return out_of_bounds(offset, sizeof(T));
    const auto value = load_unaligned<T>(bytes_.data() + offset);
    return order_ == ByteOrder::little ? value : byte_swap(value);
  }

  /// The slice [offset, offset+length).
  [[nodiscard]] Result<ByteView> slice(std::uint64_t offset, std::uint64_t length) const;

  /// The zero-terminated string at offset; an error if no zero byte follows.
  [[nodiscard]] Result<std::string_view> string(std::uint64_t offset) const;

 private:
  [[nodiscard]] tl::unexpected<Error> out_of_bounds(std::uint64_t offset, std::uint64_t length) const;

  ByteView bytes_;
  std::string name_;
  ByteOrder order_;
};

/// Appends the bytes of a trivially copyable value.
template <typename T>
void append(ByteVector& to, const T& value) {
  const auto view = bytes_of(value);
  to.insert(to.end(), view.begin(), view.end());
}
inline void append_bytes(ByteVector& to, ByteView from) { to.insert(to.end(), from.begin(), from.end()); }

/// `value` rounded up to a multiple of `to` (a power of two).
template <typename T>
[[nodiscard]] constexpr T round_up(T value, T to) {
  return static_cast<T>((value + to - 1) & ~(to - 1));
}

}  // namespace skep
