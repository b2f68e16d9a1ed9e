// SHA-1 and SHA-256 (FIPS 180-4), for program tags: Linux computes them with SHA-1 up to 6.17 and with SHA-256
// since 6.18. Tags are names, not security: nothing here trusts them.
#pragma once

#include <array>
#include <cstdint>

#include "skep/base/bytes.hpp"

namespace skep {

[[nodiscard]] std::array<std::uint8_t, 20> sha1(ByteView bytes);
[[nodiscard]] std::array<std::uint8_t, 32> sha256(ByteView bytes);

}  // namespace skep
