// Typed handles: a descriptor of a Kernel that is closed when the handle goes.
#pragma once

#include <utility>

#include "skep/kernel/interface.hpp"

namespace skep {

/// Move-only; Tag makes a program's handle unusable as a map's.
template <typename Tag>
class Handle {
 public:
  Handle() = default;
  Handle(Kernel& kernel, int fd) : kernel_(&kernel), fd_(fd) {}
  Handle(Handle&& other) noexcept : kernel_(other.kernel_), fd_(std::exchange(other.fd_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(kernel_, other.kernel_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (fd_ >= 0) kernel_->close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] Kernel& kernel() const { return *kernel_; }

 private:
  Kernel* kernel_ = nullptr;
  int fd_ = -1;
};

using Program = Handle<struct ProgramTag>;
using Map = Handle<struct MapTag>;
using Link = Handle<struct LinkTag>;
using BtfObject = Handle<struct BtfTag>;

}  // namespace skep
