// twin::Program as instructions, and running it here.
#include "skep/helpers/twin.hpp"

#include <cerrno>

#include "skep/helpers/packet.hpp"

namespace skep::twin {
namespace {

constexpr std::uint8_t load_imm64 = 0x18, move_imm = 0xb7, move_reg = 0xbf, store_u64 = 0x7b, store_imm_u64 = 0x7a,
                       call_helper = 0x85, jump_if_equal = 0x15, exit_insn = 0x95;
constexpr std::uint32_t results_limit = 512;

}  // namespace

MapSpec memory(ByteView content, std::uint32_t size) {
  MapSpec spec;
  spec.content.assign(content.begin(), content.end());
  spec.content.resize(std::max<std::size_t>(content.size(), size));
  spec.attributes = {.type = MapType::array,
                     .key_size = 4,
                     .value_size = static_cast<std::uint32_t>(spec.content.size()),
                     .max_entries = 1};
  return spec;
}

MapSpec constant(std::string_view text) {
  ByteVector bytes(text.begin(), text.end());
  bytes.push_back(0);
  MapSpec spec = memory(bytes);
  spec.attributes.flags = bpf_f_rdonly_prog;
  spec.frozen = true;
  return spec;
}

std::vector<MapSpec> Program::maps() const {
  std::vector<MapSpec> maps = maps_;
  maps.push_back(memory({}, results_limit * 8));
  return maps;
}

std::vector<std::int64_t> Program::results_in(const std::uint8_t* value) const {
  std::vector<std::int64_t> results;
  for (std::uint32_t i = 0; i < results_; ++i) results.push_back(load_unaligned<std::int64_t>(value + 8 * i));
  return results;
}

void Program::load_map(std::uint8_t reg, ImmKind kind, std::uint32_t map, std::int64_t offset) {
  code_.push_back({load_imm64, reg, static_cast<std::uint8_t>(kind), 0, static_cast<std::int32_t>(map)});
  code_.push_back({0, 0, 0, 0, static_cast<std::int32_t>(offset)});
}

void Program::load(std::uint8_t reg, const Argument& argument) {
  switch (argument.kind) {
    case Argument::Kind::number: {
      const auto low = static_cast<std::int32_t>(argument.number);
      if (low == argument.number) return code_.push_back({move_imm, reg, 0, 0, low});
      code_.push_back({load_imm64, reg, 0, 0, low});
      return code_.push_back({0, 0, 0, 0, static_cast<std::int32_t>(argument.number >> 32)});
    }
    case Argument::Kind::context: return code_.push_back({move_reg, reg, 6, 0, 0});
    case Argument::Kind::map: return load_map(reg, ImmKind::map_fd, argument.map, 0);
    case Argument::Kind::value: return load_map(reg, ImmKind::map_value, argument.map, argument.number);
    case Argument::Kind::function:
      callback_loads_.emplace_back(code_.size(), static_cast<std::size_t>(argument.number));
      code_.push_back({load_imm64, reg, static_cast<std::uint8_t>(ImmKind::function), 0, 0});
      return code_.push_back({0, 0, 0, 0, 0});
  }
}

void Program::keep() {
  load_map(1, ImmKind::map_value, static_cast<std::uint32_t>(maps_.size()), 8 * results_++);
  code_.push_back({store_u64, 1, 0, 0, 0});
}

Program& Program::call(HelperId helper, std::initializer_list<Argument> arguments) {
  std::uint8_t reg = 1;
  for (const Argument& argument : arguments) load(reg++, argument);
  code_.push_back({call_helper, 0, 0, 0, static_cast<std::int32_t>(helper)});
  keep();
  return *this;
}

Program& Program::call_with_memory(HelperId helper, std::initializer_list<Argument> arguments, std::int32_t word,
                                   std::optional<HelperId> then) {
  std::uint8_t reg = 1;
  for (const Argument& argument : arguments) load(reg++, argument);
  code_.push_back({call_helper, 0, 0, 0, static_cast<std::int32_t>(helper)});
  const std::int16_t skipped = then ? 5 : 2;
  code_.push_back({jump_if_equal, 0, 0, static_cast<std::int16_t>(skipped), 0});
  code_.push_back({store_imm_u64, 0, 0, 0, word});
  if (then) {
    code_.push_back({move_reg, 1, 0, 0, 0});
    code_.push_back({move_imm, 2, 0, 0, 0});
    code_.push_back({call_helper, 0, 0, 0, static_cast<std::int32_t>(*then)});
  }
  code_.push_back({move_imm, 0, 0, 0, 1});
  keep();
  return *this;
}

Program& Program::store_address(std::uint32_t map, std::int32_t offset, std::uint32_t of, std::int32_t of_offset) {
  load_map(1, ImmKind::map_value, map, offset);
  load_map(2, ImmKind::map_value, of, of_offset);
  code_.push_back({store_u64, 1, 2, 0, 0});
  return *this;
}

Program& Program::callback(std::vector<RawInsn> code) {
  callbacks_.push_back(std::move(code));
  return *this;
}

std::vector<std::uint32_t> Program::callback_starts() const {
  std::vector<std::uint32_t> starts;
  std::size_t at = code_.size() + 3;  // r6 = ctx in front, the exit behind
  for (const auto& callback : callbacks_) {
    starts.push_back(static_cast<std::uint32_t>(at));
    at += callback.size();
  }
  return starts;
}

std::vector<RawInsn> Program::code() const {
  std::vector<RawInsn> code{{move_reg, 6, 1, 0, 0}};  // r6 = ctx
  code.insert(code.end(), code_.begin(), code_.end());
  code.push_back({move_imm, 0, 0, 0, 2});  // XDP_PASS
  code.push_back({exit_insn, 0, 0, 0, 0});
  const std::vector<std::uint32_t> starts = callback_starts();
  for (const auto& callback : callbacks_) code.insert(code.end(), callback.begin(), callback.end());
  for (const auto& [slot, callback] : callback_loads_) {
    // One slot lies before code_; offsets count from the slot after the load's first half.
    code[slot + 1].imm = static_cast<std::int32_t>(starts.at(callback)) - static_cast<std::int32_t>(slot + 2);
  }
  return code;
}

int World::read_user(std::uint64_t address, MutableBytes to) {
  if (address < user_begin || address - user_begin > user.size()) return -EFAULT;
  const std::uint64_t offset = address - user_begin;
  if (to.size() > user.size() - offset) return -EFAULT;
  std::copy_n(user.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
  return 0;
}

int World::read_kernel(Machine& machine, std::uint64_t address, MutableBytes to) {
  if (!machine.may_access(address, to.size(), Access::read)) return -EFAULT;
  std::copy_n(Machine::at(address), to.size(), to.begin());
  return 0;
}

namespace {

struct LocalRun {
  Outcome outcome;
  std::optional<Fault> fault;
};

ByteView ring_data(KernelMap& map) {
  int error = 0;
  const std::uint64_t used = static_cast<RingBufferMap&>(map).query(3);
  return used == 0 ? ByteView() : map.map_memory(2 * page_bytes, used, false, error);
}

LocalRun run_locally(const Program& program, World& world) {
  LocalRun run;
  std::vector<std::unique_ptr<KernelMap>> maps;
  std::vector<KernelMap*> handles;
  std::vector<Region> regions;
  const std::uint32_t zero = 0;
  const auto* const first_key = reinterpret_cast<const std::uint8_t*>(&zero);
  for (const MapSpec& spec : program.maps()) {
    int error = 0;
    maps.push_back(create_map(spec.attributes, {2}, error));
    if (maps.back() == nullptr) {
      ADD_FAILURE() << "map: " << error;
      return run;
    }
    if (!spec.content.empty() && maps.back()->update(first_key, spec.content.data(), 0, 0) != 0)
      ADD_FAILURE() << "the map does not take its content";
    handles.push_back(maps.back().get());
    for (const Region& region : value_regions(*maps.back(), "a map's value")) regions.push_back(region);
  }
  std::vector<RawInsn> code = program.code();
  for (std::size_t slot = 0; slot < code.size(); ++slot) {
    if (code[slot].code != load_imm64) continue;
    const auto kind = static_cast<ImmKind>(code[slot].src);
    const auto index = static_cast<std::size_t>(code[slot].imm);
    std::uint64_t address = 0;
    if (kind == ImmKind::map_fd) address = map_handle_base + 256 * index;
    if (kind == ImmKind::map_value)
      address = reinterpret_cast<std::uint64_t>(handles[index]->lookup(first_key, 0)) +
                static_cast<std::uint64_t>(std::int64_t{code[slot + 1].imm});
    if (kind == ImmKind::map_fd || kind == ImmKind::map_value) {
      code[slot].src = static_cast<std::uint8_t>(ImmKind::value);
      code[slot].imm = static_cast<std::int32_t>(address);
      code[slot + 1].imm = static_cast<std::int32_t>(address >> 32);
    }
    ++slot;
  }
  auto lowered = lower(code, {.helpers = helper_table(), .maps = handles, .regions = regions});
  if (!lowered) {
    ADD_FAILURE() << render(lowered.error(), false);
    return run;
  }
  PacketBuffer packet(ContextKind::xdp_md, ProgramType::xdp, ByteVector(packet_bytes), xdp_headroom, 256);
  world.buffer = &packet;
  Machine machine;
  RunInput input;
  input.r1 = context_address;
  input.context = &packet;
  input.environment = static_cast<Environment*>(&world);
  RunResult result = machine.run(**lowered, Engine::checked, input);
  world.buffer = nullptr;
  run.fault = std::move(result.fault);
  for (std::size_t i = 0; i + 1 < maps.size(); ++i) {
    const MapAttributes& attributes = maps[i]->attributes();
    ByteView bytes;
    if (attributes.type == MapType::ringbuf) bytes = ring_data(*maps[i]);
    if (attributes.type == MapType::array) bytes = {maps[i]->lookup(first_key, 0), attributes.value_size};
    run.outcome.values.emplace_back(bytes.begin(), bytes.end());
  }
  run.outcome.results = program.results_in(maps.back()->lookup(first_key, 0));
  return run;
}

}  // namespace

Outcome run_here(const Program& program, World& world) {
  LocalRun run = run_locally(program, world);
  if (run.fault) ADD_FAILURE() << run.fault->what;
  return run.outcome;
}

Outcome run_here(const Program& program) {
  World world;
  return run_here(program, world);
}

std::string fault_of(const Program& program) {
  World world;
  const LocalRun run = run_locally(program, world);
  return run.fault ? run.fault->what : "no fault";
}

}  // namespace skep::twin
