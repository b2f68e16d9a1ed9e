// Where can control arrive other than by a call? Private to the module.
#pragma once

#include <set>
#include <span>

#include "skep/isa/isa.hpp"

namespace skep {

/// The slots that a jump leads to or that the instruction before falls through to: what carries a symbol there is a
/// label, no function.
[[nodiscard]] std::set<std::uint32_t> labelled_slots(std::span<const RawInsn> code);

}  // namespace skep
