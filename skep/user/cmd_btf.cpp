// bpf(2): BTF_LOAD.
#include <cerrno>
#include <cstddef>

#include "skep/user/state.hpp"
#include "skep/user/verifier_log.hpp"

namespace skep {
namespace {

constexpr std::uint32_t btf_limit = 16 * 1024 * 1024;  ///< BTF_MAX_SIZE

/// Object files may have enums that are only declared, without a size; Linux takes none (btf_enum_check_meta).
bool has_enum_without_size(const Btf& btf) {
  for (std::uint32_t id = 1; id < btf.type_count(); ++id) {
    const BtfType& type = btf.type(id);
    if ((type.kind == BtfKind::enum_ || type.kind == BtfKind::enum64) && type.size == 0) return true;
  }
  return false;
}

}  // namespace

long UserKernel::State::btf_load(const Attr& attr) {
  const auto wanted = attr.as<BtfLoadAttr>();
  if (wanted.btf_flags != 0) return -EINVAL;
  if (wanted.btf_size > btf_limit) return -E2BIG;
  VerifierLog log(wanted.btf_log_level, wanted.btf_log_size, wanted.btf_log_buf);
  if (!log.valid()) return -EINVAL;
  ByteVector bytes(wanted.btf_size);
  if (const int error = attr.memory().read(wanted.btf, bytes); error != 0) return error;
  auto parsed = Btf::parse(bytes);
  if (parsed && has_enum_without_size(*parsed)) parsed = fail("BTF: an enum has a size of 0 bytes");
  if (!parsed) log.line(parsed.error().what);
  const long log_result = log.write(attr.memory());
  if (const long error = attr.put(offsetof(BtfLoadAttr, btf_log_true_size), log.true_size()); error != 0) return error;
  if (!parsed) return -EINVAL;
  if (log_result != 0) return log_result;
  auto entry = std::make_shared<BtfEntry>(std::move(*parsed));
  btfs.add(entry);
  return install(entry);
}

}  // namespace skep
