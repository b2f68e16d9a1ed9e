// What `bpftool map dump` prints (dump_map_elem and print_entry_plain there): hex in groups of eight bytes, lines of
// sixteen, key and value on one line while both are short; per-CPU values one by one. The JSON forms hold the same.
#include "skep/load/print_map.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>

namespace skep {
namespace {

/// One element: its key and either its value (for all CPUs, if per-CPU) or why it could not be read.
struct Element {
  ByteView key;
  ByteView value;
  long error;
};

struct Shape {
  MapInfo info;
  std::uint64_t value_bytes;  ///< at the system call
  std::uint32_t cpus;         ///< 1 unless per-CPU
  [[nodiscard]] bool per_cpu() const { return value_bytes != info.value_size; }
};

Result<Shape> shape_of(const Map& map) {
  TRY(info, map_info(map));
  const std::uint64_t bytes = user_value_size(map.kernel(), info);
  return Shape{info, bytes, bytes == info.value_size ? 1 : map.kernel().possible_cpus()};
}

/// Calls for every element that is there or says why it cannot be read, by key, and counts those that can be. Empty
/// slots are left out. Maps that cannot be walked (ring buffers) have none.
Result<std::uint64_t> for_each_element(const Map& map, const Shape& shape, std::uint64_t limit,
                                       const std::function<void(const Element&)>& use) {
  if (shape.info.key_size == 0) return std::uint64_t{0};
  ByteVector key;
  ByteVector next(shape.info.key_size);
  ByteVector value(shape.value_bytes);
  std::uint64_t count = 0;
  // The limit also ends a walk that concurrent deletion makes start over again and again.
  for (std::uint64_t step = 0; step < limit; ++step) {
    const long error = map_next_key(map, key, next);
    if (error == -ENOENT) return count;
    if (error != 0) return fail_errno(static_cast<int>(-error), "cannot walk the map");
    key = next;
    const long lookup = map_lookup(map, key, value);
    if (lookup == -ENOENT) continue;  // an empty slot, or deleted meanwhile
    if (lookup == 0) ++count;
    use({key, value, lookup});
  }
  return count;
}

ByteView value_of_cpu(const Shape& shape, const Element& element, std::uint32_t cpu) {
  const std::uint64_t stride =
      shape.per_cpu() ? round_up<std::uint64_t>(shape.info.value_size, 8) : shape.info.value_size;
  return element.value.subspan(stride * cpu, shape.info.value_size);
}

/// bpftool's fprint_hex: a wider gap after eight bytes, a new line after sixteen.
std::string hex_lines(ByteView bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    if (i != 0) text += i % 16 == 0 ? "\n" : "  ";
    text += to_hex(bytes.subspan(i, std::min<std::size_t>(8, bytes.size() - i)));
  }
  return text;
}

/// "key: 01 02  value: 03 04": on one line, on two, or with the content below its name, by the lengths of both.
std::string key_and_value(ByteView key, std::string_view value, std::size_t value_length) {
  constexpr std::size_t longest_beside_name = 16;
  constexpr std::size_t longest_line = 24;
  const bool below = key.size() > longest_beside_name || value_length > longest_beside_name;
  const bool one_line = !below && key.size() + value_length <= longest_line;
  return fmt::format("key:{0}{1}{2}value:{0}{3}\n", below ? '\n' : ' ', hex_lines(key), one_line ? "  " : "\n", value);
}

std::string plain_element(const Shape& shape, const Element& element) {
  if (element.error != 0) {
    const std::string why = errno_text(static_cast<int>(-element.error));
    return key_and_value(element.key, why, why.size());
  }
  if (!shape.per_cpu()) return key_and_value(element.key, hex_lines(element.value), element.value.size());
  std::string text = fmt::format("key:\n{}\n", hex_lines(element.key));
  for (std::uint32_t cpu = 0; cpu < shape.cpus; ++cpu) {
    text += fmt::format("value (CPU {:02}):{}{}\n", cpu, shape.info.value_size > 16 ? '\n' : ' ',
                        hex_lines(value_of_cpu(shape, element, cpu)));
  }
  return text;
}

bool is_data_section(const PrintMapOptions& options) {
  return options.btf != nullptr && options.btf->contains(options.value_type) &&
         options.btf->type(options.value_type).kind == BtfKind::datasec;
}

/// {"key": …, "value": …} by type; a data section has no key to show.
void write_typed(JsonWriter& json, const Shape& shape, const Element& element, const PrintMapOptions& options) {
  json.begin_object();
  if (!is_data_section(options)) {
    json.key("key");
    write_value(json, *options.btf, options.key_type, element.key);
  }
  if (element.error != 0) {
    json.field("value", errno_text(static_cast<int>(-element.error)));
  } else if (shape.per_cpu()) {
    json.key("values");
    json.begin_array();
    for (std::uint32_t cpu = 0; cpu < shape.cpus; ++cpu) {
      json.begin_object();
      json.field("cpu", cpu);
      json.key("value");
      write_value(json, *options.btf, options.value_type, value_of_cpu(shape, element, cpu));
      json.end_object();
    }
    json.end_array();
  } else {
    json.key("value");
    write_value(json, *options.btf, options.value_type, element.value);
  }
  json.end_object();
}

bool typed(const PrintMapOptions& options) {
  return options.btf != nullptr && options.value_type != 0 && (options.key_type != 0 || is_data_section(options));
}

void write_hex(JsonWriter& json, ByteView bytes) {
  json.begin_array();
  for (const std::uint8_t byte : bytes) json.value(fmt::format("0x{:02x}", byte));
  json.end_array();
}

void write_element(JsonWriter& json, const Shape& shape, const Element& element, const PrintMapOptions& options) {
  json.begin_object();
  json.key("key");
  write_hex(json, element.key);
  if (element.error != 0) {
    json.key("value");
    json.begin_object();
    json.field("error", errno_text(static_cast<int>(-element.error)));
    json.end_object();
  } else if (shape.per_cpu()) {
    json.key("values");
    json.begin_array();
    for (std::uint32_t cpu = 0; cpu < shape.cpus; ++cpu) {
      json.begin_object();
      json.field("cpu", cpu);
      json.key("value");
      write_hex(json, value_of_cpu(shape, element, cpu));
      json.end_object();
    }
    json.end_array();
  } else {
    json.key("value");
    write_hex(json, element.value);
  }
  if (typed(options)) {
    json.key("formatted");
    write_typed(json, shape, element, options);
  }
  json.end_object();
}

}  // namespace

Result<std::string> print_map(const Map& map, const PrintMapOptions& options) {
  TRY(shape, shape_of(map));
  if (typed(options)) {
    JsonWriter json(true);
    json.begin_array();
    TRY(count, for_each_element(map, shape, options.max_elements,
                                [&](const Element& element) { write_typed(json, shape, element, options); }));
    (void)count;
    json.end_array();
    return json.take() + "\n";
  }
  std::string text;
  TRY(count, for_each_element(map, shape, options.max_elements,
                              [&](const Element& element) { text += plain_element(shape, element); }));
  return text + fmt::format("Found {} element{}\n", count, count == 1 ? "" : "s");
}

Result<void> write_map(JsonWriter& json, const Map& map, const PrintMapOptions& options) {
  TRY(shape, shape_of(map));
  json.begin_array();
  const auto count = for_each_element(map, shape, options.max_elements,
                                      [&](const Element& element) { write_element(json, shape, element, options); });
  json.end_array();
  if (!count) return tl::unexpected<Error>(count.error());
  return {};
}

}  // namespace skep
