// bpf(2): OBJ_GET_INFO_BY_FD, *_GET_NEXT_ID, *_GET_FD_BY_ID. Info structs grow between kernels: a shorter one is filled
// as far as it goes, a longer one must be zero behind what we know (bpf_check_uarg_tail_zero).
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "skep/user/state.hpp"

namespace skep {
namespace {

template <std::size_t size>
void copy_name(char (&to)[size], const std::string& from) {
  std::copy_n(from.begin(), std::min(from.size(), size - 1), to);
}

/// Reads the caller's info struct (input fields of it matter) and checks its tail.
template <typename Info>
long read_info(const Attr& attr, const ObjInfoAttr& wanted, Info& info) {
  if (wanted.info_len > 4096) return -E2BIG;
  ByteVector bytes(wanted.info_len);
  if (const int error = attr.memory().read(wanted.info, bytes); error != 0) return error;
  const std::size_t known = std::min(bytes.size(), sizeof info);
  if (!std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(known), bytes.end(),
                   [](std::uint8_t byte) { return byte == 0; }))
    return -E2BIG;
  if (known != 0) std::memcpy(&info, bytes.data(), known);  // an empty vector has no address
  return 0;
}

template <typename Info>
long write_info(const Attr& attr, const ObjInfoAttr& wanted, const Info& info) {
  const auto length = std::min<std::uint32_t>(wanted.info_len, sizeof info);
  if (attr.memory().write(wanted.info, bytes_of(info).first(length)) != 0) return -EFAULT;
  return attr.put(offsetof(ObjInfoAttr, info_len), length);
}

/// Copies as much of an array as the caller has room for; the count field then says how many there are.
template <typename Count>
long write_array(UserMemory& memory, std::uint64_t to, Count room, ByteView content, std::size_t record) {
  const std::size_t bytes = std::min<std::size_t>(static_cast<std::size_t>(room) * record, content.size());
  return to == 0 || bytes == 0 ? 0 : memory.write(to, content.first(bytes));
}

long program_info(const ProgramEntry& program, const Attr& attr, const ObjInfoAttr& wanted) {
  ProgInfo asked{};
  if (const long error = read_info(attr, wanted, asked); error != 0) return error;
  ProgInfo info{};
  info.type = static_cast<std::uint32_t>(program.type);
  info.id = program.id;
  std::copy(program.tag.begin(), program.tag.end(), info.tag);
  info.load_time = program.load_time_ns;
  info.created_by_uid = program.uid;
  copy_name(info.name, program.name);
  info.gpl_compatible = program.gpl_compatible ? 1 : 0;
  info.run_time_ns = program.run_time_ns;
  info.run_cnt = program.run_count;
  info.btf_id = program.btf == nullptr ? 0 : program.btf->id;
  info.verified_insns = 0;

  std::vector<std::uint32_t> ids;
  for (const auto& map : program.maps) ids.push_back(map->id);
  const ByteView id_bytes(reinterpret_cast<const std::uint8_t*>(ids.data()), ids.size() * sizeof(std::uint32_t));
  const ByteVector code = bytes_from_slots(program.translated);
  UserMemory& memory = attr.memory();
  const bool failed =
      write_array(memory, asked.map_ids, asked.nr_map_ids, id_bytes, 4) != 0 ||
      write_array(memory, asked.xlated_prog_insns, asked.xlated_prog_len, code, 1) != 0 ||
      write_array(memory, asked.func_info, asked.nr_func_info, program.function_info, sizeof(FuncInfoRecord)) != 0 ||
      write_array(memory, asked.line_info, asked.nr_line_info, program.line_info, sizeof(LineInfoRecord)) != 0 ||
      write_array(memory, asked.prog_tags, asked.nr_prog_tags, program.tag, 8) != 0;
  if (failed) return -EFAULT;
  info.map_ids = asked.map_ids;
  info.nr_map_ids = static_cast<std::uint32_t>(ids.size());
  info.xlated_prog_insns = asked.xlated_prog_insns;
  info.xlated_prog_len = static_cast<std::uint32_t>(code.size());
  info.func_info = asked.func_info;
  info.nr_func_info = static_cast<std::uint32_t>(program.function_info.size() / sizeof(FuncInfoRecord));
  info.func_info_rec_size = sizeof(FuncInfoRecord);
  info.line_info = asked.line_info;
  info.nr_line_info = static_cast<std::uint32_t>(program.line_info.size() / sizeof(LineInfoRecord));
  info.line_info_rec_size = sizeof(LineInfoRecord);
  info.jited_line_info_rec_size = sizeof(std::uint64_t);
  info.prog_tags = asked.prog_tags;
  info.nr_prog_tags = 1;
  return write_info(attr, wanted, info);
}

long map_info(const MapEntry& entry, const Attr& attr, const ObjInfoAttr& wanted) {
  MapInfo asked{};
  if (const long error = read_info(attr, wanted, asked); error != 0) return error;
  const MapAttributes& map = entry.map->attributes();
  MapInfo info{};
  info.type = static_cast<std::uint32_t>(map.type);
  info.id = entry.id;
  info.key_size = map.key_size;
  info.value_size = map.value_size;
  info.max_entries = map.max_entries;
  info.map_flags = map.flags;
  info.map_extra = map.extra;
  copy_name(info.name, entry.name);
  info.btf_id = entry.btf == nullptr ? 0 : entry.btf->id;
  info.btf_key_type_id = entry.key_type;
  info.btf_value_type_id = entry.value_type;
  return write_info(attr, wanted, info);
}

long btf_info(const BtfEntry& entry, const Attr& attr, const ObjInfoAttr& wanted) {
  BtfInfo asked{};
  if (const long error = read_info(attr, wanted, asked); error != 0) return error;
  const ByteView bytes = entry.btf.bytes();
  if (write_array(attr.memory(), asked.btf, asked.btf_size, bytes, 1) != 0) return -EFAULT;
  BtfInfo info = asked;
  info.btf_size = static_cast<std::uint32_t>(bytes.size());
  info.id = entry.id;
  info.name_len = 0;
  info.kernel_btf = 0;
  return write_info(attr, wanted, info);
}

long link_info(const LinkEntry& entry, const Attr& attr, const ObjInfoAttr& wanted) {
  LinkInfo asked{};
  if (const long error = read_info(attr, wanted, asked); error != 0) return error;
  LinkInfo info{};
  info.type = static_cast<std::uint32_t>(entry.type);
  info.id = entry.id;
  info.prog_id = entry.program->id;
  if (entry.type == LinkType::raw_tracepoint) {
    // bpf_copy_to_user(): the name with its terminator, cut to the caller's room (-ENOSPC then).
    const auto room = asked.raw_tracepoint_name_len;
    if ((asked.raw_tracepoint_name != 0) != (room != 0)) return -EINVAL;
    info.raw_tracepoint_name = asked.raw_tracepoint_name;
    info.raw_tracepoint_name_len = static_cast<std::uint32_t>(entry.target_name.size()) + 1;
    if (room != 0) {
      const std::string name = entry.target_name.substr(0, room - 1) + '\0';
      if (attr.memory().write(asked.raw_tracepoint_name, as_bytes(name)) != 0) return -EFAULT;
      if (entry.target_name.size() + 1 > room) return -ENOSPC;
    }
  }
  return write_info(attr, wanted, info);
}

template <typename Table>
long next_id(const Table& table, const Attr& attr) {
  const auto wanted = attr.as<GetIdAttr>();
  const std::uint32_t next = table.next(wanted.id);
  if (next == 0) return -ENOENT;
  return attr.put(offsetof(GetIdAttr, next_id), next);
}

template <typename Table>
long fd_by_id(UserKernel::State& state, const Table& table, const Attr& attr) {
  auto object = table.find(attr.as<GetIdAttr>().id);
  return object == nullptr ? -ENOENT : state.install(std::move(object));
}

}  // namespace

long UserKernel::State::obj_get_info_by_fd(const Attr& attr) {
  const auto wanted = attr.as<ObjInfoAttr>();
  const auto object = fds.find(wanted.bpf_fd);
  if (object == nullptr) return -EBADFD;
  if (const auto* program = dynamic_cast<const ProgramEntry*>(object.get()))
    return program_info(*program, attr, wanted);
  if (const auto* map = dynamic_cast<const MapEntry*>(object.get())) return map_info(*map, attr, wanted);
  if (const auto* btf = dynamic_cast<const BtfEntry*>(object.get())) return btf_info(*btf, attr, wanted);
  if (const auto* link = dynamic_cast<const LinkEntry*>(object.get())) return link_info(*link, attr, wanted);
  return -EINVAL;
}

long UserKernel::State::prog_get_next_id(const Attr& attr) { return next_id(programs, attr); }
long UserKernel::State::map_get_next_id(const Attr& attr) { return next_id(maps, attr); }
long UserKernel::State::btf_get_next_id(const Attr& attr) { return next_id(btfs, attr); }
long UserKernel::State::link_get_next_id(const Attr& attr) { return next_id(links, attr); }
long UserKernel::State::prog_get_fd_by_id(const Attr& attr) { return fd_by_id(*this, programs, attr); }
long UserKernel::State::map_get_fd_by_id(const Attr& attr) { return fd_by_id(*this, maps, attr); }
long UserKernel::State::btf_get_fd_by_id(const Attr& attr) { return fd_by_id(*this, btfs, attr); }
long UserKernel::State::link_get_fd_by_id(const Attr& attr) { return fd_by_id(*this, links, attr); }

}  // namespace skep
