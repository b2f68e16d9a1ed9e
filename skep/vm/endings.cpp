// The ways a run ends before its exit instruction, as sentences.
#include <limits>

#include "skep/vm/live_memory.hpp"

namespace skep {
namespace {

/// Further away than this a region says nothing about what the program meant.
inline constexpr std::uint64_t near_bytes = 64 * 1024;

std::string name_of_region(const Region& region) {
  return std::string(region.name.empty() ? name_of(region.kind) : region.name);
}

/// How an access misses a region, and by how much.
struct Miss {
  std::uint64_t distance;
  std::string text;
};

std::string bytes_text(std::uint64_t bytes) { return bytes == 1 ? "1 byte" : fmt::format("{} bytes", bytes); }

Miss miss_of(const Region& region, std::uint64_t address, std::uint32_t bytes, Access wanted) {
  const Miss unrelated{std::numeric_limits<std::uint64_t>::max(), {}};
  if (region.size == 0) return unrelated;
  const bool inside = address - region.begin < region.size;
  const std::uint64_t nearest = inside                   ? address
                                : address < region.begin ? region.begin
                                                         : region.begin + region.size - 1;
  const Region::Span span = region.span_at(nearest);
  const std::string name = name_of_region(region);
  if (address < span.begin) {
    const std::uint64_t distance = span.begin - address;
    if (distance >= bytes) return {distance - bytes, fmt::format("{} before {}", bytes_text(distance), name)};
    return {0, fmt::format("reaching into {} from {} before it", name, bytes_text(distance))};
  }
  const std::uint64_t offset = address - span.begin;
  if (offset > span.size)
    return {offset - span.size, fmt::format("{} past the end of {}", bytes_text(offset - span.size), name)};
  if (offset == span.size) return {0, fmt::format("right past the end of {}", name)};
  if (bytes > span.size - offset)
    return {0, fmt::format("{} over the end of {}", bytes_text(bytes - (span.size - offset)), name)};
  if (!includes(region.access, wanted))
    return {0, fmt::format("inside {}, which is {}", name,
                           includes(region.access, Access::read) ? "read-only" : "write-only")};
  return unrelated;
}

std::string nearest_to(const MachineState& state, const Code& code, std::uint64_t address, std::uint32_t bytes,
                       Access wanted) {
  Miss best{near_bytes, {}};
  const auto look = [&](const Region& region) {
    Miss miss = miss_of(region, address, bytes, wanted);
    if (miss.distance < best.distance) best = std::move(miss);
    return false;
  };
  any_live_frame(state, look);
  any_live_region(state, code, look);
  return best.text;
}

std::string helper_name(std::uint32_t number) {
  const HelperInfo* row = find_helper(number);
  return row == nullptr ? fmt::format("helper {}", number) : fmt::format("bpf_{}", row->name);
}

}  // namespace

void Machine::fault(FaultKind kind, std::string what) {
  if (state_->ending == Ending::fault) return;  // the first reason is the reason
  state_->ending = Ending::fault;
  state_->fault = Fault{.kind = kind, .what = std::move(what)};
  state_->fault_located = false;
}

void Machine::exit_with(std::uint64_t value) {
  state_->ending = Ending::exit;
  state_->exit_value = value;
}

void Execution::fault_access(Machine& machine, std::string_view verb, std::uint64_t address, std::uint32_t bytes,
                             Access wanted) {
  std::string nearest = nearest_to(state(machine), code(machine), address, bytes, wanted);
  std::string what = fmt::format("{} of {} at 0x{:x}", verb, bytes_text(bytes), address);
  if (!nearest.empty())
    what += ", " + nearest;
  else if (address < 4096)
    what += ": a null pointer";
  else
    what += ", outside of the program's memory";
  if (verb == "atomic access" && address % bytes != 0) what += ", not aligned";
  machine.fault(FaultKind::out_of_bounds, std::move(what));
  if (!state(machine).fault_located) {
    state(machine).fault->address = address;
    state(machine).fault->bytes = bytes;
    state(machine).fault->nearest = std::move(nearest);
  }
}

void Execution::fault_out_of_fuel(Machine& machine) {
  machine.fault(FaultKind::out_of_fuel, "the program has used up its fuel: it does not seem to end");
}

void Execution::fault_call_depth(Machine& machine) {
  machine.fault(FaultKind::call_depth,
                fmt::format("this call would be number {} of those that have not returned; {} frames are all there are",
                            max_frames, max_frames));
}

void Execution::fault_missing_helper(Machine& machine, std::uint32_t number) {
  const std::string name = helper_name(number);
  machine.fault(FaultKind::bad_helper, find_helper(number) == nullptr
                                           ? fmt::format("there is no helper number {}", number)
                                           : fmt::format("{} is not available here", name));
}

void Execution::fault_not_executable(Machine& machine, const Operation* at) {
  const Slot slot = slot_of(code(machine), at);
  const auto decoded = decode(code(machine).source, slot);
  const bool is_call = decoded.has_value() && std::holds_alternative<Call>(decoded->insn);
  machine.fault(FaultKind::not_executable,
                is_call ? "kernel functions cannot be called here" : "addr_space_cast needs an arena map");
}

bool Execution::check_arguments(Machine& machine, std::uint32_t helper, const Registers& r) {
  const ArgumentCheck check = code(machine).helpers.check;
  if (check == nullptr) return true;
  const HelperInfo* row = find_helper(helper);
  if (row == nullptr) return true;  // a helper of the embedder's own
  std::string problem;
  if (check(machine, *row, {r[1], r[2], r[3], r[4], r[5]}, problem)) return true;
  machine.fault(FaultKind::bad_argument, fmt::format("bpf_{}: {}", row->name, problem));
  return false;
}

void Execution::locate_fault(Machine& machine, const Operation* at, const Registers& r) {
  MachineState& now = state(machine);
  if (now.ending != Ending::fault || now.fault_located) return;
  now.fault_located = true;
  now.fault->slot = slot_of(code(machine), at);
  now.fault->code = &code(machine);
  std::copy(std::begin(r), std::end(r), now.fault->registers.begin());
}

}  // namespace skep
