// The two ways to run a twin::Program.
#include "skep/helpers/twin.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "skep/helpers/packet.hpp"

namespace skep::twin {
namespace {

constexpr std::uint8_t load_imm64 = 0x18, move_imm = 0xb7, move_reg = 0xbf, store_u64 = 0x7b, store_imm_u64 = 0x7a,
                       call_helper = 0x85, jump_if_equal = 0x15, jump = 0x05, exit_insn = 0x95;
constexpr std::uint32_t results_limit = 512;
constexpr std::size_t packet_bytes = 64;

/// The maps with the one for results behind them.
std::vector<MapSpec> all_maps(const Program& program) {
  std::vector<MapSpec> maps = program.maps();
  maps.push_back(memory({}, results_limit * 8));
  return maps;
}

std::vector<std::int64_t> results_in(ByteView bytes, std::uint32_t count) {
  std::vector<std::int64_t> results;
  for (std::uint32_t i = 0; i < count; ++i) results.push_back(load_unaligned<std::int64_t>(bytes.data() + 8 * i));
  return results;
}

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

// ---- here ----

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
  for (const MapSpec& spec : all_maps(program)) {
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
  run.outcome.results = results_in({maps.back()->lookup(first_key, 0), results_limit * 8}, program.results());
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

// ---- Linux ----

namespace {

/// union bpf_attr as far as it is needed here.
struct CreateAttr {
  std::uint32_t type, key_size, value_size, max_entries, flags;
};
struct ElementAttr {
  std::uint64_t fd, key, value, flags;
};
struct LoadAttr {
  std::uint32_t type, count;
  std::uint64_t insns, license;
  std::uint32_t log_level, log_size;
  std::uint64_t log;
  std::uint32_t kernel_version, flags;
  char name[16];
  std::uint32_t device, attach_type, btf_fd, function_record_size;
  std::uint64_t functions;
  std::uint32_t function_count, line_record_size;
};
struct BtfAttr {
  std::uint64_t btf, log;
  std::uint32_t size, log_size, log_level, padding;
};
struct RunAttr {
  std::uint32_t fd, value, size_in, size_out;
  std::uint64_t in, out;
  std::uint32_t repeat, duration, context_in, context_out;
  std::uint64_t context[2];
};

template <typename Attr>
long bpf(BpfCommand command, Attr&& attr) {
  const long result = syscall(SYS_bpf, static_cast<int>(command), &attr, sizeof attr);
  return result < 0 ? -errno : result;
}

template <typename T>
std::uint64_t address_of(const T* at) {
  return reinterpret_cast<std::uint64_t>(at);
}

/// Linux wants to know that callbacks are static functions: BTF with int, int(void), and a FUNC of each linkage.
UniqueFd load_function_types() {
  constexpr std::uint32_t int_kind = 1U << 24, func_kind = 12U << 24, proto_kind = 13U << 24, global = 1;
  const std::uint32_t types[] = {1,  int_kind,           4, 1U << 24 | 32,  // [1] int
                                 0,  proto_kind,         1,                 // [2] int (void)
                                 5,  func_kind | global, 2,                 // [3] main
                                 10, func_kind,          2};                // [4] callback
  constexpr std::string_view strings("\0int\0main\0callback\0", 19);
  const std::uint32_t header[] = {0x0001'eb9f, 24, 0, sizeof types, sizeof types, strings.size()};
  ByteVector btf;
  append(btf, header);
  append(btf, types);
  append_bytes(btf, as_bytes(strings));
  return UniqueFd(static_cast<int>(
      bpf(BpfCommand::btf_load, BtfAttr{address_of(btf.data()), 0, static_cast<std::uint32_t>(btf.size()), 0, 0, 0})));
}

ElementAttr first_element(const UniqueFd& map, const std::uint32_t& zero, const std::uint8_t* value) {
  return {static_cast<std::uint64_t>(map.get()), address_of(&zero), address_of(value), 0};
}

ByteVector linux_ring_data(const UniqueFd& map) {
  void* const producer = mmap(nullptr, 2 * page_bytes, PROT_READ, MAP_SHARED, map.get(), page_bytes);
  if (producer == MAP_FAILED) return {};
  const auto* const bytes = static_cast<const std::uint8_t*>(producer);
  const auto used = std::min(load_unaligned<std::uint64_t>(bytes), page_bytes);
  ByteVector data(bytes + page_bytes, bytes + page_bytes + used);
  munmap(producer, 2 * page_bytes);
  return data;
}

}  // namespace

std::optional<Outcome> run_on_linux(const Program& program) {
  const std::uint32_t zero = 0;
  const std::vector<MapSpec> specs = all_maps(program);
  std::vector<UniqueFd> maps;
  for (const MapSpec& spec : specs) {
    const MapAttributes& a = spec.attributes;
    const CreateAttr create{static_cast<std::uint32_t>(a.type), a.key_size, a.value_size, a.max_entries, a.flags};
    const long fd = bpf(BpfCommand::map_create, create);
    if (fd < 0) return std::nullopt;
    maps.emplace_back(static_cast<int>(fd));
    long error = 0;
    if (!spec.content.empty())
      error = bpf(BpfCommand::map_update_elem, first_element(maps.back(), zero, spec.content.data()));
    if (spec.frozen) error |= bpf(BpfCommand::map_freeze, ElementAttr{static_cast<std::uint64_t>(fd), 0, 0, 0});
    EXPECT_EQ(error, 0);
  }
  std::vector<RawInsn> code = program.code();
  for (std::size_t slot = 0; slot < code.size(); ++slot) {
    if (code[slot].code != load_imm64) continue;
    const auto kind = static_cast<ImmKind>(code[slot].src);
    if (kind == ImmKind::map_fd || kind == ImmKind::map_value)
      code[slot].imm = maps[static_cast<std::size_t>(code[slot].imm)].get();
    ++slot;
  }
  const ByteVector wire = bytes_from_slots(code);
  Outcome outcome;
  outcome.log.resize(1 << 20);
  LoadAttr load{};
  load.type = static_cast<std::uint32_t>(ProgramType::xdp);
  load.count = static_cast<std::uint32_t>(code.size());
  load.insns = address_of(wire.data());
  load.license = address_of("GPL");
  load.log_level = 1;
  load.log_size = static_cast<std::uint32_t>(outcome.log.size());
  load.log = address_of(outcome.log.data());
  std::vector<std::uint32_t> functions{0, 3};  // records of slot and type
  for (const std::uint32_t start : program.callback_starts()) functions.insert(functions.end(), {start, 4});
  UniqueFd types;
  if (functions.size() > 2) {
    types = load_function_types();
    load.btf_fd = static_cast<std::uint32_t>(types.get());
    load.function_record_size = 8;
    load.functions = address_of(functions.data());
    load.function_count = static_cast<std::uint32_t>(functions.size() / 2);
  }
  const long loaded = bpf(BpfCommand::prog_load, load);
  outcome.log.resize(std::char_traits<char>::length(outcome.log.c_str()));
  if (loaded < 0) {
    outcome.refused = static_cast<int>(-loaded);
    return outcome;
  }
  const UniqueFd loaded_program(static_cast<int>(loaded));
  const ByteVector packet(packet_bytes);
  const RunAttr run{
      static_cast<std::uint32_t>(loaded), 0, packet_bytes, 0, address_of(packet.data()), 0, 1, 0, 0, 0, {}};
  EXPECT_EQ(bpf(BpfCommand::prog_test_run, run), 0);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    ByteVector value;
    if (specs[i].attributes.type == MapType::ringbuf) value = linux_ring_data(maps[i]);
    if (specs[i].attributes.type == MapType::array) {
      value.resize(specs[i].attributes.value_size);
      EXPECT_EQ(bpf(BpfCommand::map_lookup_elem, first_element(maps[i], zero, value.data())), 0);
    }
    outcome.values.push_back(std::move(value));
  }
  outcome.results = results_in(outcome.values.back(), program.results());
  outcome.values.pop_back();
  return outcome;
}

}  // namespace skep::twin
