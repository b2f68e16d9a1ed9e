// Running a twin::Program on Linux: maps, BTF for callbacks, PROG_LOAD, PROG_TEST_RUN, and what the maps hold
// afterwards.
#include "skep/helpers/twin.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace skep::twin {
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
  const std::vector<MapSpec> specs = program.maps();
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
    if (code[slot].code != 0x18) continue;
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
  outcome.results = program.results_in(outcome.values.back().data());
  outcome.values.pop_back();
  return outcome;
}

}  // namespace skep::twin
