// Events: from what a supervisor saw to what programs attached there see. A tracepoint program gets the record that
// Linux's tracefs `format` files describe, a raw tracepoint program the tracepoint's arguments, with synthetic kernel
// memory behind the pointers among them.
#include <time.h>

#include <algorithm>
#include <array>

#include "skep/user/run_environment.hpp"

namespace skep {
namespace {

constexpr std::uint64_t registers_address = kernel_object_base + 0x1'0000;  ///< struct pt_regs of the task
constexpr std::uint64_t task_address = kernel_object_base;
constexpr std::uint64_t child_address = kernel_object_base + 0x1000;
constexpr std::uint32_t hidden_bytes = 8;  ///< the common fields of a record, which programs may not read
constexpr std::size_t record_limit = 4096 + 64;
constexpr std::size_t faults_kept = 16;           ///< of each program
constexpr std::size_t faults_kept_of_all = 1024;  ///< until somebody takes them

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// A tracepoint record under construction: 8 common bytes, then fields at their offsets.
class Record {
 public:
  explicit Record(const Task& task) { put<std::int32_t>(4, static_cast<std::int32_t>(task.pid)); }
  template <typename T>
  void put(std::size_t offset, T value) {
    store_unaligned(bytes_.data() + offset, value);
    size_ = std::max(size_, offset + sizeof value);
  }
  void put_text(std::size_t offset, std::string_view text, std::size_t size) {
    std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), size, std::uint8_t{0});
    std::copy_n(text.begin(), std::min(text.size(), size - 1), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    size_ = std::max(size_, offset + size);
  }
  [[nodiscard]] std::uint8_t* data() { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  alignas(8) std::array<std::uint8_t, record_limit> bytes_{};
  std::size_t size_ = hidden_bytes;
};

/// The arguments of a raw tracepoint and the kernel memory they point to.
struct RawArguments {
  std::array<std::uint64_t, 4> values{};
  const RegisterState* registers = nullptr;
};

struct Event {
  EventKind kind;
  std::optional<std::uint32_t> syscall;
  Record& record;      ///< of the tracepoint itself
  Record& raw_record;  ///< of raw_syscalls/*: the same as `record` for other kinds
  RawArguments& arguments;
};

bool matches(const TracepointTarget& target, const Event& event) {
  return target.kind == event.kind && (!target.syscall || target.syscall == event.syscall);
}

void run_hook(UserKernel::State& state, LinkEntry& link, const EventTask& task, const Event& event) {
  RunEnvironment environment(state, task);
  Region region;
  region.kind = RegionKind::context;
  region.access = Access::read;
  RunInput input;
  if (link.raw_arguments) {
    input.r1 = reinterpret_cast<std::uint64_t>(event.arguments.values.data());
    region.begin = input.r1;
    region.size = sizeof event.arguments.values;
    region.name = "the tracepoint's arguments";
    if (event.arguments.registers != nullptr)
      environment.add_object({registers_address, bytes_of(*event.arguments.registers)});
  } else {
    Record& record = link.target.raw ? event.raw_record : event.record;
    input.r1 = reinterpret_cast<std::uint64_t>(record.data());
    region.begin = input.r1 + hidden_bytes;
    // A record with a string behind its fixed part is longer than the layout.
    region.size =
        std::max<std::uint64_t>(link.record_bytes, link.target.kind == EventKind::process_exec ? record.size() : 0) -
        hidden_bytes;
    region.name = "the tracepoint's record";
  }
  input.regions = {&region, 1};
  input.environment = static_cast<Environment*>(&environment);
  (void)state.run_program(*link.program, input);
}

void fire(UserKernel::State& state, const EventTask& task, const Event& event) {
  bool ran = false;
  for (const auto& hook : state.hooks) {
    const auto link = hook.lock();
    if (link == nullptr || link->detached || !matches(link->target, event)) continue;
    ran = true;
    run_hook(state, *link, task, event);
  }
  if (ran) ++state.statistics.events;
}

}  // namespace

RunResult UserKernel::State::run_program(ProgramEntry& program, const RunInput& input) {
  RunInput limited = input;
  limited.fuel = options.fuel;
  const std::uint64_t start = now_ns();
  RunResult result = machine.run(*program.code, Engine::checked, limited);
  release_records(machine);
  const std::uint64_t spent = now_ns() - start;
  ++program.run_count;
  program.run_time_ns += spent;
  ++statistics.runs;
  statistics.run_time_ns += spent;
  if (result.fault) {
    ++statistics.faults;
    if (program.faults++ < faults_kept && faults.size() < faults_kept_of_all)
      faults.push_back({program.name, program.id, *result.fault});
  }
  return result;
}

void UserKernel::fire_syscall_enter(const EventTask& task, std::uint32_t number,
                                    const std::array<std::uint64_t, 6>& args, const RegisterState& registers) {
  Record record(task.task);
  record.put<std::int32_t>(8, static_cast<std::int32_t>(number));
  Record raw_record(task.task);
  raw_record.put<std::int64_t>(8, static_cast<std::int32_t>(number));  // -1 stays -1
  for (std::size_t i = 0; i < args.size(); ++i) {
    record.put(16 + 8 * i, args[i]);
    raw_record.put(16 + 8 * i, args[i]);
  }
  RawArguments arguments{{registers_address, number, 0, 0}, &registers};
  fire(*state_, task, {EventKind::syscall_enter, number, record, raw_record, arguments});
}

void UserKernel::fire_syscall_exit(const EventTask& task, std::uint32_t number, std::int64_t result,
                                   const RegisterState& registers) {
  Record record(task.task);
  record.put<std::int32_t>(8, static_cast<std::int32_t>(number));
  record.put<std::int64_t>(16, result);
  Record raw_record(task.task);
  raw_record.put<std::int64_t>(8, static_cast<std::int32_t>(number));  // -1 stays -1
  raw_record.put<std::int64_t>(16, result);
  RawArguments arguments{{registers_address, static_cast<std::uint64_t>(result), 0, 0}, &registers};
  fire(*state_, task, {EventKind::syscall_exit, number, record, raw_record, arguments});
}

void UserKernel::fire_exec(const EventTask& task, std::string_view filename, std::uint32_t old_pid) {
  constexpr std::uint32_t text_offset = 20;
  filename = filename.substr(0, record_limit - text_offset - 1);
  Record record(task.task);
  record.put<std::uint32_t>(
      8, static_cast<std::uint32_t>(filename.size() + 1) << 16 | text_offset);  // __data_loc: size and offset
  record.put<std::uint32_t>(12, task.task.pid);
  record.put<std::uint32_t>(16, old_pid);
  record.put_text(text_offset, filename, filename.size() + 1);
  RawArguments arguments{{task_address, old_pid, 0, 0}};
  fire(*state_, task, {EventKind::process_exec, std::nullopt, record, record, arguments});
}

void UserKernel::fire_fork(const EventTask& parent, const Task& child) {
  Record record(parent.task);
  record.put_text(8, parent.task.comm, 16);
  record.put<std::uint32_t>(24, parent.task.pid);
  record.put_text(28, child.comm, 16);
  record.put<std::uint32_t>(44, child.pid);
  RawArguments arguments{{task_address, child_address, 0, 0}};
  fire(*state_, parent, {EventKind::process_fork, std::nullopt, record, record, arguments});
}

void UserKernel::fire_exit(const EventTask& task, std::int32_t priority) {
  Record record(task.task);
  record.put_text(8, task.task.comm, 16);
  record.put<std::uint32_t>(24, task.task.pid);
  record.put<std::int32_t>(28, priority);
  RawArguments arguments{{task_address, 0, 0, 0}};
  fire(*state_, task, {EventKind::process_exit, std::nullopt, record, record, arguments});
}

}  // namespace skep
