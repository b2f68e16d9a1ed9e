#include "skep/user/tag.hpp"

#include <algorithm>

namespace skep {

std::array<std::uint8_t, 8> program_tag(std::span<const RawInsn> code, TagHash hash) {
  std::vector<RawInsn> stable(code.begin(), code.end());
  for (std::uint32_t i = 0; i < stable.size();) {
    const auto decoded = decode(code, Slot{i});
    const std::uint32_t slots = decoded ? decoded->slots : 1;
    const auto* load = decoded ? std::get_if<LoadImm64>(&decoded->insn) : nullptr;
    // Descriptors differ from load to load; the tag must not.
    if (load != nullptr && (load->kind == ImmKind::map_fd || load->kind == ImmKind::map_value))
      stable[i].imm = stable[i + 1].imm = 0;
    i += slots;
  }
  const ByteVector bytes = bytes_from_slots(stable);
  std::array<std::uint8_t, 8> tag{};
  if (hash == TagHash::sha256) {
    const auto digest = sha256(bytes);
    std::copy_n(digest.begin(), tag.size(), tag.begin());
  } else {
    const auto digest = sha1(bytes);
    std::copy_n(digest.begin(), tag.size(), tag.begin());
  }
  return tag;
}

}  // namespace skep
