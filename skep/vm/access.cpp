// Which memory is the program's now: live stack frames, what came during the run, what the run was given, what the code
// always has (map values). The slow path of every checked access, and the accesses that are no memory at all: context
// fields and packet loads.
#include "skep/vm/live_memory.hpp"

namespace skep {
namespace {

bool in_context(const MachineState& state, std::uint64_t address, std::uint32_t bytes) {
  return state.context != nullptr && address - context_address <= context_bytes - bytes;
}

std::string context_problem(std::string_view verb, std::uint64_t address, std::uint32_t bytes) {
  return fmt::format("the context has no field that a {} of {} bytes at offset {} may touch", verb, bytes,
                     address - context_address);
}

/// Big-endian, as packets are.
std::uint64_t read_field(ByteView packet, std::size_t offset, std::size_t bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : packet.subspan(offset, bytes)) value = value << 8 | byte;
  return value;
}

/// The bytes that the offset of a packet load means, and the place in them (bpf_internal_load_pointer_neg_helper()).
std::size_t place_in_packet(ContextAccess& context, std::int32_t offset, ByteView& bytes) {
  constexpr std::int32_t network_header = -0x100000, link_header = -0x200000;  // SKF_NET_OFF, SKF_LL_OFF
  if (offset >= 0) {
    bytes = context.packet_bytes();
    return static_cast<std::size_t>(offset);
  }
  if (offset >= network_header) {
    bytes = context.bytes_from_network_header();
    return static_cast<std::size_t>(offset - network_header);
  }
  if (offset < link_header) return bytes.size() + 1;
  bytes = context.bytes_from_link_header();
  return static_cast<std::size_t>(offset - link_header);
}

}  // namespace

bool Execution::find(const Machine& machine, std::size_t window, std::uint64_t address, std::uint64_t bytes,
                     Access wanted) {
  const MachineState& now = state(machine);
  const bool on_stack = any_live_frame(now, [&](const Region& frame) { return frame.allows(address, bytes, wanted); });
  if (on_stack) return true;
  return any_live_region(now, code(machine), [&](const Region& region) {
    if (!region.allows(address, bytes, wanted)) return false;
    const Region::Span span = region.span_at(address);
    machine.state_->windows[window] = {span.begin, includes(region.access, Access::read) ? span.size : 0,
                                       includes(region.access, Access::write) ? span.size : 0};
    return true;
  });
}

bool Execution::load_special(Machine& machine, std::uint64_t address, std::uint32_t bytes, std::uint64_t& value) {
  if (!in_context(state(machine), address, bytes)) {
    fault_access(machine, "load", address, bytes, Access::read);
    return false;
  }
  const auto offset = static_cast<std::uint32_t>(address - context_address);
  if (state(machine).context->load(offset, bytes, value)) return true;
  machine.fault(FaultKind::bad_context, context_problem("load", address, bytes));
  return false;
}

bool Execution::store_special(Machine& machine, std::uint64_t address, std::uint32_t bytes, std::uint64_t value) {
  if (!in_context(state(machine), address, bytes)) {
    fault_access(machine, "store", address, bytes, Access::write);
    return false;
  }
  const auto offset = static_cast<std::uint32_t>(address - context_address);
  if (state(machine).context->store(offset, bytes, value)) return true;
  machine.fault(FaultKind::bad_context, context_problem("store", address, bytes));
  return false;
}

void Execution::clear(std::uint64_t address, std::size_t bytes) { std::memset(Machine::at(address), 0, bytes); }

void Execution::refuse_atomic(Machine& machine, std::uint64_t address, std::uint32_t bytes, Access wanted) {
  if (in_context(state(machine), address, bytes))
    return machine.fault(FaultKind::bad_context, "the context cannot be accessed atomically");
  fault_access(machine, "atomic access", address, bytes, wanted);
}

Execution::PacketRead Execution::load_packet(Machine& machine, const Operation& operation, Registers& r) {
  ContextAccess* const context = state(machine).context;
  if (context == nullptr || r[6] != context_address) {
    machine.fault(FaultKind::bad_context, "a packet load needs the context of a packet in r6");
    return PacketRead::faulted;
  }
  const bool indirect = operation.dst != 0;
  const auto index = static_cast<std::uint32_t>(indirect ? r[operation.src] : 0);
  // Linux adds in 32 bits (bpf_gen_ld_abs).
  const auto sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(operation.offset) + index);
  ByteView packet;
  const std::size_t offset = place_in_packet(*context, sum, packet);
  if (offset > packet.size() || operation.imm > packet.size() - offset) return PacketRead::past_end;
  r[0] = read_field(packet, offset, operation.imm);
  return PacketRead::loaded;
}

bool Machine::may_access(std::uint64_t address, std::uint64_t bytes, Access wanted) const {
  if (!checked() || bytes == 0) return true;
  const Window& window = state_->windows.back();
  const std::uint64_t size = includes(wanted, Access::write) ? window.writable : window.readable;
  const bool reads_too = !includes(wanted, Access::read) || window.readable != 0;
  if (reads_too && bytes <= size && address - window.begin <= size - bytes) return true;
  return Execution::find(*this, state_->windows.size() - 1, address, bytes, wanted);
}

std::uint32_t Machine::add_region(const Region& region) {
  const std::uint32_t ticket = state_->next_ticket++;
  state_->dynamic_regions.push_back({region, ticket});
  return ticket;
}

void Machine::remove_region(std::uint32_t ticket) {
  std::erase_if(state_->dynamic_regions, [&](const DynamicRegion& dynamic) { return dynamic.ticket == ticket; });
  state_->forget_windows();
}

void Machine::remove_regions_of_kind(RegionKind kind) {
  std::erase_if(state_->dynamic_regions, [&](const DynamicRegion& dynamic) { return dynamic.region.kind == kind; });
  state_->removed_kinds = static_cast<std::uint8_t>(state_->removed_kinds | kind_bit(kind));
  state_->forget_windows();
}

const Region* Machine::dynamic_region_of(RegionKind kind, std::uint32_t& ticket) const {
  for (const DynamicRegion& dynamic : state_->dynamic_regions) {
    if (dynamic.region.kind != kind) continue;
    ticket = dynamic.ticket;
    return &dynamic.region;
  }
  return nullptr;
}

const Region* Machine::dynamic_region_at(std::uint64_t address, std::uint32_t* ticket) const {
  for (const DynamicRegion& dynamic : state_->dynamic_regions) {
    if (dynamic.region.begin != address) continue;
    if (ticket != nullptr) *ticket = dynamic.ticket;
    return &dynamic.region;
  }
  return nullptr;
}

}  // namespace skep
