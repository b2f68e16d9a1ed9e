// A program's tag: the first 8 bytes of a hash over its instructions with map descriptors zeroed (bpf_prog_calc_tag,
// kernel/bpf/core.c). Linux hashes with SHA-256 since 6.18 and with SHA-1 before.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "skep/isa/isa.hpp"

namespace skep {

enum class TagHash : std::uint8_t { sha1, sha256 };
[[nodiscard]] std::array<std::uint8_t, 8> program_tag(std::span<const RawInsn> code, TagHash hash = TagHash::sha256);

}  // namespace skep
