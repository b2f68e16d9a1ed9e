// A value is walked once, by its type, and told to a sink; JSON and text are two sinks. Which bytes make which value is
// bpftool's BTF dumper's choice (btf_dumper.c): char arrays that hold printable text up to a zero are strings, bit
// fields and 128-bit integers are hex. Hostile types bound the walk: depth and number of values.
#include "skep/btf/value.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "skep/btf/c_declaration.hpp"

namespace skep {
namespace {

constexpr int depth_limit = 32;  ///< nesting that is followed; deeper is shown as null
// What one call may print: a value is one step, a member's name one for each 16 bytes. C's types need fewer than 24 a
// byte (eight bit fields with names of 32); hostile types contain themselves and would never end.
constexpr std::uint64_t steps_for_small = 4096;
constexpr std::uint64_t steps_per_byte = 32;
constexpr std::uint64_t name_bytes_per_step = 16;

/// `bits` bits at `bit_offset` of little-endian bytes, as far as there are bytes.
std::uint64_t read_bits(ByteView bytes, std::uint64_t bit_offset, std::uint32_t bits) {
  std::uint64_t value = 0;
  for (std::uint32_t i = 0; i < bits && i < 64; ++i) {
    const std::uint64_t at = bit_offset + i;
    if (at / 8 >= bytes.size()) break;
    value |= static_cast<std::uint64_t>(bytes[at / 8] >> (at % 8) & 1) << i;
  }
  return value;
}

std::int64_t sign_extended(std::uint64_t value, std::uint32_t bits) {
  if (bits == 0 || bits >= 64) return static_cast<std::int64_t>(value);
  const std::uint64_t sign = std::uint64_t{1} << (bits - 1);
  return static_cast<std::int64_t>((value ^ sign) - sign);
}

bool is_qualifier(BtfKind kind) {
  return kind == BtfKind::const_ || kind == BtfKind::volatile_ || kind == BtfKind::restrict_;
}

/// A typedef of char counts as a number there, as bpftool has it.
bool is_char(const Btf& btf, std::uint32_t id) {
  const BtfType* type = &btf.type(id);
  for (int step = 0; step < depth_limit && is_qualifier(type->kind); ++step) type = &btf.type(type->type);
  return type->kind == BtfKind::integer && type->size == 1 && ((type->encoding & 2) != 0 || type->name == "char");
}

/// The text of a char array: printable characters up to a zero (bpftool's is_str_array). Nothing if it is not that.
std::optional<std::string_view> array_text(ByteView bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), std::uint8_t{0});
  const auto printable = [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; };
  if (end == bytes.end() || !std::all_of(bytes.begin(), end, printable)) return std::nullopt;
  return as_text(bytes.first(static_cast<std::size_t>(end - bytes.begin())));
}

/// 128 bits in hex.
std::string wide_text(std::uint64_t low, std::uint64_t high) {
  return high == 0 ? fmt::format("{:#x}", low) : fmt::format("{:#x}{:016x}", high, low);
}

/// Walks a value by its type and tells a sink; the two public printers are two sinks.
template <typename Sink>
class ValueWalk {
 public:
  ValueWalk(const Btf& btf, Sink& sink, std::size_t size)
      : btf_(btf), sink_(sink), steps_left_(steps_for_small + steps_per_byte * size) {}

  void value(std::uint32_t id, ByteView bytes, std::uint64_t bit_offset, std::uint32_t bitfield, int depth) {
    const std::uint32_t resolved = btf_.resolve(id);
    if (depth > depth_limit || steps_left_ == 0 || resolved == 0) return sink_.nothing();
    --steps_left_;
    const BtfType& type = btf_.type(resolved);
    const std::uint64_t byte = bit_offset / 8;
    const ByteView rest = byte <= bytes.size() ? bytes.subspan(byte) : ByteView{};
    switch (type.kind) {
      case BtfKind::integer:
        return bitfield != 0 ? bit_field(type, bytes, bit_offset, bitfield) : integer(type, bytes, bit_offset);
      case BtfKind::enum_:
      case BtfKind::enum64: return enumerator(type, bytes, bit_offset, bitfield != 0 ? bitfield : type.size * 8);
      case BtfKind::pointer: return sink_.pointer(read_bits(bytes, bit_offset, 64));
      case BtfKind::array: return array(type, rest, depth);
      case BtfKind::struct_:
      case BtfKind::union_: return members(type, rest, depth);
      case BtfKind::datasec: return section(type, bytes, depth);
      case BtfKind::variable: return value(type.type, bytes, bit_offset, 0, depth + 1);
      case BtfKind::float_: return floating(type, rest);
      case BtfKind::void_:
      case BtfKind::forward:
      case BtfKind::typedef_:
      case BtfKind::volatile_:
      case BtfKind::const_:
      case BtfKind::restrict_:
      case BtfKind::function:
      case BtfKind::function_proto:
      case BtfKind::decl_tag:
      case BtfKind::type_tag: return sink_.nothing();
    }
  }

 private:
  void integer(const BtfType& type, ByteView bytes, std::uint64_t bit_offset) {
    if (type.bits > 64) return sink_.wide(read_bits(bytes, bit_offset, 64), read_bits(bytes, bit_offset + 64, 64));
    const std::uint64_t value = read_bits(bytes, bit_offset + type.bit_offset, type.bits);
    if ((type.encoding & 4) != 0) return sink_.boolean(value != 0);
    if ((type.encoding & 1) != 0) return sink_.number(sign_extended(value, type.bits));
    sink_.number(value);
  }

  void bit_field(const BtfType& type, ByteView bytes, std::uint64_t bit_offset, std::uint32_t bits) {
    const std::uint64_t value = read_bits(bytes, bit_offset, bits);
    sink_.bit_field(value, (type.encoding & 1) != 0 ? sign_extended(value, bits) : static_cast<std::int64_t>(value));
  }

  void enumerator(const BtfType& type, ByteView bytes, std::uint64_t bit_offset, std::uint32_t bits) {
    const std::uint64_t value = read_bits(bytes, bit_offset, bits);
    const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    for (const BtfEnumerator& candidate : type.enumerators) {
      if ((static_cast<std::uint64_t>(candidate.value) & mask) == value) return sink_.name(candidate.name);
    }
    if (type.kind_flag) return sink_.number(sign_extended(value, bits));
    sink_.number(value);
  }

  void floating(const BtfType& type, ByteView bytes) {
    if (type.size == 4 && bytes.size() >= 4)
      return sink_.real(static_cast<double>(load_unaligned<float>(bytes.data())));
    if (type.size == 8 && bytes.size() >= 8) return sink_.real(load_unaligned<double>(bytes.data()));
    sink_.nothing();
  }

  void array(const BtfType& type, ByteView bytes, int depth) {
    const std::uint64_t element = btf_.size_of(type.type).value_or(0);
    const std::uint64_t count = std::min<std::uint64_t>(type.element_count, element == 0 ? 0 : bytes.size() / element);
    if (element == 1 && is_char(btf_, type.type)) {
      if (const auto text = array_text(bytes.first(count))) return sink_.text(*text);
    }
    sink_.begin_list();
    for (std::uint64_t i = 0; i < count && steps_left_ != 0; ++i) {
      sink_.item();
      value(type.type, bytes.subspan(i * element, element), 0, 0, depth + 1);
    }
    sink_.end_list();
  }

  void named(std::string_view name) {
    steps_left_ -= std::min<std::uint64_t>(steps_left_, name.size() / name_bytes_per_step);
    sink_.member(name);
  }

  void members(const BtfType& type, ByteView bytes, int depth) {
    sink_.begin_object();
    for (const BtfMember& member : type.members) {
      if (steps_left_ == 0) break;
      named(member.name);
      value(member.type, bytes, member.bit_offset, member.bitfield_size, depth + 1);
    }
    sink_.end_object();
  }

  /// bpftool's form: {".bss": [{"counter": 1}, …]}.
  void section(const BtfType& type, ByteView bytes, int depth) {
    sink_.begin_object();
    named(type.name);
    sink_.begin_list();
    for (const BtfSectionVariable& variable : type.variables) {
      if (!btf_.contains(variable.type) || variable.offset > bytes.size() || steps_left_ == 0) continue;
      sink_.item();
      sink_.begin_object();
      named(btf_.type(variable.type).name);
      value(variable.type,
            bytes.subspan(variable.offset, std::min<std::size_t>(variable.size, bytes.size() - variable.offset)), 0, 0,
            depth + 1);
      sink_.end_object();
    }
    sink_.end_list();
    sink_.end_object();
  }

  const Btf& btf_;
  Sink& sink_;
  std::uint64_t steps_left_;
};

struct JsonSink {
  JsonWriter& json;
  void nothing() { json.null(); }
  template <typename T>
  void number(T value) {
    json.value(value);
  }
  void real(double value) { json.value(value); }
  void boolean(bool value) { json.value(value); }
  void name(std::string_view text) { json.value(text); }
  void text(std::string_view text) { json.value(text); }
  void pointer(std::uint64_t value) { json.value(fmt::format("{:#x}", value)); }
  void wide(std::uint64_t low, std::uint64_t high) { json.value(wide_text(low, high)); }
  void bit_field(std::uint64_t raw, std::int64_t /*number*/) { json.value(fmt::format("{:#x}", raw)); }
  void begin_list() { json.begin_array(); }
  void item() {}
  void end_list() { json.end_array(); }
  void begin_object() { json.begin_object(); }
  void member(std::string_view text) { json.key(text); }
  void end_object() { json.end_object(); }
};

struct TextSink {
  std::string out;
  bool first = true;
  void nothing() { out += "?"; }
  template <typename T>
  void number(T value) {
    out += fmt::format("{}", value);
  }
  void real(double value) { out += fmt::format("{}", value); }
  void boolean(bool value) { out += value ? "true" : "false"; }
  void name(std::string_view text) { out += text; }
  void text(std::string_view text) { out += c_string(text); }
  void pointer(std::uint64_t value) { out += fmt::format("{:#x}", value); }
  void wide(std::uint64_t low, std::uint64_t high) { out += wide_text(low, high); }
  void bit_field(std::uint64_t /*raw*/, std::int64_t number) { out += fmt::format("{}", number); }
  void open() {
    out += '{';
    first = true;
  }
  void close() {
    out += '}';
    first = false;
  }
  void begin_list() { open(); }
  void item() {
    if (!first) out += ", ";
    first = false;
  }
  void end_list() { close(); }
  void begin_object() { open(); }
  void member(std::string_view text) {
    item();
    if (!text.empty()) out += fmt::format("{} = ", text);
  }
  void end_object() { close(); }
};

}  // namespace

void write_value(JsonWriter& json, const Btf& btf, std::uint32_t type, ByteView bytes) {
  JsonSink sink{json};
  ValueWalk<JsonSink>(btf, sink, bytes.size()).value(type, bytes, 0, 0, 0);
}

std::string value_text(const Btf& btf, std::uint32_t type, ByteView bytes) {
  TextSink sink;
  ValueWalk<TextSink>(btf, sink, bytes.size()).value(type, bytes, 0, 0, 0);
  return sink.out;
}

}  // namespace skep
