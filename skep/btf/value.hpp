// Memory as values: prints bytes by their type, and parses text into bytes, for map dumps and for `--variable 42`.
#pragma once

#include <string>
#include <string_view>

#include "skep/btf/type.hpp"

namespace skep {

/// The value as bpftool's BTF dumper prints it in JSON: structs as objects, arrays as arrays, char arrays that hold
/// text as strings, bool as true/false, enums as their name, bit fields, 128-bit integers and pointers as "0x…". Never
/// reads past `bytes`; what lies beyond counts as zero.
void write_value(JsonWriter& json, const Btf& btf, std::uint32_t type, ByteView bytes);
/// A short text form for one line: 42, "abc", {a = 1, b = 2}.
[[nodiscard]] std::string value_text(const Btf& btf, std::uint32_t type, ByteView bytes);
/// Parses a scalar, enum name, bool, char array (a string) or a brace/JSON list for arrays and structs into the type's
/// bytes. Errors: does not fit, no such enumerator (lists them), not a value of the type.
[[nodiscard]] Result<ByteVector> parse_value(const Btf& btf, std::uint32_t type, std::string_view text);

}  // namespace skep
