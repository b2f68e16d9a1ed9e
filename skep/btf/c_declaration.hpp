// Types as C: the spelling of one type ("struct xdp_md *", "int[4]"), and whole definitions.
#pragma once

#include <string>

#include "skep/btf/type.hpp"

namespace skep {

/// How C spells the type, with an optional declarator name: c_type(btf, id, "x") = "const char x[16]". Bounded on
/// hostile graphs.
[[nodiscard]] std::string c_type(const Btf& btf, std::uint32_t id, std::string_view name = {});
/// "int hello(struct xdp_md * ctx)" for a FUNC, as bpftool prints a program's prototype.
[[nodiscard]] std::string c_prototype(const Btf& btf, std::uint32_t function);
/// The definition of a struct, union or enum with its members and their offsets as comments.
[[nodiscard]] std::string c_definition(const Btf& btf, std::uint32_t id);
/// One line as `bpftool btf dump … format raw` prints it, with indented member lines: "[2] UNION 'my_union' size=48
/// vlen=2\n\t'a' type_id=3 bits_offset=0".
[[nodiscard]] std::string raw_text(const Btf& btf, std::uint32_t id);
/// The same as bpftool's JSON object.
void write_json(JsonWriter& json, const Btf& btf, std::uint32_t id);

}  // namespace skep
