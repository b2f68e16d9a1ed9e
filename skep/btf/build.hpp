// Builds .BTF bytes: for objects that `skep asm` writes, for DATASEC fix-ups, and for tests.
#pragma once

#include <cstdint>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skep/btf/type.hpp"

namespace skep {

/// Each add_* returns the new type's id. Strings are interned.
class BtfBuilder {
 public:
  BtfBuilder();
  std::uint32_t add_integer(std::string_view name, std::uint32_t size, std::uint8_t encoding);
  std::uint32_t add_pointer(std::uint32_t to);
  std::uint32_t add_array(std::uint32_t element, std::uint32_t index, std::uint32_t count);
  std::uint32_t add_struct(std::string_view name, std::uint32_t size, const std::vector<BtfMember>& members);
  std::uint32_t add_typedef(std::string_view name, std::uint32_t type);
  std::uint32_t add_variable(std::string_view name, std::uint32_t type, std::uint32_t linkage);
  std::uint32_t add_datasec(std::string_view name, std::uint32_t size,
                            const std::vector<BtfSectionVariable>& variables);
  std::uint32_t add_function_proto(std::uint32_t result, const std::vector<BtfParameter>& parameters);
  std::uint32_t add_function(std::string_view name, std::uint32_t proto, std::uint32_t linkage);
  std::uint32_t add_enum(std::string_view name, const std::vector<BtfEnumerator>& enumerators);
  [[nodiscard]] ByteVector write() const;

 private:
  std::uint32_t intern(std::string_view text);
  std::uint32_t begin_type(std::string_view name, std::uint32_t info, std::uint32_t size_or_type);
  ByteVector types_;
  std::string strings_;
  std::uint32_t count_ = 1;
};

/// A copy of `btf`'s section in which DATASECs have the sizes and variables the offsets that the ELF gives them (clang
/// leaves both 0; libbpf's btf_fixup_datasec), and in which names the kernel refuses are mended. `section_size(name)`
/// and `variable_offset(section, variable)` come from the ELF; nothing: leave as is.
struct DatasecFacts {
  std::string section;
  std::uint32_t size;
  std::vector<std::pair<std::string, std::uint32_t>> variable_offsets;
};
[[nodiscard]] ByteVector fix_datasecs(const Btf& btf, const std::vector<DatasecFacts>& facts);

/// Bytes of a type's record in the section, its trailing data included.
[[nodiscard]] std::uint64_t btf_record_size(const BtfType& type);

}  // namespace skep
