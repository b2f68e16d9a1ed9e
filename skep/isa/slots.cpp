// Bytes ⇄ slots (RFC 9669 section 3). A big-endian machine stores off and imm big-endian and swaps the nibbles of the
// register byte too, because C lays out its bit fields from the other end.
#include "skep/isa/decode.hpp"

namespace skep {
namespace {

constexpr std::uint8_t low_nibble(std::uint8_t byte) { return byte & 0x0f; }
constexpr std::uint8_t high_nibble(std::uint8_t byte) { return static_cast<std::uint8_t>(byte >> 4); }

template <typename T>
T in_order(T value, ByteOrder order) {
  return order == ByteOrder::little ? value : byte_swap(value);
}

}  // namespace

Result<std::vector<RawInsn>> slots_from_bytes(ByteView bytes, ByteOrder order) {
  if (bytes.size() % slot_bytes != 0)
    return fail("{} bytes are no whole number of instructions: each takes {}", bytes.size(), slot_bytes);
  std::vector<RawInsn> code;
  code.reserve(bytes.size() / slot_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += slot_bytes) {
    const std::uint8_t* slot = bytes.data() + at;
    const bool little = order == ByteOrder::little;
    code.push_back({slot[0], little ? low_nibble(slot[1]) : high_nibble(slot[1]),
                    little ? high_nibble(slot[1]) : low_nibble(slot[1]),
                    in_order(load_unaligned<std::int16_t>(slot + 2), order),
                    in_order(load_unaligned<std::int32_t>(slot + 4), order)});
  }
  return code;
}

ByteVector bytes_from_slots(std::span<const RawInsn> code, ByteOrder order) {
  ByteVector bytes;
  bytes.reserve(code.size() * slot_bytes);
  for (const RawInsn& raw : code) {
    const bool little = order == ByteOrder::little;
    const std::uint8_t low = little ? raw.dst : raw.src;
    const std::uint8_t high = little ? raw.src : raw.dst;
    append(bytes, raw.code);
    append(bytes, static_cast<std::uint8_t>(low_nibble(low) | high << 4));
    append(bytes, in_order(raw.off, order));
    append(bytes, in_order(raw.imm, order));
  }
  return bytes;
}

}  // namespace skep
