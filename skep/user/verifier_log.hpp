// The log of a PROG_LOAD: collects lines, then writes them to the caller's buffer as bpf_vlog_finalize() does —
// terminated, the end of the text kept if it does not fit, ENOSPC then, and the size it would have needed in
// log_true_size.
#pragma once

#include <string>

#include "skep/user/attr.hpp"

namespace skep {

class VerifierLog {
 public:
  VerifierLog(std::uint32_t level, std::uint32_t size, std::uint64_t buffer)
      : level_(level), size_(size), buffer_(buffer) {}
  /// bpf_verifier_log_attr_valid().
  [[nodiscard]] bool valid() const;
  [[nodiscard]] std::uint32_t level() const { return level_; }
  /// Adds a line; nothing is kept at level 0.
  void line(std::string_view text);
  /// 0, -EFAULT or -ENOSPC.
  [[nodiscard]] long write(UserMemory& memory) const;
  [[nodiscard]] std::uint32_t true_size() const {
    return level_ == 0 ? 0 : static_cast<std::uint32_t>(text_.size()) + 1;
  }

 private:
  std::uint32_t level_;
  std::uint32_t size_;
  std::uint64_t buffer_;
  std::string text_;
};

}  // namespace skep
