// C declarations are built from the inside out (the name, then what it is a pointer to or an array of, then the base);
// the raw forms are bpftool's (`bpftool btf dump … format raw`, with and without -j). Type graphs may be cyclic and
// wide: chains, nesting and the length of one declaration are bounded.
#include "skep/btf/c_declaration.hpp"

#include "skep/base/base.hpp"

namespace skep {
namespace {

constexpr int chain_limit = 64;     ///< pointers, arrays and qualifiers in one declarator
constexpr int parameter_depth = 3;  ///< function pointers that take function pointers …
constexpr std::size_t text_limit = 1 << 16;

/// How a pointer is written: C's `*name`, or `* name` as bpftool does in prototypes.
enum class PointerStyle : std::uint8_t { c, bpftool };

std::string keyword(BtfKind kind, bool union_forward) {
  if (kind == BtfKind::struct_) return "struct";
  if (kind == BtfKind::union_) return "union";
  if (kind == BtfKind::enum_ || kind == BtfKind::enum64) return "enum";
  return union_forward ? "union" : "struct";
}

std::string joined(const std::string& base, const std::string& declarator) {
  if (declarator.empty()) return base;
  if (declarator.front() == '[') return base + declarator;
  return base + " " + declarator;
}

class DeclarationText {
 public:
  DeclarationText(const Btf& btf, PointerStyle style) : btf_(btf), style_(style) {}

  /// Walks from the type towards its base: each pointer goes in front, each array or parameter list behind.
  std::string declaration(std::uint32_t id, std::string declarator, int depth = 0) {
    std::string qualifiers;
    const auto wrap = [&] {
      if (!declarator.empty() && declarator.front() == '*') declarator = "(" + declarator + ")";
    };
    for (int step = 0; step < chain_limit; ++step) {
      if (!btf_.contains(id)) return joined("?", declarator);
      const BtfType& type = btf_.type(id);
      switch (type.kind) {
        case BtfKind::void_: return joined(qualifiers + "void", declarator);
        case BtfKind::integer:
        case BtfKind::float_:
        case BtfKind::datasec:
        case BtfKind::typedef_: return joined(qualifiers + std::string(type.name), declarator);
        case BtfKind::struct_:
        case BtfKind::union_:
        case BtfKind::enum_:
        case BtfKind::enum64:
        case BtfKind::forward:
          return joined(qualifiers + keyword(type.kind, type.kind_flag) + " " +
                            (type.name.empty() ? "{...}" : std::string(type.name)),
                        declarator);
        case BtfKind::const_: qualifiers += "const "; break;
        case BtfKind::volatile_: qualifiers += "volatile "; break;
        case BtfKind::restrict_: qualifiers += "restrict "; break;
        case BtfKind::pointer: {
          const bool space = (style_ == PointerStyle::bpftool || !qualifiers.empty()) && !declarator.empty();
          declarator = "*" + std::string(space ? " " : "") + qualifiers + declarator;
          if (declarator.back() == ' ') declarator.pop_back();
          qualifiers.clear();
          break;
        }
        case BtfKind::array:
          wrap();
          declarator += fmt::format("[{}]", type.element_count);
          break;
        case BtfKind::function_proto:
          wrap();
          declarator += parameters(type, depth);
          break;
        case BtfKind::function:
        case BtfKind::variable:
        case BtfKind::decl_tag:
        case BtfKind::type_tag: break;
      }
      id = type.type;
    }
    return joined("...", declarator);
  }

 private:
  std::string parameters(const BtfType& proto, int depth) {
    if (proto.parameters.empty()) return "(void)";
    if (depth >= parameter_depth) return "(...)";
    std::string text = "(";
    for (std::size_t i = 0; i < proto.parameters.size(); ++i) {
      if (i != 0) text += ", ";
      if (spent_ > text_limit) return text + "...)";
      const BtfParameter& parameter = proto.parameters[i];
      const bool variadic = parameter.type == 0 && parameter.name.empty();
      const std::string one =
          variadic ? std::string("...") : declaration(parameter.type, std::string(parameter.name), depth + 1);
      spent_ += one.size();
      text += one;
    }
    return text + ")";
  }

  const Btf& btf_;
  PointerStyle style_;
  std::size_t spent_ = 0;
};

const char* encoding_name(std::uint8_t encoding) {
  switch (encoding) {
    case 0: return "(none)";
    case 1: return "SIGNED";
    case 2: return "CHAR";
    case 4: return "BOOL";
    default: return "UNKN";
  }
}

const char* linkage_name(std::uint32_t linkage) {
  static constexpr const char* names[] = {"static", "global", "extern"};
  return linkage < 3 ? names[linkage] : "(unknown)";
}

std::string_view shown(std::string_view name) { return name.empty() ? "(anon)" : name; }

}  // namespace

std::string c_type(const Btf& btf, std::uint32_t id, std::string_view name) {
  return DeclarationText(btf, PointerStyle::c).declaration(id, std::string(name));
}

std::string c_prototype(const Btf& btf, std::uint32_t function) {
  if (!btf.contains(function)) return "?";
  const BtfType& type = btf.type(function);
  return DeclarationText(btf, PointerStyle::bpftool).declaration(type.type, std::string(type.name));
}

std::string c_definition(const Btf& btf, std::uint32_t id) {
  const BtfType& type = btf.type(id);
  std::string text = keyword(type.kind, false) + (type.name.empty() ? "" : " " + std::string(type.name)) + " {\n";
  for (const BtfMember& member : type.members) {
    text += "\t" + c_type(btf, member.type, member.name);
    if (member.bitfield_size != 0) text += fmt::format(" : {}", member.bitfield_size);
    text += fmt::format(";  /* offset {}{} */\n", member.bit_offset / 8,
                        member.bitfield_size != 0 ? fmt::format(", bit {}", member.bit_offset % 8) : "");
  }
  for (const BtfEnumerator& enumerator : type.enumerators)
    text += fmt::format("\t{} = {},\n", enumerator.name, enumerator.value);
  return text + "};\n";
}

std::string raw_text(const Btf& btf, std::uint32_t id) {
  const BtfType& type = btf.type(id);
  std::string text = fmt::format("[{}] {} '{}'", id, name_of(type.kind), shown(type.name));
  switch (type.kind) {
    case BtfKind::void_: break;
    case BtfKind::integer:
      text += fmt::format(" size={} bits_offset={} nr_bits={} encoding={}", type.size, type.bit_offset, type.bits,
                          encoding_name(type.encoding));
      break;
    case BtfKind::pointer:
    case BtfKind::typedef_:
    case BtfKind::volatile_:
    case BtfKind::const_:
    case BtfKind::restrict_:
    case BtfKind::type_tag: text += fmt::format(" type_id={}", type.type); break;
    case BtfKind::array:
      text += fmt::format(" type_id={} index_type_id={} nr_elems={}", type.type, type.index_type, type.element_count);
      break;
    case BtfKind::struct_:
    case BtfKind::union_:
      text += fmt::format(" size={} vlen={}", type.size, type.members.size());
      for (const BtfMember& member : type.members) {
        text += fmt::format("\n\t'{}' type_id={} bits_offset={}", shown(member.name), member.type, member.bit_offset);
        if (type.kind_flag && member.bitfield_size != 0) text += fmt::format(" bitfield_size={}", member.bitfield_size);
      }
      break;
    case BtfKind::enum_:
    case BtfKind::enum64:
      text += fmt::format(" encoding={} size={} vlen={}", type.kind_flag ? "SIGNED" : "UNSIGNED", type.size,
                          type.enumerators.size());
      for (const BtfEnumerator& enumerator : type.enumerators) {
        const bool wide = type.kind == BtfKind::enum64;
        text += type.kind_flag
                    ? fmt::format("\n\t'{}' val={}{}", shown(enumerator.name), enumerator.value, wide ? "LL" : "")
                    : fmt::format("\n\t'{}' val={}{}", shown(enumerator.name),
                                  static_cast<std::uint64_t>(enumerator.value), wide ? "ULL" : "");
      }
      break;
    case BtfKind::forward: text += fmt::format(" fwd_kind={}", type.kind_flag ? "union" : "struct"); break;
    case BtfKind::function: text += fmt::format(" type_id={} linkage={}", type.type, linkage_name(type.linkage)); break;
    case BtfKind::function_proto:
      text += fmt::format(" ret_type_id={} vlen={}", type.type, type.parameters.size());
      for (const BtfParameter& parameter : type.parameters)
        text += fmt::format("\n\t'{}' type_id={}", shown(parameter.name), parameter.type);
      break;
    case BtfKind::variable:
      text += fmt::format(" type_id={}, linkage={}", type.type, linkage_name(type.linkage));
      break;
    case BtfKind::datasec:
      text += fmt::format(" size={} vlen={}", type.size, type.variables.size());
      for (const BtfSectionVariable& variable : type.variables) {
        text += fmt::format("\n\ttype_id={} offset={} size={}", variable.type, variable.offset, variable.size);
        if (btf.contains(variable.type) && btf.type(variable.type).kind == BtfKind::variable)
          text += fmt::format(" (VAR '{}')", btf.type(variable.type).name);
        if (btf.contains(variable.type) && btf.type(variable.type).kind == BtfKind::function)
          text += fmt::format(" (FUNC '{}')", btf.type(variable.type).name);
      }
      break;
    case BtfKind::float_: text += fmt::format(" size={}", type.size); break;
    case BtfKind::decl_tag: text += fmt::format(" type_id={} component_idx={}", type.type, type.component); break;
  }
  return text;
}

namespace {

template <typename Items, typename Write>
void write_list(JsonWriter& json, std::string_view name, const Items& items, Write write) {
  json.key(name);
  json.begin_array();
  for (const auto& item : items) {
    json.begin_object();
    write(item);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void write_json(JsonWriter& json, const Btf& btf, std::uint32_t id) {
  const BtfType& type = btf.type(id);
  json.begin_object();
  json.field("id", id);
  json.field("kind", name_of(type.kind));
  json.field("name", shown(type.name));
  switch (type.kind) {
    case BtfKind::void_: break;
    case BtfKind::integer:
      json.field("size", type.size);
      json.field("bits_offset", type.bit_offset);
      json.field("nr_bits", type.bits);
      json.field("encoding", encoding_name(type.encoding));
      break;
    case BtfKind::pointer:
    case BtfKind::typedef_:
    case BtfKind::volatile_:
    case BtfKind::const_:
    case BtfKind::restrict_:
    case BtfKind::type_tag: json.field("type_id", type.type); break;
    case BtfKind::array:
      json.field("type_id", type.type);
      json.field("index_type_id", type.index_type);
      json.field("nr_elems", type.element_count);
      break;
    case BtfKind::struct_:
    case BtfKind::union_:
      json.field("size", type.size);
      json.field("vlen", type.members.size());
      write_list(json, "members", type.members, [&](const BtfMember& member) {
        json.field("name", shown(member.name));
        json.field("type_id", member.type);
        json.field("bits_offset", member.bit_offset);
        if (type.kind_flag && member.bitfield_size != 0) json.field("bitfield_size", member.bitfield_size);
      });
      break;
    case BtfKind::enum_:
    case BtfKind::enum64:
      json.field("encoding", type.kind_flag ? "SIGNED" : "UNSIGNED");
      json.field("size", type.size);
      json.field("vlen", type.enumerators.size());
      write_list(json, "values", type.enumerators, [&](const BtfEnumerator& enumerator) {
        json.field("name", shown(enumerator.name));
        if (type.kind_flag) {
          json.field("val", enumerator.value);
        } else {
          json.field("val", static_cast<std::uint64_t>(enumerator.value));
        }
      });
      break;
    case BtfKind::forward: json.field("fwd_kind", type.kind_flag ? "union" : "struct"); break;
    case BtfKind::function:
      json.field("type_id", type.type);
      json.field("linkage", linkage_name(type.linkage));
      break;
    case BtfKind::function_proto:
      json.field("ret_type_id", type.type);
      json.field("vlen", type.parameters.size());
      write_list(json, "params", type.parameters, [&](const BtfParameter& parameter) {
        json.field("name", shown(parameter.name));
        json.field("type_id", parameter.type);
      });
      break;
    case BtfKind::variable:
      json.field("type_id", type.type);
      json.field("linkage", linkage_name(type.linkage));
      break;
    case BtfKind::datasec:
      json.field("size", type.size);
      json.field("vlen", type.variables.size());
      write_list(json, "vars", type.variables, [&](const BtfSectionVariable& variable) {
        json.field("type_id", variable.type);
        json.field("offset", variable.offset);
        json.field("size", variable.size);
      });
      break;
    case BtfKind::float_: json.field("size", type.size); break;
    case BtfKind::decl_tag:
      json.field("type_id", type.type);
      json.field("component_idx", type.component);
      break;
  }
  json.end_object();
}

}  // namespace skep
