// Records keep their place and length, so that ids and offsets stay valid: a DATASEC becomes a STRUCT because their
// entries have the same 12 bytes. Rules mirrored: btf_var_check_meta, btf_var_resolve, btf_func_check_meta,
// btf_datasec_check_meta, btf_struct_check_meta (kernel/bpf/btf.c).
#include "skep/btf/mend_externs.hpp"

#include <algorithm>

#include "skep/btf/build.hpp"

namespace skep {

namespace {

constexpr std::uint32_t global_linkage = 1;
constexpr std::uint32_t extern_linkage = 2;
constexpr std::uint64_t head_size = 12;
constexpr std::uint64_t entry_size = 12;

std::uint32_t info_word(BtfKind kind, std::size_t count) {
  return static_cast<std::uint32_t>(kind) << 24 | static_cast<std::uint32_t>(count);
}

/// A type that has a size: an integer if there is one, as libbpf takes; 0 if there is neither that nor a pointer.
std::uint32_t find_sized_type(const Btf& btf) {
  std::uint32_t pointer = 0;
  for (std::uint32_t id = 1; id < btf.type_count(); ++id) {
    if (btf.type(id).kind == BtfKind::integer && btf.type(id).size == 4) return id;
    if (btf.type(id).kind == BtfKind::pointer) pointer = id;
  }
  return pointer;
}

class ExternMender {
 public:
  ExternMender(const Btf& btf, ByteVector& bytes) : btf_(btf), bytes_(bytes), filler_(find_sized_type(btf)) {}

  void mend() {
    std::uint64_t at = std::uint64_t{load_unaligned<std::uint32_t>(bytes_.data() + 4)} +
                       load_unaligned<std::uint32_t>(bytes_.data() + 8);
    for (std::uint32_t id = 1; id < btf_.type_count(); ++id) {
      const BtfType& type = btf_.type(id);
      if (type.kind == BtfKind::variable && type.linkage == extern_linkage) mend_variable(type, at);
      if (type.kind == BtfKind::function && type.linkage == extern_linkage)
        store(at + 4, info_word(BtfKind::typedef_, 0));
      if ((type.kind == BtfKind::enum_ || type.kind == BtfKind::enum64) && type.size == 0)
        store(at + 8, type.kind == BtfKind::enum_ ? 4 : 8);
      if (type.kind == BtfKind::datasec && (type.name == ".kconfig" || type.name == ".ksyms")) make_struct(type, at);
      at += btf_record_size(type);
    }
  }

 private:
  void mend_variable(const BtfType& variable, std::uint64_t at) {
    store(at + head_size, global_linkage);
    if (!btf_.size_of(variable.type)) store(at + 8, filler_);
  }

  void make_struct(const BtfType& datasec, std::uint64_t at) {
    const auto member_size = static_cast<std::uint32_t>(btf_.size_of(filler_).value_or(0));
    store(at, 0);
    store(at + 4, info_word(BtfKind::struct_, datasec.variables.size()));
    store(at + 8, static_cast<std::uint32_t>(datasec.variables.size()) * member_size);
    for (std::uint32_t i = 0; i < datasec.variables.size(); ++i) {
      const std::uint64_t member = at + head_size + i * entry_size;
      store(member, 0);
      store(member + 4, filler_);
      store(member + 8, i * member_size * 8);
    }
  }

  void store(std::uint64_t at, std::uint32_t word) {
    CHECK(at + sizeof word <= bytes_.size());
    store_unaligned(bytes_.data() + at, word);
  }

  const Btf& btf_;
  ByteVector& bytes_;
  std::uint32_t filler_;
};

}  // namespace

void mend_externs(const Btf& btf, ByteVector& bytes) {
  if (bytes.size() < 24 || load_unaligned<std::uint16_t>(bytes.data()) != 0xeb9f) return;
  ExternMender(btf, bytes).mend();
}

}  // namespace skep
