// "Did you mean …?": the candidate nearest to what was written, by edit distance.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skep {

/// The nearest candidate if it is near enough to be a likely slip (a third of the word), else "".
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace skep
