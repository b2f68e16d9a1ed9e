// The Environment of one run inside the user kernel: the task it runs for, its memory, its packet, the trace pipe.
#pragma once

#include "skep/user/state.hpp"

namespace skep {

/// A piece of synthetic kernel memory that bpf_probe_read_kernel may read, at a kernel-like address.
struct SyntheticObject {
  std::uint64_t address;
  ByteView bytes;
};

class RunEnvironment final : public Environment {
 public:
  RunEnvironment(UserKernel::State& state, const EventTask& task) : state_(state), task_(task) {}

  void set_packet(PacketBuffer* packet) { packet_ = packet; }
  void add_object(SyntheticObject object) { objects_.push_back(object); }

  [[nodiscard]] const Task& task() override { return task_.task; }
  [[nodiscard]] std::uint32_t cpu() override { return task_.cpu; }
  [[nodiscard]] std::uint64_t clock_ns(Clock clock) override;
  [[nodiscard]] std::uint32_t random() override { return static_cast<std::uint32_t>(state_.random()); }
  void trace(std::string_view text) override;
  [[nodiscard]] int read_user(std::uint64_t address, MutableBytes to) override;
  [[nodiscard]] int write_user(std::uint64_t address, ByteView from) override;
  [[nodiscard]] int read_kernel(Machine& machine, std::uint64_t address, MutableBytes to) override;
  [[nodiscard]] PacketBuffer* packet() override { return packet_; }
  [[nodiscard]] std::uint64_t task_address() override { return kernel_object_base; }

 private:
  UserKernel::State& state_;
  const EventTask& task_;
  PacketBuffer* packet_ = nullptr;
  std::vector<SyntheticObject> objects_;
};

}  // namespace skep
