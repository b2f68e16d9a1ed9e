// .BTF.ext: what ties instructions to functions, source lines and CO-RE relocations, per section. Record sizes are the
// file's, larger ones than ours are read with the rest skipped (as libbpf and Linux do).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "skep/btf/type.hpp"

namespace skep {

struct FunctionRecord {
  std::uint32_t byte_offset;  ///< in the section
  std::uint32_t type;         ///< a FUNC
};
struct LineRecord {
  std::uint32_t byte_offset;
  std::string_view file;
  std::string_view text;
  std::uint32_t line;
  std::uint32_t column;
  std::uint32_t file_offset;  ///< name offsets, for line_info as PROG_LOAD takes it
  std::uint32_t text_offset;
};
/// enum bpf_core_relo_kind.
enum class CoreKind : std::uint32_t {
  field_byte_offset = 0,
  field_byte_size,
  field_exists,
  field_signed,
  field_lshift_u64,
  field_rshift_u64,
  type_id_local,
  type_id_target,
  type_exists,
  type_size,
  enumval_exists,
  enumval_value,
  type_matches,
};
struct CoreRecord {
  std::uint32_t byte_offset;
  std::uint32_t type;
  std::string_view access;  ///< "0:1:2"
  CoreKind kind;
};
struct BtfExtSection {
  std::string_view name;
  std::vector<FunctionRecord> functions;
  std::vector<LineRecord> lines;
  std::vector<CoreRecord> core;
};
struct BtfExt {
  std::vector<BtfExtSection> sections;
  [[nodiscard]] const BtfExtSection* find(std::string_view section) const;
};

/// Views borrow `btf`'s strings. Errors: truncated tables, counts beyond the section, string offsets out of range.
[[nodiscard]] Result<BtfExt> parse_btf_ext(ByteView bytes, const Btf& btf, ByteOrder order = ByteOrder::little);

}  // namespace skep
