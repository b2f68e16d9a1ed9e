// The support column that rows carry: `skep features` and the compatibility page are printed from it, and code that
// refuses something takes its reason from here.
#pragma once

#include <cstdint>
#include <string_view>

namespace skep {

enum class SupportLevel : std::uint8_t { full, partial, refused };

/// What our user kernel does with the row's subject. `why` is empty for full; `error` is the errno a refusal answers
/// with.
struct Support {
  SupportLevel level = SupportLevel::refused;
  std::string_view why = {};
  int error = 0;
};
[[nodiscard]] constexpr Support full() { return {SupportLevel::full, {}, 0}; }
[[nodiscard]] constexpr Support partial(std::string_view why) { return {SupportLevel::partial, why, 0}; }
[[nodiscard]] constexpr Support refused(int error, std::string_view why = "not supported yet") {
  return {SupportLevel::refused, why, error};
}

[[nodiscard]] constexpr std::string_view name_of(SupportLevel level) {
  switch (level) {
    case SupportLevel::full: return "full";
    case SupportLevel::partial: return "partial";
    case SupportLevel::refused: return "refused";
  }
  return "";
}

}  // namespace skep
