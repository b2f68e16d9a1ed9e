#include "skep/helpers/memory_reading.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace skep {
namespace {

constexpr std::uint64_t user_end = (std::uint64_t{1} << 47) + 4096;  ///< TASK_SIZE_MAX + PAGE_SIZE on x86-64
/// Strings are read in aligned pieces of this size, which never cross into a page that may not be there.
constexpr std::uint64_t piece_bytes = 64;

int read_kernel(Machine& machine, std::uint64_t address, MutableBytes to) {
  const int error = environment_of(machine).read_kernel(machine, address, to);
  if (error != 0 && address < user_end) return -ERANGE;
  return error;
}

}  // namespace

int read_memory(Machine& machine, AddressSpace space, std::uint64_t address, MutableBytes to) {
  if (to.empty()) return 0;
  if (space == AddressSpace::user) return environment_of(machine).read_user(address, to);
  const int error = read_kernel(machine, address, to);
  if (error == 0 || space == AddressSpace::kernel || address >= user_end) return error;
  return environment_of(machine).read_user(address, to);
}

long read_string(Machine& machine, AddressSpace space, std::uint64_t address, MutableBytes to) {
  if (to.empty()) return 0;
  std::array<std::uint8_t, piece_bytes> piece{};
  std::size_t done = 0;
  bool by_bytes = false;  // the string may end where its region does, in the middle of a piece
  while (done < to.size()) {
    const std::uint64_t at = address + done;
    const std::uint64_t whole =
        by_bytes ? 1 : std::min<std::uint64_t>(piece_bytes - at % piece_bytes, to.size() - done);
    const MutableBytes bytes(piece.data(), whole);
    if (const int error = read_memory(machine, space, at, bytes); error != 0) {
      if (by_bytes) return error;
      by_bytes = true;
      continue;
    }
    const auto end = std::find(bytes.begin(), bytes.end(), std::uint8_t{0});
    std::copy(bytes.begin(), end, to.begin() + static_cast<std::ptrdiff_t>(done));
    done += static_cast<std::size_t>(end - bytes.begin());
    if (end == bytes.end()) continue;
    to[done] = 0;
    return static_cast<long>(done) + 1;
  }
  to.back() = 0;
  return static_cast<long>(to.size());
}

}  // namespace skep
