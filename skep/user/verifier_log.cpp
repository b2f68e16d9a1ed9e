#include "skep/user/verifier_log.hpp"

#include <cerrno>
#include <limits>

namespace skep {
namespace {

constexpr std::uint32_t level_mask = 1 | 2 | 4 | 8;  ///< BPF_LOG_MASK: levels, statistics, fixed buffer
constexpr std::uint32_t fixed_buffer = 8;            ///< BPF_LOG_FIXED: keep the beginning instead of the end

}  // namespace

bool VerifierLog::valid() const {
  if ((buffer_ != 0) != (size_ != 0)) return false;
  if (buffer_ != 0 && level_ == 0) return false;
  return (level_ & ~level_mask) == 0 && size_ <= std::numeric_limits<std::uint32_t>::max() >> 2;
}

void VerifierLog::line(std::string_view text) {
  if (level_ == 0) return;
  text_ += text;
  text_ += '\n';
}

long VerifierLog::write(UserMemory& memory) const {
  if (buffer_ == 0 || level_ == 0) return 0;
  std::string_view shown = text_;
  const bool fits = shown.size() < size_;
  if (!fits)
    shown = (level_ & fixed_buffer) != 0 ? shown.substr(0, size_ - 1) : shown.substr(shown.size() - (size_ - 1));
  const std::string terminated = std::string(shown) + '\0';
  if (memory.write(buffer_, as_bytes(terminated)) != 0) return -EFAULT;
  return fits ? 0 : -ENOSPC;
}

}  // namespace skep
