// .BTF bytes to types. The section comes from strangers: one pass, every position checked, memory proportional to the
// section; then every reference is checked, so that whoever walks the graph may follow ids without asking.
#include "skep/btf/type.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace skep {
namespace {

// Layout of a .BTF section: Documentation/bpf/btf.rst, "BTF Type and String Encoding".
constexpr std::uint16_t magic = 0xeb9f;
constexpr std::uint32_t min_header = 24;
constexpr std::uint32_t record_bytes = 12;
constexpr std::size_t longest_name = 4096;  ///< Linux takes 512
constexpr int chain_limit = 64;             ///< longest run of modifiers, arrays and typedefs that is followed

constexpr std::array<std::string_view, 20> kind_names{
    "UNKNOWN", "INT",      "PTR",  "ARRAY",      "STRUCT", "UNION",   "ENUM",  "FWD",      "TYPEDEF",  "VOLATILE",
    "CONST",   "RESTRICT", "FUNC", "FUNC_PROTO", "VAR",    "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64"};

bool is_modifier(BtfKind kind) {
  return kind == BtfKind::typedef_ || kind == BtfKind::const_ || kind == BtfKind::volatile_ ||
         kind == BtfKind::restrict_ || kind == BtfKind::type_tag;
}

}  // namespace

std::string_view name_of(BtfKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < kind_names.size() ? kind_names[index] : kind_names[0];
}

/// Reads the section's types one by one; every position is checked against the section, so work and memory are bounded
/// by its size.
class BtfParser {
 public:
  BtfParser(Btf& btf, ByteOrder order) : btf_(btf), reader_(btf.bytes_, "BTF", order) {}

  Result<void> run() {
    TRY_VOID(header());
    btf_.types_.emplace_back();  // void
    while (at_ < types_end_) TRY_VOID(one_type());
    return check_references();
  }

 private:
  Result<void> header() {
    TRY(number, reader_.read<std::uint16_t>(0));
    if (number != magic) return fail("BTF: the section starts with {:#x} instead of {:#x}", number, magic);
    TRY(version, reader_.read<std::uint8_t>(2));
    if (version != 1) return fail("BTF: version {} is not known", version);
    TRY(length, reader_.read<std::uint32_t>(4));
    if (length < min_header) return fail("BTF: a header of {} bytes is too short", length);
    TRY(type_offset, reader_.read<std::uint32_t>(8));
    TRY(type_length, reader_.read<std::uint32_t>(12));
    TRY(string_offset, reader_.read<std::uint32_t>(16));
    TRY(string_length, reader_.read<std::uint32_t>(20));
    const std::uint64_t types = std::uint64_t{length} + type_offset;
    const std::uint64_t strings = std::uint64_t{length} + string_offset;
    if (!reader_.contains(types, type_length))
      return fail("BTF: the types ({} bytes at {}) lie outside of the section's {} bytes", type_length, types,
                  reader_.size());
    if (!reader_.contains(strings, string_length))
      return fail("BTF: the strings ({} bytes at {}) lie outside of the section's {} bytes", string_length, strings,
                  reader_.size());
    const ByteView text = reader_.bytes().subspan(strings, string_length);
    if (string_length == 0 || text.front() != 0 || text.back() != 0)
      return fail("BTF: the strings must begin and end with a zero byte");
    if (types < strings + string_length && strings < types + type_length) return fail("BTF: types and strings overlap");
    btf_.strings_ = as_text(text);
    at_ = types;
    types_end_ = types + type_length;
    return {};
  }

  [[nodiscard]] std::uint32_t id() const { return static_cast<std::uint32_t>(btf_.types_.size()); }

  Result<std::uint32_t> word() {
    if (types_end_ - at_ < 4) return fail("BTF: type {} is cut off at the end of the types", id());
    auto value = reader_.read<std::uint32_t>(at_);
    at_ += 4;
    return value;
  }

  Result<std::string_view> name() {
    TRY(offset, word());
    if (offset >= btf_.strings_.size())
      return fail("BTF: type {} has a name at {}, outside of the strings", id(), offset);
    const std::string_view found = btf_.string(offset);
    // Names may share their bytes: without a limit a small section would print as gigabytes.
    if (found.size() > longest_name) return fail("BTF: type {} has a name of {} bytes", id(), found.size());
    return found;
  }

  Result<void> one_type() {
    if (types_end_ - at_ < record_bytes) return fail("BTF: type {} is cut off at the end of the types", id());
    BtfType type;
    TRY(type_name, name());
    TRY(info, word());
    TRY(size_or_type, word());
    const std::uint32_t count = info & 0xffff;
    const std::uint32_t kind = info >> 24 & 0x1f;
    if (kind == 0 || kind > static_cast<std::uint32_t>(BtfKind::enum64))
      return fail("BTF: type {} is of kind {}, which nobody has defined", id(), kind);
    type.kind = static_cast<BtfKind>(kind);
    type.kind_flag = info >> 31 != 0;
    type.name = type_name;
    TRY_VOID(details(type, count, size_or_type));
    btf_.types_.push_back(std::move(type));
    return {};
  }

  Result<void> details(BtfType& type, std::uint32_t count, std::uint32_t size_or_type) {
    switch (type.kind) {
      case BtfKind::void_: return {};
      case BtfKind::integer: return integer(type, size_or_type);
      case BtfKind::array: return array(type);
      case BtfKind::struct_:
      case BtfKind::union_: type.size = size_or_type; return members(type, count);
      case BtfKind::enum_: type.size = size_or_type; return enumerators(type, count);
      case BtfKind::enum64: type.size = size_or_type; return wide_enumerators(type, count);
      case BtfKind::function_proto: type.type = size_or_type; return parameters(type, count);
      case BtfKind::datasec: type.size = size_or_type; return section_variables(type, count);
      case BtfKind::float_: type.size = size_or_type; return {};
      case BtfKind::function:
        type.type = size_or_type;
        type.linkage = count;
        return {};
      case BtfKind::variable: {
        type.type = size_or_type;
        TRY(linkage, word());
        type.linkage = linkage;
        return {};
      }
      case BtfKind::decl_tag: {
        type.type = size_or_type;
        TRY(component, word());
        type.component = static_cast<std::int32_t>(component);
        return {};
      }
      case BtfKind::pointer:
      case BtfKind::typedef_:
      case BtfKind::volatile_:
      case BtfKind::const_:
      case BtfKind::restrict_:
      case BtfKind::type_tag: type.type = size_or_type; return {};
      case BtfKind::forward: return {};
    }
    return {};
  }

  Result<void> integer(BtfType& type, std::uint32_t size) {
    TRY(data, word());
    type.size = size;
    type.encoding = static_cast<std::uint8_t>(data >> 24 & 0xf);
    type.bit_offset = static_cast<std::uint8_t>(data >> 16);
    type.bits = static_cast<std::uint8_t>(data);
    if (size == 0 || size > 16 || type.bits > size * 8)
      return fail("BTF: integer {} has {} bits in {} bytes", id(), type.bits, size);
    return {};
  }

  Result<void> array(BtfType& type) {
    TRY(element, word());
    TRY(index, word());
    TRY(elements, word());
    type.type = element;
    type.index_type = index;
    type.element_count = elements;
    return {};
  }

  Result<void> members(BtfType& type, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      TRY(member_name, name());
      TRY(member_type, word());
      TRY(offset, word());
      type.members.push_back(
          {member_name, member_type, type.kind_flag ? offset & 0xffffff : offset, type.kind_flag ? offset >> 24 : 0});
    }
    return {};
  }

  [[nodiscard]] Result<void> check_enum_size(const BtfType& type, std::uint32_t count) const {
    // clang's record of an enum that is only declared. Linux refuses it; mend_externs() gives it a size.
    if (type.size == 0 && count == 0) return {};
    if (type.size != 0 && type.size <= 8 && std::has_single_bit(type.size)) return {};
    return fail("BTF: enum {} has a size of {} bytes", id(), type.size);
  }

  Result<void> enumerators(BtfType& type, std::uint32_t count) {
    TRY_VOID(check_enum_size(type, count));
    for (std::uint32_t i = 0; i < count; ++i) {
      TRY(enumerator_name, name());
      TRY(value, word());
      type.enumerators.push_back(
          {enumerator_name, type.kind_flag ? std::int64_t{static_cast<std::int32_t>(value)} : std::int64_t{value}});
    }
    return {};
  }

  Result<void> wide_enumerators(BtfType& type, std::uint32_t count) {
    TRY_VOID(check_enum_size(type, count));
    for (std::uint32_t i = 0; i < count; ++i) {
      TRY(enumerator_name, name());
      TRY(low, word());
      TRY(high, word());
      type.enumerators.push_back({enumerator_name, static_cast<std::int64_t>(std::uint64_t{high} << 32 | low)});
    }
    return {};
  }

  Result<void> parameters(BtfType& type, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      TRY(parameter_name, name());
      TRY(parameter_type, word());
      type.parameters.push_back({parameter_name, parameter_type});
    }
    return {};
  }

  Result<void> section_variables(BtfType& type, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      TRY(variable, word());
      TRY(offset, word());
      TRY(size, word());
      type.variables.push_back({variable, offset, size});
    }
    return {};
  }

  [[nodiscard]] Result<void> check_reference(std::uint32_t from, std::uint32_t to) const {
    if (to < btf_.types_.size()) return {};
    return fail("BTF: type {} refers to type {}, and there are only {}", from, to, btf_.types_.size() - 1);
  }

  /// Types may refer forward, so this comes when all are there.
  Result<void> check_references() {
    for (std::uint32_t from = 1; from < btf_.types_.size(); ++from) {
      const BtfType& type = btf_.types_[from];
      TRY_VOID(check_reference(from, type.type));
      TRY_VOID(check_reference(from, type.index_type));
      for (const BtfMember& member : type.members) TRY_VOID(check_reference(from, member.type));
      for (const BtfParameter& parameter : type.parameters) TRY_VOID(check_reference(from, parameter.type));
      for (const BtfSectionVariable& variable : type.variables) TRY_VOID(check_reference(from, variable.type));
    }
    return {};
  }

  Btf& btf_;
  ByteReader reader_;
  std::uint64_t at_ = 0;
  std::uint64_t types_end_ = 0;
};

Result<Btf> Btf::parse(ByteView bytes, ByteOrder order) {
  Btf btf;
  btf.bytes_.assign(bytes.begin(), bytes.end());
  TRY_VOID(BtfParser(btf, order).run());
  return btf;
}

std::string_view Btf::string(std::uint32_t offset) const {
  if (offset >= strings_.size()) return {};
  return strings_.substr(offset, strings_.find('\0', offset) - offset);
}

std::uint32_t Btf::resolve(std::uint32_t id) const {
  for (int step = 0; step < chain_limit; ++step) {
    if (!contains(id)) return 0;
    if (!is_modifier(types_[id].kind)) return id;
    id = types_[id].type;
  }
  return 0;
}

std::optional<std::uint64_t> Btf::size_of(std::uint32_t id) const {
  std::uint64_t count = 1;
  for (int step = 0; step < chain_limit; ++step) {
    if (!contains(id)) return std::nullopt;
    const BtfType& type = types_[id];
    std::uint64_t size = 0;
    switch (type.kind) {
      case BtfKind::integer:
      case BtfKind::struct_:
      case BtfKind::union_:
      case BtfKind::enum_:
      case BtfKind::enum64:
      case BtfKind::float_:
      case BtfKind::datasec: size = type.size; break;
      case BtfKind::pointer: size = 8; break;
      case BtfKind::array: count *= type.element_count; [[fallthrough]];
      case BtfKind::typedef_:
      case BtfKind::volatile_:
      case BtfKind::const_:
      case BtfKind::restrict_:
      case BtfKind::variable:
      case BtfKind::decl_tag:
      case BtfKind::type_tag: id = type.type; break;
      case BtfKind::void_:
      case BtfKind::forward:
      case BtfKind::function:
      case BtfKind::function_proto: return std::nullopt;
    }
    const bool followed = type.kind == BtfKind::array || is_modifier(type.kind) || type.kind == BtfKind::variable ||
                          type.kind == BtfKind::decl_tag;
    if (followed) {
      if (count > UINT32_MAX) return std::nullopt;
      continue;
    }
    const std::uint64_t total = size * count;  // both below 2^32
    if (total > UINT32_MAX) return std::nullopt;
    return total;
  }
  return std::nullopt;
}

std::uint32_t Btf::align_of(std::uint32_t id) const {
  // A struct is as aligned as its most aligned member. Each type is looked at once, however often it is nested.
  constexpr std::uint64_t most = 8;  // as libbpf: an __int128 too
  std::uint32_t alignment = 1;
  std::vector<bool> seen(types_.size());
  std::vector<std::uint32_t> pending{id};
  while (!pending.empty() && alignment < most) {
    std::uint32_t current = resolve(pending.back());
    pending.pop_back();
    for (int step = 0; step < chain_limit && contains(current) && types_[current].kind == BtfKind::array; ++step)
      current = resolve(types_[current].type);
    if (!contains(current) || seen[current]) continue;
    seen[current] = true;
    const BtfType& type = types_[current];
    if (type.kind == BtfKind::struct_ || type.kind == BtfKind::union_) {
      for (const BtfMember& member : type.members) {
        if (!seen[member.type]) pending.push_back(member.type);
      }
    } else if (const auto size = size_of(current); size && type.kind != BtfKind::array) {
      const std::uint64_t aligned = std::min(std::bit_floor(std::max<std::uint64_t>(*size, 1)), most);
      alignment = std::max(alignment, static_cast<std::uint32_t>(aligned));
    }
  }
  return alignment;
}

std::optional<std::uint32_t> Btf::find(BtfKind kind, std::string_view name) const {
  for (std::uint32_t id = 1; id < types_.size(); ++id) {
    if (types_[id].kind == kind && types_[id].name == name) return id;
  }
  return std::nullopt;
}

}  // namespace skep
