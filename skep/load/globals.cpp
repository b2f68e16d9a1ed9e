#include "skep/load/globals.hpp"

#include <algorithm>

namespace skep {
namespace {

/// Compiler-made variables (format strings, switch tables) are no one's option.
bool is_settable(const Variable& variable) {
  return variable.name.find('.') == std::string::npos && variable.size != 0;
}

ByteView bytes_of_variable(const Object& object, const Variable& variable) {
  const ByteVector& data = object.maps[variable.map].data;
  if (variable.offset > data.size() || variable.size > data.size() - variable.offset) return {};
  return ByteView(data).subspan(variable.offset, variable.size);
}

/// Without BTF a variable is an integer of its size.
std::string plain_value(ByteView bytes) {
  if (bytes.empty() || bytes.size() > 8) return "0x" + to_hex(bytes, "");
  std::uint64_t value = 0;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(&value));
  return fmt::format("{}", value);
}

std::string value_of(const Object& object, const Variable& variable) {
  const ByteView bytes = bytes_of_variable(object, variable);
  if (object.btf != nullptr && variable.btf_type != 0) return value_text(*object.btf, variable.btf_type, bytes);
  return plain_value(bytes);
}

Result<ByteVector> parse_plain(const Variable& variable, std::string_view text) {
  std::uint64_t value = 0;
  std::size_t used = 0;
  const std::string copy(text);
  const bool negative = text.starts_with('-');
  if (variable.size > 8)
    return fail_with_help("compile with -g: BTF says what it is", "{} has {} bytes and no type", variable.name,
                          variable.size);
  try {
    value = negative ? static_cast<std::uint64_t>(std::stoll(copy, &used, 0)) : std::stoull(copy, &used, 0);
  } catch (const std::exception&) {
    used = 0;
  }
  const std::uint64_t limit = variable.size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (variable.size * 8)) - 1;
  const bool fits = negative ? 0 - value <= limit / 2 + 1 : value <= limit;
  if (used != copy.size() || copy.empty() || !fits) {
    return fail("{} is not a number of {} bytes, which {} is", text, variable.size, variable.name);
  }
  ByteVector bytes(variable.size);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&value), variable.size, bytes.begin());
  return bytes;
}

}  // namespace

std::vector<GlobalVariable> global_variables(const Object& object) {
  std::vector<GlobalVariable> out;
  for (const Variable& variable : object.variables) {
    if (!is_settable(variable)) continue;
    const bool typed = object.btf != nullptr && variable.btf_type != 0;
    out.push_back({variable.name, object.maps[variable.map].name,
                   typed ? c_type(*object.btf, variable.btf_type) : fmt::format("{} bytes", variable.size),
                   value_of(object, variable)});
  }
  return out;
}

Result<void> set_global(Object& object, std::string_view name, std::string_view value) {
  const auto found = std::find_if(object.variables.begin(), object.variables.end(), [&](const Variable& variable) {
    return is_settable(variable) && variable.name == name;
  });
  if (found == object.variables.end()) {
    std::vector<std::string> names;
    for (const GlobalVariable& variable : global_variables(object)) names.push_back(variable.name);
    const std::string guess = nearest(name, names);
    std::string help = names.empty() ? "the object has no global variables"
                                     : fmt::format("its global variables are: {}", fmt::join(names, ", "));
    if (!guess.empty()) help = fmt::format("did you mean --{}? {}", guess, help);
    return fail_with_help(std::move(help), "{} has no global variable {}", object.name, name);
  }
  const bool typed = object.btf != nullptr && found->btf_type != 0;
  auto bytes = typed ? parse_value(*object.btf, found->btf_type, value) : parse_plain(*found, value);
  if (!bytes) {
    Error error = std::move(bytes).error();
    error.what = fmt::format("--{}: {}", name, error.what);
    return tl::unexpected<Error>(std::move(error));
  }
  ByteVector& data = object.maps[found->map].data;
  if (bytes_of_variable(object, *found).empty() || bytes->size() > found->size)
    return fail("{} lies outside of its section", name);
  std::copy(bytes->begin(), bytes->end(), data.begin() + static_cast<std::ptrdiff_t>(found->offset));
  return {};
}

}  // namespace skep
