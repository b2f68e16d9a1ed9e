// From bytes to instructions and back. decode() accepts exactly the assigned encodings (RFC 9669 plus legacy packet
// loads, load_acquire, store_release, may_goto, addr_space_cast) and says for every other one which slot and why;
// encode() is its inverse.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "skep/base/base.hpp"
#include "skep/isa/instruction.hpp"

namespace skep {

/// Why a slot is not an instruction.
struct EncodingError {
  Slot slot;
  RawInsn raw;
  std::string reason;  ///< "opcode 0x8d is not assigned", "the offset field must be 0 for …"
};

struct Decoded {
  Instruction insn;
  std::uint32_t slots;  ///< 1 or 2
};

/// The instruction at `at`. Precondition: at < code.size().
[[nodiscard]] tl::expected<Decoded, EncodingError> decode(std::span<const RawInsn> code, Slot at);

struct Encoded {
  std::array<RawInsn, 2> raw;
  std::uint32_t slots;
};
[[nodiscard]] Encoded encode(const Instruction& insn);

/// Slots from bytes. Errors: a length that is not a multiple of 8.
[[nodiscard]] Result<std::vector<RawInsn>> slots_from_bytes(ByteView bytes, ByteOrder order = ByteOrder::little);
[[nodiscard]] ByteVector bytes_from_slots(std::span<const RawInsn> code, ByteOrder order = ByteOrder::little);

/// All that is wrong with a program's form: encodings that are not assigned, jumps and calls that leave it or land in
/// the middle of a 64-bit immediate, a last instruction that falls off the end. Empty: well-formed. Says nothing about
/// safety.
[[nodiscard]] std::vector<EncodingError> validate(std::span<const RawInsn> code);

}  // namespace skep
