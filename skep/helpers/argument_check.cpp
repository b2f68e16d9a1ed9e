// Argument by argument along the row's ArgType columns (check_func_arg(), kernel/bpf/verifier.c, at run time): maps are
// handles of this program's maps, of a type the helper works on; memory is the program's, as long as the map or the
// next argument says; records are reserved ones; callbacks are functions.
#include "skep/helpers/argument_check.hpp"

#include <algorithm>
#include <string_view>

#include "skep/maps/maps.hpp"

namespace skep {
namespace {

constexpr std::uint64_t largest_size = std::uint64_t{1} << 29;  ///< BPF_MAX_VAR_SIZ
constexpr std::uint64_t slot_bytes_of_handle = 8;

/// Who works on which map types: check_map_func_compatibility(). Helpers that are not here take maps with elements.
bool takes_map(HelperId helper, MapType type) {
  const bool slots = type == MapType::prog_array || type == MapType::perf_event_array;
  const bool ring = type == MapType::ringbuf;
  if (helper == HelperId::tail_call) return type == MapType::prog_array;
  if (helper == HelperId::perf_event_output) return type == MapType::perf_event_array;
  if (helper == HelperId::ringbuf_output || helper == HelperId::ringbuf_reserve || helper == HelperId::ringbuf_query)
    return ring;
  if (helper == HelperId::map_lookup_percpu_elem)
    return type == MapType::percpu_array || type == MapType::percpu_hash || type == MapType::lru_percpu_hash;
  return !slots && !ring;
}

std::string_view what_is(ArgType type) {
  switch (type) {
    case ArgType::none:
    case ArgType::anything: return "number";
    case ArgType::const_map_ptr: return "map";
    case ArgType::map_key: return "map key";
    case ArgType::map_value:
    case ArgType::uninit_map_value:
    case ArgType::map_value_or_null: return "map value";
    case ArgType::mem:
    case ArgType::mem_or_null:
    case ArgType::uninit_mem:
    case ArgType::uninit_mem_or_null: return "memory";
    case ArgType::const_size:
    case ArgType::const_size_or_zero:
    case ArgType::const_alloc_size_or_zero: return "size";
    case ArgType::ctx:
    case ArgType::ctx_or_null: return "context";
    case ArgType::spin_lock: return "lock";
    case ArgType::timer: return "timer";
    case ArgType::sock_common:
    case ArgType::socket:
    case ArgType::socket_or_null: return "socket";
    case ArgType::btf_id:
    case ArgType::btf_id_or_null:
    case ArgType::percpu_btf_id: return "kernel object";
    case ArgType::kptr: return "kernel pointer";
    case ArgType::ringbuf_mem: return "reserved record";
    case ArgType::dynptr:
    case ArgType::uninit_dynptr: return "dynptr";
    case ArgType::function: return "callback";
    case ArgType::stack_or_null: return "callback context";
    case ArgType::const_string: return "string";
    case ArgType::int_pointer:
    case ArgType::long_pointer: return "place for a number";
    case ArgType::ipv4_header:
    case ArgType::ipv6_header:
    case ArgType::tcp_header: return "packet header";
  }
  return "";
}

class Check {
 public:
  Check(Machine& machine, const HelperInfo& helper, const std::array<std::uint64_t, 5>& args, std::string& problem)
      : machine_(machine), helper_(helper), args_(args), problem_(problem) {}

  [[nodiscard]] bool argument(std::size_t index) {
    index_ = index;
    const std::uint64_t value = args_[index];
    switch (helper_.args[index]) {
      case ArgType::none:
      case ArgType::anything: return true;
      case ArgType::const_map_ptr: return map(value);
      case ArgType::map_key: return memory(value, map_attributes().key_size, Access::read);
      case ArgType::map_value: return memory(value, map_attributes().value_size, Access::read);
      case ArgType::map_value_or_null: return value == 0 || memory(value, map_attributes().value_size, Access::read);
      case ArgType::uninit_map_value: return memory(value, map_attributes().value_size, Access::write);
      case ArgType::mem: return sized_memory(value, Access::read, false);
      case ArgType::mem_or_null: return sized_memory(value, Access::read, true);
      case ArgType::uninit_mem: return sized_memory(value, Access::write, false);
      case ArgType::uninit_mem_or_null: return sized_memory(value, Access::write, true);
      case ArgType::const_size: return size(value, false);
      case ArgType::const_size_or_zero:
      case ArgType::const_alloc_size_or_zero: return size(value, true);
      case ArgType::ctx: return context(value);
      case ArgType::ctx_or_null: return value == 0 || context(value);
      case ArgType::spin_lock: return memory(value, sizeof(std::uint32_t), Access::read_write);
      case ArgType::ringbuf_mem: return record(value);
      case ArgType::function: return function(value);
      case ArgType::stack_or_null: return value == 0 || memory(value, 1, Access::read);
      case ArgType::const_string: return string(value);
      case ArgType::int_pointer: return number_place(value, sizeof(std::uint32_t));
      case ArgType::long_pointer: return number_place(value, sizeof(std::uint64_t));
      // Only helpers that are refused take these.
      case ArgType::timer:
      case ArgType::ipv4_header:
      case ArgType::ipv6_header:
      case ArgType::tcp_header:
      case ArgType::sock_common:
      case ArgType::socket:
      case ArgType::socket_or_null:
      case ArgType::btf_id:
      case ArgType::btf_id_or_null:
      case ArgType::percpu_btf_id:
      case ArgType::kptr:
      case ArgType::dynptr:
      case ArgType::uninit_dynptr: return true;
    }
    return true;
  }

 private:
  /// "argument 2 (map key): …"
  bool refuse(std::string_view why) {
    problem_ = fmt::format("argument {} ({}): {}", index_ + 1, what_is(helper_.args[index_]), why);
    return false;
  }

  [[nodiscard]] bool map(std::uint64_t handle) {
    map_ = machine_.map(handle);
    if (map_ == nullptr) return refuse(fmt::format("0x{:x} is no map of this program", handle));
    const MapAttributes& attributes = map_->attributes();
    if (!takes_map(helper_.id, attributes.type))
      return refuse(fmt::format("a map of type {} is not what this helper works on", name_of(attributes.type)));
    const bool writes = helper_.id == HelperId::map_update_elem || helper_.id == HelperId::map_delete_elem;
    if (writes && (attributes.flags & bpf_f_rdonly_prog) != 0)
      return refuse("programs may only read this map (BPF_F_RDONLY_PROG)");
    if (helper_.id == HelperId::map_lookup_elem && (attributes.flags & bpf_f_wronly_prog) != 0)
      return refuse("programs may only write this map (BPF_F_WRONLY_PROG)");
    return true;
  }

  [[nodiscard]] bool memory(std::uint64_t address, std::uint64_t bytes, Access wanted) {
    if (machine_.may_access(address, bytes, wanted)) return true;
    const std::string_view verb = wanted == Access::read    ? "read"
                                  : wanted == Access::write ? "write"
                                                            : "read and write";
    return refuse(fmt::format("{} byte{} at 0x{:x} are not memory the program may {}", bytes, bytes == 1 ? "" : "s",
                              address, verb));
  }

  /// The next argument is the size; it is checked when its turn comes, but must not be trusted before.
  [[nodiscard]] bool sized_memory(std::uint64_t address, Access wanted, bool may_be_null) {
    const std::uint64_t bytes = index_ + 1 < args_.size() ? args_[index_ + 1] : 0;
    if (may_be_null && address == 0 && bytes == 0) return true;
    return memory(address, bytes, wanted);
  }

  [[nodiscard]] bool size(std::uint64_t bytes, bool may_be_zero) {
    if (bytes == 0 && !may_be_zero) return refuse("it must not be zero");
    if (bytes >= largest_size)
      return refuse(fmt::format("{} is larger than any memory", static_cast<std::int64_t>(bytes)));
    return true;
  }

  [[nodiscard]] bool context(std::uint64_t address) {
    if (address == machine_.context()) return true;
    return refuse(fmt::format("0x{:x} is not the context the program was given", address));
  }

  [[nodiscard]] bool record(std::uint64_t address) {
    const Region* region = machine_.dynamic_region_at(address, nullptr);
    if (region != nullptr && region->kind == RegionKind::record) return true;
    return refuse(fmt::format("0x{:x} is not the start of a record that bpf_ringbuf_reserve returned", address));
  }

  [[nodiscard]] bool function(std::uint64_t address) {
    const std::uint64_t offset = address - function_handle_base;
    const auto& operations = machine_.code().slot_to_operation;
    const bool exists = offset % slot_bytes_of_handle == 0 && offset / slot_bytes_of_handle < operations.size() &&
                        operations[offset / slot_bytes_of_handle] != ~0U;
    return exists || refuse(fmt::format("0x{:x} is not a function of this program", address));
  }

  [[nodiscard]] bool string(std::uint64_t address) {
    for (std::uint64_t at = address;; ++at) {
      if (!machine_.may_access(at, 1, Access::read))
        return refuse(
            fmt::format("no terminator in the {} bytes that the program may read at 0x{:x}", at - address, address));
      if (*Machine::at(at) == 0) return true;
    }
  }

  [[nodiscard]] bool number_place(std::uint64_t address, std::uint64_t bytes) {
    if (address % bytes != 0) return refuse(fmt::format("0x{:x} is not a multiple of {}", address, bytes));
    return memory(address, bytes, Access::write);
  }

  [[nodiscard]] const MapAttributes& map_attributes() const {
    CHECK(map_ != nullptr);
    return map_->attributes();
  }

  Machine& machine_;
  const HelperInfo& helper_;
  const std::array<std::uint64_t, 5>& args_;
  std::string& problem_;
  KernelMap* map_ = nullptr;  ///< of the last map argument: rows name the map before its keys and values
  std::size_t index_ = 0;
};

}  // namespace

bool check_arguments(Machine& machine, const HelperInfo& helper, const std::array<std::uint64_t, 5>& args,
                     std::string& problem) {
  Check check(machine, helper, args, problem);
  for (std::size_t index = 0; index < args.size(); ++index) {
    if (!check.argument(index)) return false;
  }
  return true;
}

}  // namespace skep
