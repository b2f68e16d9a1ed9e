// What memory a program may touch. The checked interpreter tests every access against these regions; the other engines
// rely on a verifier to have proven the same. Registers hold the addresses as they are, so a region is a range of
// addresses: of our own memory, or (context) of addresses that stand for fields and mean nothing to the machine.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "skep/base/base.hpp"

namespace skep {

enum class RegionKind : std::uint8_t { stack, context, packet, packet_meta, map_value, record, memory };
enum class Access : std::uint8_t { none = 0, read = 1, write = 2, read_write = 3 };

/// [begin, begin + size). With a stride it is an array of elements: only bytes [first, first + length) of each element
/// belong to the program, and one access may not cross from one element to the next.
struct Region {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  RegionKind kind = RegionKind::memory;
  Access access = Access::read_write;
  std::uint32_t stride = 0;
  std::uint32_t first = 0;
  std::uint32_t length = 0;
  std::string_view name = {};  ///< for faults: "value of map counts"; must outlive the region
  void* owner = nullptr;       ///< a record's ring buffer: whom it goes back to

  /// True if the access lies wholly inside the region and the region allows it.
  [[nodiscard]] bool allows(std::uint64_t address, std::uint64_t bytes, Access wanted) const;
  /// The bytes around `address` that one access may span: the region itself, or the part of its element that belongs to
  /// the program (the last element may be cut off by the region's end). Precondition: begin <= address < begin + size.
  struct Span {
    std::uint64_t begin;
    std::uint64_t size;
  };
  [[nodiscard]] Span span_at(std::uint64_t address) const;
};
[[nodiscard]] std::string_view name_of(RegionKind kind);
[[nodiscard]] constexpr bool includes(Access has, Access wanted) {
  return (static_cast<std::uint8_t>(has) & static_cast<std::uint8_t>(wanted)) == static_cast<std::uint8_t>(wanted);
}

/// Context fields that are not plain memory: loads and stores of UAPI offsets become reads and writes of our own
/// representation (Linux rewrites such accesses at load time, convert_ctx_access). `offset` counts from the context's
/// address and is below context_bytes.
class ContextAccess {
 public:
  virtual ~ContextAccess() = default;
  /// False: no such field, or not of this width. The value fills the whole register: a field that is 32 bits wide in
  /// UAPI may be a pointer.
  virtual bool load(std::uint32_t offset, std::uint32_t bytes, std::uint64_t& value) = 0;
  virtual bool store(std::uint32_t offset, std::uint32_t bytes, std::uint64_t value) = 0;
  /// What the legacy packet loads (BPF_ABS, BPF_IND) read; an offset past its end ends the program with 0.
  [[nodiscard]] virtual ByteView packet_bytes() { return {}; }
  /// What they read where the offset is negative: from SKF_NET_OFF (-0x100000) on, or SKF_LL_OFF (-0x200000), it counts
  /// from a header (linux/filter.h).
  [[nodiscard]] virtual ByteView bytes_from_network_header() { return {}; }
  [[nodiscard]] virtual ByteView bytes_from_link_header() { return {}; }
};

// Addresses that stand for things, in ranges that user space cannot map (non-canonical on x86-64 with 47-bit user
// space), so that a mix-up with real memory is impossible.
inline constexpr std::uint64_t map_handle_base = 0xffff'8880'0000'0000;  ///< + 256 * index of the map in Code::maps
inline constexpr std::uint64_t context_address = 0xffff'8881'0000'0000;  ///< of a context with ContextAccess
inline constexpr std::uint64_t context_bytes = 4096;                     ///< addresses that belong to it
inline constexpr std::uint64_t function_handle_base = 0xffff'ffff'c000'0000;  ///< + 8 * slot of a callback
inline constexpr std::uint64_t kernel_object_base =
    0xffff'8882'0000'0000;  ///< synthetic kernel objects (task_struct, …)

}  // namespace skep
