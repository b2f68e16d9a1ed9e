// For this module's tests: a map behind the system call's door, ours or Linux's, and scripts that knock at it. A script
// says what each step answers, so that it is the expectation for both:
//
//   update 01000000 aabbccdd 0 = 0          key value flags = errno ("0" is none)
//   lookup 01000000 0 = aabbccdd            what is there, or an errno
//
// Keys and values are hex; "-" is none; "each:00112233" is a value that all CPUs have, in 8 bytes each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "skep/maps/maps.hpp"

namespace skep {

class MapDoor {
 public:
  virtual ~MapDoor() = default;
  [[nodiscard]] virtual std::uint32_t cpus() const = 0;
  /// 0 or a negative errno, as all that follow.
  [[nodiscard]] virtual int create(const MapAttributes& attributes) = 0;
  [[nodiscard]] virtual int lookup(ByteView key, MutableBytes value, std::uint64_t flags) = 0;
  [[nodiscard]] virtual int update(ByteView key, ByteView value, std::uint64_t flags) = 0;
  [[nodiscard]] virtual int erase(ByteView key) = 0;
  [[nodiscard]] virtual int take(ByteView key, MutableBytes value, std::uint64_t flags) = 0;
  [[nodiscard]] virtual int next_key(ByteView key, MutableBytes next) = 0;
  [[nodiscard]] virtual int freeze() = 0;
  [[nodiscard]] virtual int map_memory(std::uint64_t offset, std::uint64_t length, bool writable) = 0;
};

[[nodiscard]] std::unique_ptr<MapDoor> our_door(CpuCount cpus);
/// Linux's maps through bpf(2); nullptr with the reason where that may not be used.
[[nodiscard]] std::unique_ptr<MapDoor> linux_door(std::string& why_not);
/// As many as Linux has values for: its possible CPUs.
[[nodiscard]] CpuCount linux_cpus();

/// The script with every answer replaced by what the door answered.
[[nodiscard]] std::string play(MapDoor& door, std::string_view script);

}  // namespace skep
