// bpf(2): PROG_LOAD and PROG_BIND_MAP. Order of checks: bpf_prog_load(), kernel/bpf/syscall.c.
#include <time.h>

#include <cerrno>
#include <cstddef>

#include "skep/user/names.hpp"
#include "skep/user/program_check.hpp"
#include "skep/user/state.hpp"
#include "skep/user/tag.hpp"

namespace skep {
namespace {

constexpr std::uint32_t instruction_limit = 1'000'000;  ///< BPF_COMPLEXITY_LIMIT_INSNS
constexpr std::size_t license_limit = 128;
constexpr std::uint32_t record_limit = 4096;   ///< largest func_info and line_info record the kernel takes
constexpr std::uint32_t xdp_has_frags = 0x20;  ///< BPF_F_XDP_HAS_FRAGS
/// BPF_F_STRICT_ALIGNMENT, ANY_ALIGNMENT, TEST_RND_HI32, TEST_STATE_FREQ, SLEEPABLE, XDP_HAS_FRAGS, XDP_DEV_BOUND_ONLY,
/// TEST_REG_INVARIANTS, TOKEN_FD.
constexpr std::uint32_t known_flags = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x10000;

/// Records of `record` bytes in the caller's memory, cut or checked to `known` bytes each (check_btf_func,
/// check_btf_line): unknown trailing bytes must be zero.
long copy_records(UserMemory& memory, std::uint64_t address, std::uint32_t count, std::uint32_t record,
                  std::uint32_t known, std::uint32_t minimum, ByteVector& out) {
  if (count == 0) return 0;
  if (record < minimum || record > record_limit || record % 4 != 0) return -EINVAL;
  if (count > instruction_limit) return -EINVAL;
  out.assign(static_cast<std::size_t>(count) * known, 0);
  ByteVector one(record);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (const int error = memory.read(address + static_cast<std::uint64_t>(i) * record, one); error != 0) return error;
    for (std::uint32_t byte = known; byte < record; ++byte) {
      if (one[byte] != 0) return -E2BIG;
    }
    std::copy_n(one.begin(), std::min(record, known), out.begin() + static_cast<std::ptrdiff_t>(i) * known);
  }
  return 0;
}

/// Offsets strictly ascending, the first 0, all inside the program; types are FUNCs.
long check_function_info(const ByteVector& records, const Btf& btf, std::size_t slots, VerifierLog& log) {
  std::uint32_t previous = 0;
  for (std::size_t at = 0; at < records.size(); at += sizeof(FuncInfoRecord)) {
    const auto record = load_unaligned<FuncInfoRecord>(records.data() + at);
    if ((at == 0 && record.insn_off != 0) || (at != 0 && record.insn_off <= previous) || record.insn_off >= slots) {
      log.line(fmt::format("invalid func_info insn_off {}", record.insn_off));
      return -EINVAL;
    }
    if (!btf.contains(record.type_id) || btf.type(record.type_id).kind != BtfKind::function) {
      log.line(fmt::format("invalid type id {} in func info", record.type_id));
      return -EINVAL;
    }
    previous = record.insn_off;
  }
  return 0;
}

long check_line_info(const ByteVector& records, std::size_t slots, VerifierLog& log) {
  for (std::size_t at = 0; at < records.size(); at += sizeof(LineInfoRecord)) {
    const auto record = load_unaligned<LineInfoRecord>(records.data() + at);
    const bool ascends =
        at == 0 || record.insn_off > load_unaligned<LineInfoRecord>(records.data() + at - sizeof record).insn_off;
    if (!ascends || record.insn_off >= slots) {
      log.line(fmt::format("Invalid line_info[{}].insn_off:{}", at / sizeof record, record.insn_off));
      return -EINVAL;
    }
  }
  return 0;
}

/// Types that attach to kernel functions by BTF id, of which there are none here. Other types load even where nothing
/// can fire them: attaching says so then.
bool needs_kernel_btf(ProgramType type) {
  return type == ProgramType::tracing || type == ProgramType::lsm || type == ProgramType::ext ||
         type == ProgramType::struct_ops;
}

std::uint64_t nanoseconds_since_boot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Everything PROG_LOAD does once attr and code are copied in; `log` is written by the caller.
struct Loading {
  UserKernel::State& state;
  const Attr& attr;
  const ProgLoadAttr& wanted;
  std::vector<RawInsn> code;
  VerifierLog& log;
  std::shared_ptr<ProgramEntry> entry;

  [[nodiscard]] long attach_btf() {
    if (wanted.func_info_cnt == 0 && wanted.line_info_cnt == 0) return 0;
    long error = 0;
    entry->btf = state.fds.find_as<BtfEntry>(wanted.prog_btf_fd, error);
    if (entry->btf == nullptr) return error;
    error = copy_records(attr.memory(), wanted.func_info, wanted.func_info_cnt, wanted.func_info_rec_size,
                         sizeof(FuncInfoRecord), 8, entry->function_info);
    if (error == 0) error = check_function_info(entry->function_info, entry->btf->btf, code.size(), log);
    if (error == 0)
      error = copy_records(attr.memory(), wanted.line_info, wanted.line_info_cnt, wanted.line_info_rec_size,
                           sizeof(LineInfoRecord), 8, entry->line_info);
    if (error == 0) error = check_line_info(entry->line_info, code.size(), log);
    return error;
  }

  /// bpf_check_tail_call()
  [[nodiscard]] long check_program_arrays() const {
    for (const auto& map : entry->maps) {
      const bool is_array = map->map->attributes().type == MapType::prog_array;
      if (is_array && !map->takes_tail_calls_of(entry->tail_call_kind())) return -EINVAL;
    }
    return 0;
  }

  [[nodiscard]] long finish() {
    if (long error = check_program(code, {entry->type, entry->gpl_compatible}, log); error != 0) return error;
    std::vector<std::int32_t> fd_array;
    if (wanted.fd_array != 0) {
      // Its length is not in the attr for older callers: as many as the largest index the program uses.
      std::int32_t last = -1;
      for (const RawInsn& insn : code) {
        if (insn.code == 0x18 && (insn.src == 5 || insn.src == 6)) last = std::max(last, insn.imm);
      }
      if (last >= 0 && last < 65536) {
        fd_array.resize(static_cast<std::size_t>(last) + 1);
        const MutableBytes bytes(reinterpret_cast<std::uint8_t*>(fd_array.data()),
                                 fd_array.size() * sizeof(std::int32_t));
        if (attr.memory().read(wanted.fd_array, bytes) != 0) return -EFAULT;
      }
    }
    ResolvedCode resolved;
    if (const long error = resolve_maps(code, state.fds, fd_array, log, resolved); error != 0) return error;
    entry->tag = program_tag(code);
    entry->translated = std::move(resolved.translated);
    entry->maps = std::move(resolved.maps);

    LowerOptions lowering;
    lowering.helpers = state.helper_bodies;
    lowering.owner = entry.get();
    for (const auto& map : entry->maps) {
      lowering.maps.push_back(map->map.get());
      const auto regions = value_regions(*map->map, map->name);
      lowering.regions.insert(lowering.regions.end(), regions.begin(), regions.end());
    }
    auto lowered = lower(resolved.runnable, std::move(lowering));
    if (!lowered) {
      log.line(lowered.error().what);
      return -EINVAL;
    }
    entry->code = std::move(*lowered);
    return check_program_arrays();
  }
};

}  // namespace

long UserKernel::State::prog_load(const Attr& attr) {
  const auto wanted = attr.as<ProgLoadAttr>();
  if ((wanted.prog_flags & ~known_flags) != 0) return -EINVAL;
  std::string license;
  if (wanted.insn_cnt == 0 || wanted.insn_cnt > instruction_limit) return -E2BIG;
  const TypeInfo* type = find_program_type(wanted.prog_type);
  if (type == nullptr || wanted.prog_type == 0) return -EINVAL;
  if (needs_kernel_btf(static_cast<ProgramType>(wanted.prog_type))) return -type->support.error;
  bool too_long = false;
  ByteVector bytes(static_cast<std::size_t>(wanted.insn_cnt) * slot_bytes);
  if (const int error = attr.memory().read(wanted.insns, bytes); error != 0) return error;
  if (const long error = attr.read_string(wanted.license, license_limit - 1, license, too_long); error != 0)
    return error;

  auto entry = std::make_shared<ProgramEntry>();
  if (!copy_object_name(wanted.prog_name, entry->name)) return -EINVAL;
  entry->type = static_cast<ProgramType>(wanted.prog_type);
  entry->attach_type = static_cast<AttachType>(wanted.expected_attach_type);
  entry->fragments = (wanted.prog_flags & xdp_has_frags) != 0;
  entry->gpl_compatible = license_is_gpl_compatible(license);
  entry->uid = options.uid;
  entry->load_time_ns = nanoseconds_since_boot();

  VerifierLog log(wanted.log_level, wanted.log_size, wanted.log_buf);
  if (!log.valid()) return -EINVAL;
  auto slots = slots_from_bytes(bytes);
  CHECK(slots);
  Loading loading{*this, attr, wanted, std::move(*slots), log, entry};
  long result = loading.attach_btf();
  if (result == 0) result = loading.finish();
  const long log_result = log.write(attr.memory());
  if (const long error = attr.put(offsetof(ProgLoadAttr, log_true_size), log.true_size()); error != 0) return error;
  if (log_result != 0) return log_result;
  if (result != 0) return result;
  programs.add(entry);
  return install(entry);
}

long UserKernel::State::prog_bind_map(const Attr& attr) {
  const auto wanted = attr.as<ProgBindMapAttr>();
  if (wanted.flags != 0) return -EINVAL;
  long error = 0;
  const auto program = fds.find_as<ProgramEntry>(wanted.prog_fd, error);
  if (program == nullptr) return error;
  const auto map = fds.find_as<MapEntry>(wanted.map_fd, error);
  if (map == nullptr) return error;
  for (const auto& used : program->maps) {
    if (used == map) return 0;
  }
  // Behind the ones the code uses: handles are indices and stay what they are.
  program->maps.push_back(map);
  return 0;
}

}  // namespace skep
