#include "skep/user/program_check.hpp"

#include <algorithm>
#include <cerrno>

#include "skep/asm/asm.hpp"

namespace skep {
namespace {

/// Why one call is refused, in the words of check_helper_call(), kernel/bpf/verifier.c; "" if it is not.
std::string call_problem(const Call& call, const ProgramFacts& facts) {
  if (call.kind == CallKind::kfunc) {
    return fmt::format("calling kernel function with BTF id {} is not supported yet by the user kernel", call.target);
  }
  if (call.kind == CallKind::function) return {};
  const HelperInfo* helper = find_helper(static_cast<std::uint32_t>(call.target));
  if (helper == nullptr) return fmt::format("invalid func unknown#{}", call.target);
  if (!helper->allowed_for(facts.type)) {
    return fmt::format("program of this type cannot use helper bpf_{}#{}", helper->name, call.target);
  }
  if (helper->has(HelperFlag::gpl_only) && !facts.gpl_compatible) {
    return "cannot call GPL-restricted function from non-GPL compatible program";
  }
  if (helper->support.level == SupportLevel::refused) {
    return fmt::format("helper bpf_{}#{} is not supported by the user kernel: {}", helper->name, call.target,
                       helper->support.why);
  }
  return {};
}

void log_instruction(Slot at, const Instruction& insn, VerifierLog& log) {
  log.line(fmt::format("{}: {}", at.value, disassemble(insn, at, DisassembleOptions{})));
}

}  // namespace

long check_program(std::span<const RawInsn> code, const ProgramFacts& facts, VerifierLog& log) {
  for (const EncodingError& error : validate(code)) {
    log.line(fmt::format("insn {}: {}", error.slot.value, error.reason));
    return -EINVAL;
  }
  std::uint32_t processed = 0;
  for (Slot at{0}; at.value < code.size();) {
    const auto decoded = decode(code, at);
    CHECK(decoded);
    if (log.level() >= 2) log_instruction(at, decoded->insn, log);
    if (const auto* call = std::get_if<Call>(&decoded->insn)) {
      if (const std::string problem = call_problem(*call, facts); !problem.empty()) {
        if (log.level() == 1) log_instruction(at, decoded->insn, log);
        log.line(problem);
        return -EINVAL;
      }
    }
    if (std::holds_alternative<AddressSpaceCast>(decoded->insn)) {
      log.line("addr_space_cast insn can only be used in a program that has an associated arena");
      return -EINVAL;
    }
    ++processed;
    at = at + decoded->slots;
  }
  log.line(fmt::format(
      "processed {} insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0", processed));
  return 0;
}

namespace {

std::shared_ptr<MapEntry> find_map(const FdTable& fds, std::int64_t fd, VerifierLog& log, long& error) {
  auto entry = fds.find_as<MapEntry>(fd, error);
  if (entry == nullptr) log.line(fmt::format("fd {} is not pointing to valid bpf_map", fd));
  return entry;
}

std::uint32_t index_of(const std::shared_ptr<MapEntry>& entry, std::vector<std::shared_ptr<MapEntry>>& maps) {
  const auto found = std::find(maps.begin(), maps.end(), entry);
  if (found != maps.end()) return static_cast<std::uint32_t>(found - maps.begin());
  maps.push_back(entry);
  return static_cast<std::uint32_t>(maps.size() - 1);
}

/// map_direct_value_addr: the address of an array's only value, plus an offset inside it.
long value_address(const MapEntry& entry, std::uint32_t offset, std::uint64_t& address) {
  const MapAttributes& map = entry.map->attributes();
  if (map.type != MapType::array) return -EINVAL;
  if (map.max_entries != 1) return -ENOTSUP;
  if (offset >= map.value_size) return -EINVAL;
  const std::uint32_t key = 0;
  address = reinterpret_cast<std::uint64_t>(entry.map->lookup(reinterpret_cast<const std::uint8_t*>(&key), 0)) + offset;
  return 0;
}

void put_value(std::vector<RawInsn>& code, std::uint32_t slot, std::uint64_t value) {
  code[slot].src = static_cast<std::uint8_t>(ImmKind::value);
  code[slot].imm = static_cast<std::int32_t>(value);
  code[slot + 1].imm = static_cast<std::int32_t>(value >> 32);
}

}  // namespace

long resolve_maps(std::span<const RawInsn> code, const FdTable& fds, std::span<const std::int32_t> fd_array,
                  VerifierLog& log, ResolvedCode& out) {
  out.runnable.assign(code.begin(), code.end());
  out.translated = out.runnable;
  for (Slot at{0}; at.value < code.size();) {
    const auto decoded = decode(code, at);
    if (!decoded) return -EINVAL;
    const auto* load = std::get_if<LoadImm64>(&decoded->insn);
    const std::uint32_t slot = at.value;
    at = at + decoded->slots;
    if (load == nullptr || load->kind == ImmKind::value || load->kind == ImmKind::function) continue;
    if (load->kind == ImmKind::variable) {
      log.line("64-bit immediates of kernel variables are not supported yet by the user kernel");
      return -EINVAL;
    }
    const bool by_index = load->kind == ImmKind::map_index || load->kind == ImmKind::map_index_value;
    const bool of_value = load->kind == ImmKind::map_value || load->kind == ImmKind::map_index_value;
    std::int64_t fd = load->low;
    if (by_index) {
      if (load->low < 0 || static_cast<std::size_t>(load->low) >= fd_array.size()) {
        log.line("fd_idx without fd_array is invalid");
        return -EPROTO;
      }
      fd = fd_array[static_cast<std::size_t>(load->low)];
    }
    long error = 0;
    const auto entry = find_map(fds, fd, log, error);
    if (entry == nullptr) return error;
    std::uint64_t value = map_handle_base + 256ULL * index_of(entry, out.maps);
    if (of_value) {
      error = value_address(*entry, static_cast<std::uint32_t>(load->high), value);
      if (error != 0) {
        log.line(fmt::format("invalid access to map value pointer, value_size={} off={}",
                             entry->map->attributes().value_size, load->high));
        return error;
      }
    } else if (load->high != 0) {
      log.line("unrecognized bpf_ld_imm64 insn");
      return -EINVAL;
    }
    put_value(out.runnable, slot, value);
    out.translated[slot].src = static_cast<std::uint8_t>(of_value ? ImmKind::map_value : ImmKind::map_fd);
    out.translated[slot].imm = static_cast<std::int32_t>(entry->id);
  }
  return 0;
}

}  // namespace skep
