// Text → bytes of a type: numbers in any base, names of enumerators, true and false, strings for char arrays, and lists
// in braces or brackets for arrays and structs.
#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "skep/btf/c_declaration.hpp"
#include "skep/btf/value.hpp"

namespace skep {
namespace {

constexpr std::uint64_t size_limit = 1 << 20;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

struct Number {
  std::uint64_t magnitude;
  bool negative;
  bool decimal;
};

Result<Number> parse_number(std::string_view text) {
  Number number{0, text.starts_with('-'), false};
  std::string digits(text.substr(number.negative || text.starts_with('+') ? 1 : 0));
  if (digits.size() == 3 && digits.front() == '\'' && digits.back() == '\'')
    return Number{static_cast<std::uint8_t>(digits[1]), number.negative, false};
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) base = 16;
  if (digits.starts_with("0b")) {
    base = 2;
    digits.erase(0, 2);
  }
  if (base == 10 && digits.size() > 1 && digits[0] == '0') base = 8;
  number.decimal = base == 10;
  if (digits.empty() || !std::isalnum(static_cast<unsigned char>(digits[0])))
    return fail("\"{}\" is not a number", text);
  char* end = nullptr;
  errno = 0;
  number.magnitude = std::strtoull(digits.c_str(), &end, base);
  if (*end != '\0' || errno != 0)
    return fail("\"{}\" is not a number{}", text, errno == ERANGE ? " of at most 64 bits" : "");
  return number;
}

Result<ByteVector> bytes_of_number(const Number& number, std::uint32_t size, bool is_signed, std::string_view text,
                                   const std::string& type) {
  const std::uint32_t bits = std::min(size * 8, 64U);
  const std::uint64_t all = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const std::uint64_t half = std::uint64_t{1} << (bits - 1);
  // Bits may be all of a signed type: 0xffffffff is how people write -1. 200 is not how they write -56.
  const std::uint64_t largest = is_signed && number.decimal ? half - 1 : all;
  const bool fits = number.negative ? is_signed && number.magnitude <= half : number.magnitude <= largest;
  if (!fits) return fail("{} does not fit into {}", text, type);
  const std::uint64_t value = number.negative ? std::uint64_t{0} - number.magnitude : number.magnitude;
  ByteVector bytes(size, number.negative ? 0xff : 0);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&value), std::min<std::size_t>(size, 8), bytes.begin());
  return bytes;
}

Result<ByteVector> parse_integer(const Btf& btf, std::uint32_t id, const BtfType& type, std::string_view text) {
  if ((type.encoding & 4) != 0) {
    const bool yes = text == "true" || text == "1" || text == "yes" || text == "on";
    const bool no = text == "false" || text == "0" || text == "no" || text == "off";
    if (!yes && !no) return fail("\"{}\" is neither true nor false", text);
    ByteVector bytes(type.size);
    bytes.front() = yes ? 1 : 0;  // integers have at least one byte
    return bytes;
  }
  TRY(number, parse_number(text));
  return bytes_of_number(number, type.size, (type.encoding & 1) != 0, text, c_type(btf, id));
}

Result<ByteVector> parse_enumerator(const Btf& btf, std::uint32_t id, const BtfType& type, std::string_view text) {
  std::vector<std::string> names;
  for (const BtfEnumerator& candidate : type.enumerators) {
    names.emplace_back(candidate.name);
    if (candidate.name != text) continue;
    ByteVector bytes(type.size);
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&candidate.value), std::min<std::size_t>(type.size, 8),
                bytes.begin());
    return bytes;
  }
  auto number = parse_number(text);
  if (!number)
    return fail_with_help(fmt::format("it has: {}", fmt::join(names, ", ")), "{} has no enumerator {}", c_type(btf, id),
                          text);
  return bytes_of_number(*number, type.size, type.kind_flag, text, c_type(btf, id));
}

/// The elements of "{a, b}" or "[a, b]" at the outermost level, or nothing if the brackets do not match.
std::optional<std::vector<std::string_view>> split_list(std::string_view text) {
  const bool bracketed =
      text.size() >= 2 && ((text.front() == '{' && text.back() == '}') || (text.front() == '[' && text.back() == ']'));
  if (!bracketed) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::vector<std::string_view> items;
  int depth = 0;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
    if (quoted && i < text.size()) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth < 0) return std::nullopt;
    if (c == ',' && depth == 0) {
      const auto item = trimmed(text.substr(start, i - start));
      if (!item.empty()) items.push_back(item);
      start = i + 1;
    }
  }
  if (depth != 0 || quoted) return std::nullopt;
  return items;
}

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

/// One value to be parsed into bytes at an offset; nested lists put more of them on the stack instead of recursing.
struct Task {
  std::uint32_t type;
  std::uint64_t offset;
  std::string_view text;
};

struct Member {
  std::string_view name;
  std::string_view value;
};
/// "name = value", ".name = value" or "\"name\": value".
Member split_member(std::string_view item) {
  for (std::size_t i = 0; i < item.size(); ++i) {
    if (item[i] == '{' || item[i] == '[') break;
    if (item[i] != '=' && item[i] != ':') continue;
    std::string_view name = trimmed(item.substr(0, i));
    if (name.starts_with('.')) name.remove_prefix(1);
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    return {name, trimmed(item.substr(i + 1))};
  }
  return {{}, item};
}

class ValueParser {
 public:
  explicit ValueParser(const Btf& btf) : btf_(btf) {}

  Result<ByteVector> run(std::uint32_t type, std::string_view text) {
    const auto size = btf_.size_of(type);
    if (!size || *size > size_limit) return fail("a value of type {} cannot be given as text", c_type(btf_, type));
    bytes_.assign(*size, 0);
    tasks_.push_back({type, 0, trimmed(text)});
    while (!tasks_.empty()) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      TRY_VOID(one(task));
    }
    return std::move(bytes_);
  }

 private:
  Result<void> put(const Task& task, Result<ByteVector> value) {
    if (!value) return tl::unexpected<Error>(std::move(value).error());
    if (task.offset > bytes_.size() || value->size() > bytes_.size() - task.offset)
      return fail("a member of {} lies outside of it", c_type(btf_, task.type));
    std::copy(value->begin(), value->end(), bytes_.begin() + static_cast<std::ptrdiff_t>(task.offset));
    return {};
  }

  Result<void> one(const Task& task) {
    const std::uint32_t id = btf_.resolve(task.type);
    const BtfType& type = btf_.type(id);
    switch (type.kind) {
      case BtfKind::integer: return put(task, parse_integer(btf_, task.type, type, task.text));
      case BtfKind::enum_:
      case BtfKind::enum64: return put(task, parse_enumerator(btf_, task.type, type, task.text));
      case BtfKind::pointer: {
        TRY(number, parse_number(task.text));
        return put(task, bytes_of_number(number, 8, false, task.text, c_type(btf_, task.type)));
      }
      case BtfKind::array: return array(task, type);
      case BtfKind::struct_:
      case BtfKind::union_: return record(task, type);
      case BtfKind::variable: tasks_.push_back({type.type, task.offset, task.text}); return {};
      case BtfKind::float_:
        if (type.size == 8) return put(task, bytes_of_real<double>(task.text));
        if (type.size == 4) return put(task, bytes_of_real<float>(task.text));
        break;
      case BtfKind::void_:
      case BtfKind::forward:
      case BtfKind::typedef_:
      case BtfKind::volatile_:
      case BtfKind::const_:
      case BtfKind::restrict_:
      case BtfKind::function:
      case BtfKind::function_proto:
      case BtfKind::datasec:
      case BtfKind::decl_tag:
      case BtfKind::type_tag: break;
    }
    return fail("a value of type {} cannot be given as text", c_type(btf_, task.type));
  }

  template <typename T>
  static Result<ByteVector> bytes_of_real(std::string_view text) {
    const std::string copy(text);
    char* end = nullptr;
    const auto value = static_cast<T>(std::strtod(copy.c_str(), &end));
    if (copy.empty() || *end != '\0') return fail("\"{}\" is not a number", text);
    const auto view = bytes_of(value);
    return ByteVector(view.begin(), view.end());
  }

  Result<void> array(const Task& task, const BtfType& type) {
    const auto element = btf_.size_of(type.type);
    const auto items = split_list(task.text);
    if (!items) {
      const BtfType& item_type = btf_.type(btf_.resolve(type.type));
      if (item_type.kind != BtfKind::integer || item_type.size != 1)
        return fail_with_help("write it as {1, 2, 3}", "\"{}\" is not a list of values for {}", task.text,
                              c_type(btf_, task.type));
      const std::string text = unquoted(task.text);
      if (text.size() > type.element_count)
        return fail("\"{}\" has {} bytes and {} takes {}", text, text.size(), c_type(btf_, task.type),
                    type.element_count);
      return put(task, ByteVector(text.begin(), text.end()));
    }
    if (items->size() > type.element_count) return fail("{} values for {}", items->size(), c_type(btf_, task.type));
    for (std::size_t i = 0; i < items->size(); ++i)
      tasks_.push_back({type.type, task.offset + i * element.value_or(0), (*items)[i]});
    return {};
  }

  Result<void> record(const Task& task, const BtfType& type) {
    const auto items = split_list(task.text);
    if (!items)
      return fail_with_help("write it as {name = value, …}", "\"{}\" is not a list of members for {}", task.text,
                            c_type(btf_, task.type));
    for (std::size_t i = 0; i < items->size(); ++i) {
      const Member given = split_member((*items)[i]);
      const BtfMember* member = nullptr;
      if (given.name.empty() && i < type.members.size()) member = &type.members[i];
      for (const BtfMember& candidate : type.members) {
        if (!given.name.empty() && candidate.name == given.name) member = &candidate;
      }
      if (member == nullptr)
        return fail("{} has no member {}", c_type(btf_, task.type),
                    given.name.empty() ? fmt::format("number {}", i + 1) : std::string(given.name));
      if (member->bitfield_size != 0) return fail("bit field {} cannot be given as text", member->name);
      tasks_.push_back({member->type, task.offset + member->bit_offset / 8, given.value});
    }
    return {};
  }

  const Btf& btf_;
  ByteVector bytes_;
  std::vector<Task> tasks_;
};

}  // namespace

Result<ByteVector> parse_value(const Btf& btf, std::uint32_t type, std::string_view text) {
  return ValueParser(btf).run(type, text);
}

}  // namespace skep
