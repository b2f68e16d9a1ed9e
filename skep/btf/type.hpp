// Types as data: every kind up to ENUM64 and the tags, read from .BTF bytes that come from strangers. Type graphs may
// be cyclic by nature; whoever walks one bounds its steps (resolve() does).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skep/base/base.hpp"

namespace skep {

enum class BtfKind : std::uint8_t {
  void_ = 0,
  integer = 1,
  pointer = 2,
  array = 3,
  struct_ = 4,
  union_ = 5,
  enum_ = 6,
  forward = 7,
  typedef_ = 8,
  volatile_ = 9,
  const_ = 10,
  restrict_ = 11,
  function = 12,
  function_proto = 13,
  variable = 14,
  datasec = 15,
  float_ = 16,
  decl_tag = 17,
  type_tag = 18,
  enum64 = 19,
};
/// "INT", "STRUCT", … as bpftool prints them.
[[nodiscard]] std::string_view name_of(BtfKind kind);

struct BtfMember {
  std::string_view name;
  std::uint32_t type;
  std::uint32_t bit_offset;
  std::uint32_t bitfield_size;  ///< 0: not a bit field
};
struct BtfEnumerator {
  std::string_view name;
  std::int64_t value;  ///< sign- or zero-extended as the enum's kind flag says
};
struct BtfParameter {
  std::string_view name;
  std::uint32_t type;
};
struct BtfSectionVariable {
  std::uint32_t type;
  std::uint32_t offset;
  std::uint32_t size;
};

/// One type record. Which fields mean something depends on the kind; the rest are zero or empty.
struct BtfType {
  BtfKind kind = BtfKind::void_;
  bool kind_flag = false;  ///< enum: signed; struct: members have bit field sizes; forward: union
  std::string_view name;   ///< "" if anonymous; borrows the Btf's bytes
  std::uint32_t size = 0;  ///< integer, struct, union, enum, enum64, float, datasec
  std::uint32_t type = 0;  ///< pointer, typedef, cv, function (its proto), variable, tags, array element, proto result
  std::uint32_t index_type = 0;  ///< array
  std::uint32_t element_count = 0;
  std::uint8_t encoding = 0;    ///< integer: 1 signed, 2 char, 4 bool
  std::uint8_t bit_offset = 0;  ///< integer
  std::uint8_t bits = 0;        ///< integer
  std::uint32_t linkage = 0;    ///< function, variable: 0 static, 1 global, 2 extern
  std::int32_t component = -1;  ///< decl_tag: which member or parameter, -1 the thing itself
  std::vector<BtfMember> members = {};
  std::vector<BtfEnumerator> enumerators = {};
  std::vector<BtfParameter> parameters = {};
  std::vector<BtfSectionVariable> variables = {};
};

/// A parsed .BTF section that owns its bytes. Type ids count from 1; id 0 is void.
class Btf {
 public:
  /// Errors name the offending type id. `order`: of the object file. Checked: header, counts, string offsets, type
  /// references in range, no array or typedef chains that never end (size_of and resolve are bounded anyway).
  [[nodiscard]] static Result<Btf> parse(ByteView bytes, ByteOrder order = ByteOrder::little);

  [[nodiscard]] std::uint32_t type_count() const { return static_cast<std::uint32_t>(types_.size()); }  ///< with void
  /// Precondition: id < type_count().
  [[nodiscard]] const BtfType& type(std::uint32_t id) const { return types_[id]; }
  [[nodiscard]] bool contains(std::uint32_t id) const { return id < types_.size(); }
  /// The string at a name offset; "" if out of range.
  [[nodiscard]] std::string_view string(std::uint32_t offset) const;
  /// The raw section, as BPF_BTF_LOAD takes it.
  [[nodiscard]] ByteView bytes() const { return bytes_; }

  /// Follows typedef, const, volatile, restrict and type tags to the type behind them; 0 if the chain never ends.
  [[nodiscard]] std::uint32_t resolve(std::uint32_t id) const;
  /// Bytes of a value of the type; nothing for void, functions, forward declarations, or sizes over 2^32.
  [[nodiscard]] std::optional<std::uint64_t> size_of(std::uint32_t id) const;
  /// Alignment in bytes: a power of two up to 8, as libbpf counts it; 1 if unknown.
  [[nodiscard]] std::uint32_t align_of(std::uint32_t id) const;
  /// First type with this kind and name.
  [[nodiscard]] std::optional<std::uint32_t> find(BtfKind kind, std::string_view name) const;

 private:
  // Views in types_ point into bytes_, whose heap buffer does not move when a Btf is moved; copying is off.
  Btf() = default;
  Btf(const Btf&) = delete;
  Btf& operator=(const Btf&) = delete;

 public:
  Btf(Btf&&) noexcept = default;
  Btf& operator=(Btf&&) noexcept = default;

 private:
  friend class BtfParser;
  ByteVector bytes_;
  std::string_view strings_;
  std::vector<BtfType> types_;
};

}  // namespace skep
