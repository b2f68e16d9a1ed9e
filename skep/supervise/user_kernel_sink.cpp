// The user kernel as the listener of a supervised process tree.
#include "skep/supervise/event_sink.hpp"
#include "skep/supervise/supervisor.hpp"

namespace skep {
namespace {

class UserKernelSink final : public EventSink {
 public:
  explicit UserKernelSink(UserKernel& kernel) : kernel_(kernel), cpus_(kernel.possible_cpus()) {}

  [[nodiscard]] HookInterest interest() const override { return kernel_.interest(); }
  void syscall_enter(const EventTask& task, std::uint32_t number, const std::array<std::uint64_t, 6>& args,
                     const RegisterState& registers) override {
    kernel_.fire_syscall_enter(possible(task), number, args, registers);
  }
  void syscall_exit(const EventTask& task, std::uint32_t number, std::int64_t result,
                    const RegisterState& registers) override {
    kernel_.fire_syscall_exit(possible(task), number, result, registers);
  }
  void exec(const EventTask& task, std::string_view filename, std::uint32_t old_pid) override {
    kernel_.fire_exec(possible(task), filename, old_pid);
  }
  void fork(const EventTask& parent, const Task& child) override { kernel_.fire_fork(possible(parent), child); }
  void exit(const EventTask& task, std::int32_t priority) override { kernel_.fire_exit(possible(task), priority); }

 private:
  /// A kernel made for fewer CPUs than the machine has must see only its own.
  [[nodiscard]] const EventTask& possible(const EventTask& task) {
    if (task.cpu < cpus_) return task;
    moved_ = task;
    moved_.cpu = task.cpu % cpus_;
    return moved_;
  }

  UserKernel& kernel_;
  std::uint32_t cpus_;
  EventTask moved_;
};

}  // namespace

Result<std::unique_ptr<Supervisor>> Supervisor::start(UserKernel& kernel, SuperviseOptions options) {
  return start(std::make_shared<UserKernelSink>(kernel), std::move(options));
}

}  // namespace skep
