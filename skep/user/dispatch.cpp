// UserKernel itself: dispatch of bpf(2) by row, descriptors, memory mappings, and what reporters ask.
#include <sys/sysinfo.h>

#include <cerrno>

#include "skep/user/state.hpp"

namespace skep {
namespace {

using Command = long (UserKernel::State::*)(const Attr&);

/// A row of abi/commands.def that is not refused has a function here; refused rows answer with the row's errno before
/// this is asked.
Command function_of(BpfCommand command) {
  using State = UserKernel::State;
  static constexpr std::pair<BpfCommand, Command> table[] = {
      {BpfCommand::map_create, &State::map_create},
      {BpfCommand::map_lookup_elem, &State::map_lookup_elem},
      {BpfCommand::map_update_elem, &State::map_update_elem},
      {BpfCommand::map_delete_elem, &State::map_delete_elem},
      {BpfCommand::map_get_next_key, &State::map_get_next_key},
      {BpfCommand::map_lookup_and_delete_elem, &State::map_lookup_and_delete_elem},
      {BpfCommand::map_freeze, &State::map_freeze},
      {BpfCommand::prog_load, &State::prog_load},
      {BpfCommand::prog_test_run, &State::prog_test_run},
      {BpfCommand::prog_bind_map, &State::prog_bind_map},
      {BpfCommand::btf_load, &State::btf_load},
      {BpfCommand::obj_get_info_by_fd, &State::obj_get_info_by_fd},
      {BpfCommand::prog_get_next_id, &State::prog_get_next_id},
      {BpfCommand::map_get_next_id, &State::map_get_next_id},
      {BpfCommand::btf_get_next_id, &State::btf_get_next_id},
      {BpfCommand::link_get_next_id, &State::link_get_next_id},
      {BpfCommand::prog_get_fd_by_id, &State::prog_get_fd_by_id},
      {BpfCommand::map_get_fd_by_id, &State::map_get_fd_by_id},
      {BpfCommand::btf_get_fd_by_id, &State::btf_get_fd_by_id},
      {BpfCommand::link_get_fd_by_id, &State::link_get_fd_by_id},
      {BpfCommand::raw_tracepoint_open, &State::raw_tracepoint_open},
      {BpfCommand::link_create, &State::link_create},
      {BpfCommand::link_detach, &State::link_detach},
  };
  for (const auto& [id, function] : table) {
    if (id == command) return function;
  }
  return nullptr;
}

std::uint32_t cpu_count(std::uint32_t wanted) {
  if (wanted != 0) return wanted;
  const int configured = get_nprocs_conf();
  return configured < 1 ? 1 : static_cast<std::uint32_t>(configured);
}

}  // namespace

UserKernel::State::State(const UserKernelOptions& chosen) : options(chosen), helper_bodies(helper_table()) {
  options.cpus = cpu_count(chosen.cpus);
}

UserKernel::UserKernel(const UserKernelOptions& options) : state_(std::make_unique<State>(options)) {}
UserKernel::~UserKernel() = default;

long UserKernel::bpf(std::uint32_t command, std::uint64_t address, std::uint32_t size, UserMemory& memory) {
  // __sys_bpf(): the attr is copied in before the command is looked at.
  Attr attr;
  if (const long error = attr.copy_in(memory, address, size); error != 0) return error;
  const CommandInfo* info = find_command(command);
  if (info == nullptr) return -EINVAL;
  if (info->support.level == SupportLevel::refused) return -info->support.error;
  if (!attr.zero_after(info->attr_end)) return -EINVAL;
  const Command function = function_of(static_cast<BpfCommand>(command));
  CHECK(function != nullptr);
  return (*state_.*function)(attr);
}

long UserKernel::bpf(BpfCommand command, void* attr, std::uint32_t size) {
  return bpf(static_cast<std::uint32_t>(command), reinterpret_cast<std::uint64_t>(attr), size, state_->own_memory);
}

UserKernel::State::~State() {
  for (std::uint32_t id = maps.next(0); id != 0; id = maps.next(id)) {
    if (auto* slots = dynamic_cast<SlotMap*>(maps.find(id)->map.get()); slots != nullptr) slots->clear_all();
  }
}

void UserKernel::close(int fd) {
  const auto object = state_->fds.find(fd);
  state_->fds.close(fd);
  const auto* map = dynamic_cast<const MapEntry*>(object.get());
  if (map == nullptr || state_->fds.refers_to(object.get())) return;
  // prog_fd_array_map's release_uref: its programs may use the map themselves, so nobody would ever let go.
  auto* slots = dynamic_cast<SlotMap*>(map->map.get());
  if (slots != nullptr && slots->attributes().type == MapType::prog_array) slots->clear_all();
}

Result<MutableBytes> UserKernel::map_memory(int fd, std::uint64_t offset, std::uint64_t length, bool writable) {
  long error = 0;
  int map_error = 0;
  MutableBytes memory;
  if (const auto event = state_->fds.find_as<PerfOutputEntry>(fd, error); event != nullptr) {
    memory = event->buffer->map_memory(length, map_error);
  } else if (const auto map = state_->fds.find_as<MapEntry>(fd, error); map != nullptr) {
    memory = map->map->map_memory(offset, length, writable, map_error);
  } else {
    map_error = static_cast<int>(error);
  }
  if (map_error != 0) return fail_errno(-map_error, "cannot map the object's memory");
  return memory;
}

void UserKernel::unmap_memory(MutableBytes) {}  // the memory is the object's own

long UserKernel::open_perf_output(std::uint32_t cpu) {
  if (cpu >= state_->options.cpus) return -EINVAL;
  auto entry = std::make_shared<PerfOutputEntry>();
  entry->buffer = std::make_shared<PerfBuffer>(state_->next_perf_id++, cpu);
  return state_->install(entry);
}

std::uint32_t UserKernel::possible_cpus() const { return state_->options.cpus; }

std::vector<std::string> UserKernel::read_trace() {
  std::vector<std::string> lines(std::make_move_iterator(state_->trace_lines.begin()),
                                 std::make_move_iterator(state_->trace_lines.end()));
  state_->trace_lines.clear();
  return lines;
}

const UserKernel::Statistics& UserKernel::statistics() const { return state_->statistics; }

std::vector<RunReport> UserKernel::take_faults() { return std::exchange(state_->faults, {}); }

std::optional<Fault> UserKernel::take_test_run_fault() { return std::exchange(state_->test_run_fault, std::nullopt); }

}  // namespace skep
