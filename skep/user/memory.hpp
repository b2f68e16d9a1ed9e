// UserMemory: the memory that an attr points to belongs to someone else — this process, a message, another process. The
// user kernel copies in once and uses only the copy.
#pragma once

#include <cstdint>
#include <string>

#include "skep/base/base.hpp"

namespace skep {

class UserMemory {
 public:
  virtual ~UserMemory() = default;
  /// 0 or -EFAULT; all or nothing.
  [[nodiscard]] virtual int read(std::uint64_t address, MutableBytes to) = 0;
  [[nodiscard]] virtual int write(std::uint64_t address, ByteView from) = 0;
  /// strncpy_from_user(): the text up to its terminator, which must come within `limit` bytes (`terminated` says
  /// whether it did). 0 or -EFAULT. Never looks at a page behind the one that holds the terminator.
  [[nodiscard]] virtual int read_text(std::uint64_t address, std::size_t limit, std::string& text, bool& terminated);
};

/// This process's own memory, for a kernel that is called by the program it lives in: plain copies. Null pointers
/// answer EFAULT; a caller that passes another wild pointer to itself crashes, as it would anywhere else (asking Linux
/// about each copy would cost a microsecond).
class OwnMemory final : public UserMemory {
 public:
  [[nodiscard]] int read(std::uint64_t address, MutableBytes to) override;
  [[nodiscard]] int write(std::uint64_t address, ByteView from) override;
  [[nodiscard]] int read_text(std::uint64_t address, std::size_t limit, std::string& text, bool& terminated) override;
};

/// This process's own memory as programs reach it (bpf_probe_read_user in a test run): their addresses are anyone's, so
/// Linux copies, and what is not mapped answers EFAULT. So does everything where the system call is barred.
class ProbedMemory final : public UserMemory {
 public:
  [[nodiscard]] int read(std::uint64_t address, MutableBytes to) override;
  [[nodiscard]] int write(std::uint64_t address, ByteView from) override;
};

}  // namespace skep
