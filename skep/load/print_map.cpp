#include "skep/load/print_map.hpp"

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

/// Calls for every element, by key, as bpftool does. Maps that cannot be walked (ring buffers) have none.
Result<std::uint64_t> for_each_element(const Map& map, const Shape& shape, std::uint64_t limit,
                                       const std::function<void(const Element&)>& use) {
  if (shape.info.key_size == 0) return std::uint64_t{0};
  ByteVector key;
  ByteVector next(shape.info.key_size);
  ByteVector value(shape.value_bytes);
  std::uint64_t count = 0;
  // The limit also ends a walk that concurrent deletion makes start over again and again.
  for (; count < limit; ++count) {
    const long error = map_next_key(map, key, next);
    if (error == -ENOENT) return count;
    if (error != 0) return fail_errno(static_cast<int>(-error), "cannot walk the map");
    key = next;
    const long lookup = map_lookup(map, key, value);
    if (lookup == -ENOENT && static_cast<MapType>(shape.info.type) != MapType::prog_array &&
        static_cast<MapType>(shape.info.type) != MapType::perf_event_array) {
      continue;  // deleted meanwhile
    }
    use({key, value, lookup});
  }
  return count;
}

ByteView value_of_cpu(const Shape& shape, const Element& element, std::uint32_t cpu) {
  const std::uint64_t stride =
      shape.per_cpu() ? round_up<std::uint64_t>(shape.info.value_size, 8) : shape.info.value_size;
  return element.value.subspan(stride * cpu, shape.info.value_size);
}

/// bpftool prints on one line what is short enough.
std::string plain_element(const Shape& shape, const Element& element) {
  const std::string key = to_hex(element.key);
  if (element.error != 0) return fmt::format("key: {}  value: {}\n", key, errno_text(static_cast<int>(-element.error)));
  if (shape.per_cpu()) {
    std::string text = fmt::format("key:\n{}\n", key);
    for (std::uint32_t cpu = 0; cpu < shape.cpus; ++cpu)
      text += fmt::format("value (CPU {:02}): {}\n", cpu, to_hex(value_of_cpu(shape, element, cpu)));
    return text;
  }
  const bool one_line =
      shape.info.key_size + shape.info.value_size <= 24 && shape.info.key_size <= 16 && shape.info.value_size <= 16;
  return one_line ? fmt::format("key: {}  value: {}\n", key, to_hex(element.value))
                  : fmt::format("key:\n{}\nvalue:\n{}\n", key, to_hex(element.value));
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
