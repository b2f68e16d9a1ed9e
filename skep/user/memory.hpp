// UserMemory: the memory that an attr points to belongs to someone else — this process, a message, another process. The
// user kernel copies in once and uses only the copy.
#pragma once

#include <cstdint>

#include "skep/base/base.hpp"

namespace skep {

class UserMemory {
 public:
  virtual ~UserMemory() = default;
  /// 0 or -EFAULT; all or nothing.
  [[nodiscard]] virtual int read(std::uint64_t address, MutableBytes to) = 0;
  [[nodiscard]] virtual int write(std::uint64_t address, ByteView from) = 0;
};

/// This process's own memory. Addresses that are not mapped answer EFAULT instead of crashing (process_vm_readv on
/// ourselves; where that is barred, plain copies).
class OwnMemory final : public UserMemory {
 public:
  [[nodiscard]] int read(std::uint64_t address, MutableBytes to) override;
  [[nodiscard]] int write(std::uint64_t address, ByteView from) override;
};

}  // namespace skep
