// The kernel that `skep run -K` chose.
#pragma once

#include <memory>
#include <optional>

#include "cli/run.hpp"

namespace skep {

class RunKernel {
 public:
  /// Errors: Linux does not let us.
  [[nodiscard]] static Result<RunKernel> open(const RunJob& job);

  Kernel& operator*() const { return *kernel_; }
  /// Why the last test run of the user kernel was stopped, if it was. Linux stops no program: its verifier saw to that.
  [[nodiscard]] std::optional<Fault> take_test_run_fault();

 private:
  std::unique_ptr<Kernel> kernel_;
  UserKernel* user_ = nullptr;  ///< kernel_, if it is the user kernel
};

}  // namespace skep
