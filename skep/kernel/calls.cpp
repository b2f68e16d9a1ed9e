#include "skep/kernel/calls.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace skep {
namespace {

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

/// Linux takes at most 15 characters of letters, digits, '_' and '.': others become '_' so that a name never is why a
/// call fails.
template <std::size_t size>
void copy_name(char (&to)[size], std::string_view name) {
  const std::size_t length = std::min(name.size(), size - 1);
  for (std::size_t i = 0; i < length; ++i) {
    const char c = name[i];
    const bool allowed =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
    to[i] = allowed ? c : '_';
  }
}

bool is_per_cpu(std::uint32_t number) {
  const auto type = static_cast<MapType>(number);
  return type == MapType::percpu_hash || type == MapType::percpu_array || type == MapType::lru_percpu_hash ||
         type == MapType::percpu_cgroup_storage;
}

template <typename Attr>
long call(Kernel& kernel, BpfCommand command, Attr& attr) {
  return kernel.bpf(command, &attr, sizeof attr);
}

int code_of(long result) { return static_cast<int>(-result); }

long element_call(const Map& map, BpfCommand command, const void* key, void* value, std::uint64_t flags) {
  MapElementAttr attr{};
  attr.map_fd = static_cast<std::uint32_t>(map.fd());
  attr.key = address_of(key);
  attr.value = address_of(value);
  attr.flags = flags;
  return call(map.kernel(), command, attr);
}

}  // namespace

Result<Map> create_map(Kernel& kernel, const MapCreateOptions& options) {
  MapCreateAttr attr{};
  attr.map_type = options.type;
  attr.key_size = options.key_size;
  attr.value_size = options.value_size;
  attr.max_entries = options.max_entries;
  attr.map_flags = options.flags;
  attr.inner_map_fd = static_cast<std::uint32_t>(options.inner_map_fd);
  attr.numa_node = options.numa_node;
  copy_name(attr.map_name, options.name);
  attr.btf_fd = static_cast<std::uint32_t>(options.btf_fd);
  attr.btf_key_type_id = options.key_type;
  attr.btf_value_type_id = options.value_type;
  attr.map_extra = options.extra;
  const long fd = call(kernel, BpfCommand::map_create, attr);
  if (fd < 0) {
    const TypeInfo* type = find_map_type(options.type);
    return fail_errno(code_of(fd),
                      fmt::format("cannot create map {} ({}, key {} bytes, value {} bytes, {} entries)", options.name,
                                  type != nullptr ? std::string(type->name) : fmt::format("type {}", options.type),
                                  options.key_size, options.value_size, options.max_entries));
  }
  return Map(kernel, static_cast<int>(fd));
}

ProgLoadResult load_program(Kernel& kernel, const ProgLoadOptions& options) {
  const ByteVector code = bytes_from_slots(options.code);
  ProgLoadAttr attr{};
  attr.prog_type = static_cast<std::uint32_t>(options.type);
  attr.insn_cnt = static_cast<std::uint32_t>(options.code.size());
  attr.insns = address_of(code.data());
  attr.license = address_of(options.license.c_str());
  attr.kern_version = options.kernel_version;
  attr.prog_flags = options.flags;
  copy_name(attr.prog_name, options.name);
  attr.expected_attach_type = static_cast<std::uint32_t>(options.attach_type);
  attr.prog_btf_fd = static_cast<std::uint32_t>(options.btf_fd);
  attr.func_info_rec_size = options.functions.empty() ? 0 : sizeof(FuncInfoRecord);
  attr.func_info = address_of(options.functions.data());
  attr.func_info_cnt = static_cast<std::uint32_t>(options.functions.size());
  attr.line_info_rec_size = options.lines.empty() ? 0 : sizeof(LineInfoRecord);
  attr.line_info = address_of(options.lines.data());
  attr.line_info_cnt = static_cast<std::uint32_t>(options.lines.size());

  ProgLoadResult result;
  std::string log;
  long fd = 0;
  if (options.log_level == 0) {
    fd = call(kernel, BpfCommand::prog_load, attr);
    if (fd >= 0) {
      result.program = Program(kernel, static_cast<int>(fd));
      return result;
    }
  }
  // Asked for, or refused: (again) with a log, in a buffer that grows until the kernel stops saying ENOSPC.
  for (std::size_t size = 64 * 1024; size <= 16 * 1024 * 1024; size *= 4) {
    log.assign(size, '\0');
    attr.log_level = std::max(options.log_level, 1U);
    attr.log_size = static_cast<std::uint32_t>(size);
    attr.log_buf = address_of(log.data());
    fd = call(kernel, BpfCommand::prog_load, attr);
    if (fd != -ENOSPC) break;
  }
  result.log = log.c_str();
  if (fd >= 0) {
    result.program = Program(kernel, static_cast<int>(fd));
  } else {
    result.error = code_of(fd);
  }
  return result;
}

Result<BtfObject> load_btf(Kernel& kernel, ByteView btf) {
  BtfLoadAttr attr{};
  attr.btf = address_of(btf.data());
  attr.btf_size = static_cast<std::uint32_t>(btf.size());
  const long fd = call(kernel, BpfCommand::btf_load, attr);
  if (fd >= 0) return BtfObject(kernel, static_cast<int>(fd));
  std::string log(64 * 1024, '\0');
  attr.btf_log_buf = address_of(log.data());
  attr.btf_log_size = static_cast<std::uint32_t>(log.size());
  attr.btf_log_level = 1;
  (void)call(kernel, BpfCommand::btf_load, attr);
  log.resize(std::strlen(log.c_str()));
  return fail_errno(code_of(fd), fmt::format("the kernel refuses the object's BTF{}{}", log.empty() ? "" : ": ", log));
}

long map_lookup(const Map& map, ByteView key, MutableBytes value, std::uint64_t flags) {
  return element_call(map, BpfCommand::map_lookup_elem, key.data(), value.data(), flags);
}

long map_update(const Map& map, ByteView key, ByteView value, std::uint64_t flags) {
  return element_call(map, BpfCommand::map_update_elem, key.data(), const_cast<std::uint8_t*>(value.data()), flags);
}

long map_delete(const Map& map, ByteView key) {
  return element_call(map, BpfCommand::map_delete_elem, key.data(), nullptr, 0);
}

long map_next_key(const Map& map, ByteView key, MutableBytes next) {
  return element_call(map, BpfCommand::map_get_next_key, key.empty() ? nullptr : key.data(), next.data(), 0);
}

long map_freeze(const Map& map) {
  std::uint32_t attr = static_cast<std::uint32_t>(map.fd());
  return map.kernel().bpf(BpfCommand::map_freeze, &attr, sizeof attr);
}

namespace {

template <typename Info>
Result<Info> object_info(Kernel& kernel, int fd, std::string_view what) {
  Info info{};
  ObjInfoAttr attr{};
  attr.bpf_fd = static_cast<std::uint32_t>(fd);
  attr.info_len = sizeof info;
  attr.info = address_of(&info);
  const long result = call(kernel, BpfCommand::obj_get_info_by_fd, attr);
  if (result < 0) return fail_errno(code_of(result), fmt::format("cannot ask the kernel about the {}", what));
  return info;
}

}  // namespace

Result<MapInfo> map_info(const Map& map) { return object_info<MapInfo>(map.kernel(), map.fd(), "map"); }
Result<ProgInfo> program_info(const Program& program) {
  return object_info<ProgInfo>(program.kernel(), program.fd(), "program");
}

std::uint64_t user_value_size(const Kernel& kernel, const MapInfo& info) {
  if (!is_per_cpu(info.type)) return info.value_size;
  return round_up<std::uint64_t>(info.value_size, 8) * kernel.possible_cpus();
}

Result<TestRunResult> test_run(const Program& program, const TestRunOptions& options) {
  TestRunResult result;
  // Programs may grow a packet: the kernel's own limit is headroom plus tailroom of a page.
  const std::uint32_t room = options.data_size_out.value_or(
      options.data_in.empty() ? 0 : static_cast<std::uint32_t>(options.data_in.size()) + 4096);
  result.data_out.resize(room);
  result.context_out.resize(options.context_size_out);
  ProgTestRunAttr attr{};
  attr.prog_fd = static_cast<std::uint32_t>(program.fd());
  attr.data_in = address_of(options.data_in.data());
  attr.data_size_in = static_cast<std::uint32_t>(options.data_in.size());
  attr.data_out = room == 0 ? 0 : address_of(result.data_out.data());
  attr.data_size_out = room;
  attr.repeat = options.repeat;
  attr.ctx_in = options.context_in.empty() ? 0 : address_of(options.context_in.data());
  attr.ctx_size_in = static_cast<std::uint32_t>(options.context_in.size());
  attr.ctx_out = options.context_size_out == 0 ? 0 : address_of(result.context_out.data());
  attr.ctx_size_out = options.context_size_out;
  attr.flags = options.flags;
  attr.cpu = options.cpu;
  const long code = call(program.kernel(), BpfCommand::prog_test_run, attr);
  if (code < 0) return fail_errno(code_of(code), "the kernel cannot run the program on this input");
  result.retval = attr.retval;
  result.duration_ns = attr.duration;
  result.data_out.resize(std::min<std::size_t>(room, attr.data_size_out));
  result.context_out.resize(std::min<std::size_t>(options.context_size_out, attr.ctx_size_out));
  return result;
}

}  // namespace skep
