// bpf(2): MAP_CREATE and the element commands. Order of checks and errnos: map_create(), map_lookup_elem(), … in
// kernel/bpf/syscall.c, by observation.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "skep/user/names.hpp"
#include "skep/user/state.hpp"

namespace skep {
namespace {

/// What SlotMaps hold, from a descriptor (prog_fd_array_get_ptr(), perf_event_fd_array_get_ptr()).
std::shared_ptr<SlotObject> slot_object(const FdTable& fds, MapEntry& map, std::uint32_t fd, long& error) {
  if (map.map->attributes().type == MapType::prog_array) {
    auto program = fds.find_as<ProgramEntry>(fd, error);
    if (program == nullptr || map.takes_tail_calls_of(program->tail_call_kind())) return program;
    error = -EINVAL;
    return nullptr;
  }
  const auto event = fds.find_as<PerfOutputEntry>(fd, error);
  return event == nullptr ? nullptr : event->buffer;
}

/// One element command: its attr, the map, and buffers of the right sizes.
struct Element {
  MapElementAttr attr{};
  std::shared_ptr<MapEntry> entry;
  long error = 0;

  Element(const FdTable& fds, const Attr& from) : attr(from.as<MapElementAttr>()) {
    entry = fds.find_as<MapEntry>(attr.map_fd, error);
  }
  [[nodiscard]] KernelMap& map() const { return *entry->map; }
  [[nodiscard]] std::uint32_t flags() const { return map().attributes().flags; }

  /// __bpf_copy_key(): the key, or for maps without keys none; -EINVAL if one is given all the same.
  [[nodiscard]] long copy_key(UserMemory& memory, ByteVector& key) const {
    key.resize(map().attributes().key_size);
    if (key.empty()) return attr.key == 0 ? 0 : -EINVAL;
    return memory.read(attr.key, key);
  }
};

}  // namespace

long UserKernel::State::map_create(const Attr& attr) {
  const auto wanted = attr.as<MapCreateAttr>();
  MapAttributes attributes;
  if (wanted.map_ifindex != 0) return -EINVAL;
  if (wanted.btf_vmlinux_value_type_id != 0 || wanted.excl_prog_hash != 0 || wanted.excl_prog_hash_size != 0)
    return -EINVAL;
  const auto type = static_cast<MapType>(wanted.map_type);
  if (wanted.btf_key_type_id != 0 && wanted.btf_value_type_id == 0) return -EINVAL;
  if (wanted.map_extra != 0 && type != MapType::bloom_filter && type != MapType::arena) return -EINVAL;
  if ((wanted.map_flags & bpf_f_rdonly) != 0 && (wanted.map_flags & bpf_f_wronly) != 0) return -EINVAL;
  if (find_map_type(wanted.map_type) == nullptr || type == MapType::unspec) return -EINVAL;
  attributes.type = type;
  attributes.key_size = wanted.key_size;
  attributes.value_size = wanted.value_size;
  attributes.max_entries = wanted.max_entries;
  attributes.flags = wanted.map_flags;
  attributes.extra = wanted.map_extra;
  attributes.numa_node = wanted.numa_node;
  int error = 0;
  auto map = skep::create_map(attributes, CpuCount{options.cpus}, error);
  if (map == nullptr) return error;

  auto entry = std::make_shared<MapEntry>();
  if (!copy_object_name(wanted.map_name, entry->name)) return -EINVAL;
  entry->map = std::move(map);
  if (wanted.btf_key_type_id != 0 || wanted.btf_value_type_id != 0) {
    long btf_error = 0;
    entry->btf = fds.find_as<BtfEntry>(wanted.btf_fd, btf_error);
    if (entry->btf == nullptr) return btf_error;
    const Btf& btf = entry->btf->btf;
    // map_check_btf(): the types must have the map's sizes; a map without keys (.bss has one) may leave the key's type
    // out.
    if (wanted.btf_key_type_id != 0 && btf.size_of(wanted.btf_key_type_id) != wanted.key_size) return -EINVAL;
    if (btf.size_of(wanted.btf_value_type_id) != wanted.value_size) return -EINVAL;
    entry->key_type = wanted.btf_key_type_id;
    entry->value_type = wanted.btf_value_type_id;
  }
  maps.add(entry);
  return install(entry);
}

long UserKernel::State::map_lookup_elem(const Attr& attr) {
  const Element element(fds, attr);
  if (element.entry == nullptr) return element.error;
  if ((element.flags() & bpf_f_wronly) != 0) return -EPERM;
  ByteVector key;
  if (const long error = element.copy_key(attr.memory(), key); error != 0) return error;
  ByteVector value(element.map().user_value_size());
  if (const int error = element.map().user_lookup(key, value, element.attr.flags); error != 0) return error;
  return attr.memory().write(element.attr.value, value);
}

long UserKernel::State::map_update_elem(const Attr& attr) {
  const Element element(fds, attr);
  if (element.entry == nullptr) return element.error;
  if ((element.flags() & bpf_f_rdonly) != 0 || element.map().frozen()) return -EPERM;
  ByteVector key;
  if (const long error = element.copy_key(attr.memory(), key); error != 0) return error;
  ByteVector value(element.map().user_value_size());
  if (const int error = attr.memory().read(element.attr.value, value); error != 0) return error;
  auto* slots = dynamic_cast<SlotMap*>(&element.map());
  if (slots == nullptr) return element.map().user_update(key, value, element.attr.flags);
  const auto index = load_unaligned<std::uint32_t>(key.data());
  if (element.attr.flags != bpf_any) return -EINVAL;
  if (index >= slots->attributes().max_entries) return -E2BIG;
  long error = 0;
  auto object = slot_object(fds, *element.entry, load_unaligned<std::uint32_t>(value.data()), error);
  return object == nullptr ? error : slots->set(index, std::move(object), element.attr.flags);
}

long UserKernel::State::map_delete_elem(const Attr& attr) {
  const Element element(fds, attr);
  if (element.entry == nullptr) return element.error;
  if ((element.flags() & bpf_f_rdonly) != 0 || element.map().frozen()) return -EPERM;
  ByteVector key;
  if (const long error = element.copy_key(attr.memory(), key); error != 0) return error;
  return element.map().user_erase(key);
}

long UserKernel::State::map_lookup_and_delete_elem(const Attr& attr) {
  const Element element(fds, attr);
  if (element.entry == nullptr) return element.error;
  if ((element.flags() & (bpf_f_rdonly | bpf_f_wronly)) != 0 || element.map().frozen()) return -EPERM;
  ByteVector key;
  if (const long error = element.copy_key(attr.memory(), key); error != 0) return error;
  ByteVector value(element.map().user_value_size());
  if (const int error = element.map().user_lookup_and_erase(key, value, element.attr.flags); error != 0) return error;
  return attr.memory().write(element.attr.value, value);
}

long UserKernel::State::map_get_next_key(const Attr& attr) {
  const Element element(fds, attr);
  if (element.entry == nullptr) return element.error;
  if ((element.flags() & bpf_f_wronly) != 0) return -EPERM;
  ByteVector key;
  if (element.attr.key != 0) {
    if (const long error = element.copy_key(attr.memory(), key); error != 0) return error;
  }
  ByteVector next(element.map().attributes().key_size);
  if (const int error = element.map().next_key(key, next); error != 0) return error;
  return attr.memory().write(element.attr.value, next);
}

long UserKernel::State::map_freeze(const Attr& attr) {
  long error = 0;
  const auto entry = fds.find_as<MapEntry>(attr.as<std::uint32_t>(), error);
  return entry == nullptr ? error : entry->map->freeze();
}

}  // namespace skep
