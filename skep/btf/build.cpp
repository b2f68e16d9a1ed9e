// Types to .BTF bytes, and the one change that a loader makes to a compiler's: sizes and offsets of data sections,
// which only the ELF knows. Records are written in the layout that type.cpp reads.
#include "skep/btf/build.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace skep {
namespace {

constexpr std::uint32_t header_bytes = 24;

std::uint32_t info_word(BtfKind kind, std::size_t count, bool kind_flag = false) {
  return static_cast<std::uint32_t>(kind) << 24 | static_cast<std::uint32_t>(count & 0xffff) |
         (kind_flag ? 1U << 31 : 0U);
}

}  // namespace

BtfBuilder::BtfBuilder() { strings_.push_back('\0'); }

std::uint32_t BtfBuilder::intern(std::string_view text) {
  if (text.empty()) return 0;
  const std::string wanted = '\0' + std::string(text) + '\0';
  const auto found = strings_.find(wanted);
  if (found != std::string::npos) return static_cast<std::uint32_t>(found + 1);
  const auto offset = static_cast<std::uint32_t>(strings_.size());
  strings_ += text;
  strings_.push_back('\0');
  return offset;
}

std::uint32_t BtfBuilder::begin_type(std::string_view name, std::uint32_t info, std::uint32_t size_or_type) {
  append(types_, intern(name));
  append(types_, info);
  append(types_, size_or_type);
  return count_++;
}

std::uint32_t BtfBuilder::add_integer(std::string_view name, std::uint32_t size, std::uint8_t encoding) {
  const std::uint32_t id = begin_type(name, info_word(BtfKind::integer, 0), size);
  append(types_, static_cast<std::uint32_t>(encoding) << 24 | size * 8);
  return id;
}

std::uint32_t BtfBuilder::add_pointer(std::uint32_t to) { return begin_type({}, info_word(BtfKind::pointer, 0), to); }

std::uint32_t BtfBuilder::add_array(std::uint32_t element, std::uint32_t index, std::uint32_t count) {
  const std::uint32_t id = begin_type({}, info_word(BtfKind::array, 0), 0);
  append(types_, element);
  append(types_, index);
  append(types_, count);
  return id;
}

std::uint32_t BtfBuilder::add_struct(std::string_view name, std::uint32_t size, const std::vector<BtfMember>& members) {
  const bool bitfields =
      std::any_of(members.begin(), members.end(), [](const BtfMember& member) { return member.bitfield_size != 0; });
  const std::uint32_t id = begin_type(name, info_word(BtfKind::struct_, members.size(), bitfields), size);
  for (const BtfMember& member : members) {
    append(types_, intern(member.name));
    append(types_, member.type);
    append(types_, bitfields ? member.bitfield_size << 24 | member.bit_offset : member.bit_offset);
  }
  return id;
}

std::uint32_t BtfBuilder::add_typedef(std::string_view name, std::uint32_t type) {
  return begin_type(name, info_word(BtfKind::typedef_, 0), type);
}

std::uint32_t BtfBuilder::add_variable(std::string_view name, std::uint32_t type, std::uint32_t linkage) {
  const std::uint32_t id = begin_type(name, info_word(BtfKind::variable, 0), type);
  append(types_, linkage);
  return id;
}

std::uint32_t BtfBuilder::add_datasec(std::string_view name, std::uint32_t size,
                                      const std::vector<BtfSectionVariable>& variables) {
  const std::uint32_t id = begin_type(name, info_word(BtfKind::datasec, variables.size()), size);
  for (const BtfSectionVariable& variable : variables) {
    append(types_, variable.type);
    append(types_, variable.offset);
    append(types_, variable.size);
  }
  return id;
}

std::uint32_t BtfBuilder::add_function_proto(std::uint32_t result, const std::vector<BtfParameter>& parameters) {
  const std::uint32_t id = begin_type({}, info_word(BtfKind::function_proto, parameters.size()), result);
  for (const BtfParameter& parameter : parameters) {
    append(types_, intern(parameter.name));
    append(types_, parameter.type);
  }
  return id;
}

std::uint32_t BtfBuilder::add_function(std::string_view name, std::uint32_t proto, std::uint32_t linkage) {
  return begin_type(name, info_word(BtfKind::function, linkage), proto);
}

std::uint32_t BtfBuilder::add_enum(std::string_view name, const std::vector<BtfEnumerator>& enumerators) {
  const bool is_signed =
      std::any_of(enumerators.begin(), enumerators.end(), [](const BtfEnumerator& e) { return e.value < 0; });
  const std::uint32_t id = begin_type(name, info_word(BtfKind::enum_, enumerators.size(), is_signed), 4);
  for (const BtfEnumerator& enumerator : enumerators) {
    append(types_, intern(enumerator.name));
    append(types_, static_cast<std::uint32_t>(enumerator.value));
  }
  return id;
}

ByteVector BtfBuilder::write() const {
  const auto types = static_cast<std::uint32_t>(types_.size());
  const auto strings = static_cast<std::uint32_t>(strings_.size());
  // struct btf_header: magic, version and flags in the first word; then where types and strings are.
  const std::array<std::uint32_t, 6> header{0x0001'eb9f, header_bytes, 0, types, types, strings};
  ByteVector out(sizeof header + types_.size() + strings_.size());
  std::memcpy(out.data(), header.data(), sizeof header);
  std::copy(types_.begin(), types_.end(), out.begin() + header_bytes);
  std::copy(strings_.begin(), strings_.end(), out.begin() + header_bytes + types);
  return out;
}

std::uint64_t btf_record_size(const BtfType& type) {
  constexpr std::uint64_t head = 12;
  switch (type.kind) {
    case BtfKind::integer:
    case BtfKind::variable:
    case BtfKind::decl_tag: return head + 4;
    case BtfKind::array: return head + 12;
    case BtfKind::struct_:
    case BtfKind::union_: return head + 12 * type.members.size();
    case BtfKind::enum_: return head + 8 * type.enumerators.size();
    case BtfKind::enum64: return head + 12 * type.enumerators.size();
    case BtfKind::function_proto: return head + 8 * type.parameters.size();
    case BtfKind::datasec: return head + 12 * type.variables.size();
    case BtfKind::void_:
    case BtfKind::pointer:
    case BtfKind::forward:
    case BtfKind::typedef_:
    case BtfKind::volatile_:
    case BtfKind::const_:
    case BtfKind::restrict_:
    case BtfKind::function:
    case BtfKind::float_:
    case BtfKind::type_tag: return head;
  }
  return head;
}

ByteVector fix_datasecs(const Btf& btf, const std::vector<DatasecFacts>& facts) {
  ByteVector out(btf.bytes().begin(), btf.bytes().end());
  // The header was checked when the section was parsed. A big-endian section is never loaded here: it stays as it is.
  if (load_unaligned<std::uint16_t>(out.data()) != 0xeb9f) return out;
  std::uint64_t at =
      std::uint64_t{load_unaligned<std::uint32_t>(out.data() + 4)} + load_unaligned<std::uint32_t>(out.data() + 8);
  for (std::uint32_t id = 1; id < btf.type_count(); ++id) {
    const BtfType& type = btf.type(id);
    const std::uint64_t record = at;
    at += btf_record_size(type);
    if (type.kind != BtfKind::datasec) continue;
    const auto fact =
        std::find_if(facts.begin(), facts.end(), [&](const DatasecFacts& f) { return f.section == type.name; });
    if (fact == facts.end()) continue;
    store_unaligned(out.data() + record + 8, fact->size);
    std::vector<BtfSectionVariable> variables = type.variables;
    for (BtfSectionVariable& variable : variables) {
      const std::string_view name = btf.type(variable.type).name;
      const auto offset = std::find_if(fact->variable_offsets.begin(), fact->variable_offsets.end(),
                                       [&](const auto& v) { return v.first == name; });
      if (offset != fact->variable_offsets.end()) variable.offset = offset->second;
    }
    std::stable_sort(variables.begin(), variables.end(),
                     [](const auto& a, const auto& b) { return a.offset < b.offset; });
    for (std::size_t i = 0; i < variables.size(); ++i) {
      store_unaligned(out.data() + record + 12 + 12 * i, variables[i].type);
      store_unaligned(out.data() + record + 12 + 12 * i + 4, variables[i].offset);
      store_unaligned(out.data() + record + 12 + 12 * i + 8, variables[i].size);
    }
  }
  return out;
}

}  // namespace skep
