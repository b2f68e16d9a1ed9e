// TraceeMemory: the memory of a stopped task, by process_vm_readv(2). Its tracer may read it under Yama too.
#pragma once

#include <sys/types.h>

#include "skep/user/user.hpp"

namespace skep {

class TraceeMemory final : public UserMemory {
 public:
  explicit TraceeMemory(pid_t tid) : tid_(tid) {}
  [[nodiscard]] int read(std::uint64_t address, MutableBytes to) override;
  [[nodiscard]] int write(std::uint64_t address, ByteView from) override;

 private:
  pid_t tid_;
};

}  // namespace skep
