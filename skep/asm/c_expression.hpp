// Integer constant expressions of C (C17 section 6.6) over numbers, character constants and the BPF_* names, with C's
// own rules for 32 and 64 bits, signed and unsigned, so that `~0U` is the number a compiler would have put there.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "skep/asm/c_token.hpp"
#include "skep/base/base.hpp"

namespace skep {

/// What is wrong, and at which word.
struct CError {
  std::size_t token;
  std::string what;
  std::string help = {};
};

/// The value of the expression that starts at `at`; `at` moves behind it. Ends where no operator follows. Values above
/// INT64_MAX come as the negative number of the same 64 bits. Parentheses may nest 64 deep.
[[nodiscard]] tl::expected<std::int64_t, CError> evaluate_c(std::span<const CToken> tokens, std::size_t& at);

}  // namespace skep
