#include "cli/run_kernel.hpp"

#include "skep/linux/linux.hpp"

namespace skep {

Result<RunKernel> RunKernel::open(const RunJob& job) {
  RunKernel chosen;
  if (job.kernel == "linux") {
    auto kernel = std::make_unique<LinuxKernel>();
    TRY_VOID(kernel->usable());
    chosen.kernel_ = std::move(kernel);
  } else {
    auto kernel = std::make_unique<UserKernel>(UserKernelOptions{.fuel = job.fuel});
    chosen.user_ = kernel.get();
    chosen.kernel_ = std::move(kernel);
  }
  return chosen;
}

std::optional<Fault> RunKernel::take_test_run_fault() {
  return user_ != nullptr ? user_->take_test_run_fault() : std::nullopt;
}

}  // namespace skep
