#include "skep/asm/problems.hpp"

#include <algorithm>

namespace skep {

void Problems::complain(std::uint32_t line, std::size_t column, std::string what, std::string help) {
  if (full()) return;
  constexpr std::size_t shown = 200;
  Diagnostic diagnostic;
  diagnostic.where = {std::string(file_), line, static_cast<std::uint32_t>(column),
                      std::string(line_text(line).substr(0, shown))};
  diagnostic.what = std::move(what);
  diagnostic.help = std::move(help);
  found_.push_back(std::move(diagnostic));
}

std::string_view Problems::line_text(std::uint32_t number) const {
  std::size_t start = 0;
  for (std::uint32_t i = 1; i < number; ++i) start = std::min(text_.find('\n', start), text_.size() - 1) + 1;
  if (number == 0 || start >= text_.size()) return {};
  std::string_view line = text_.substr(start, std::min(text_.find('\n', start), text_.size()) - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::vector<Diagnostic> Problems::take() && {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.where.line < b.where.line; });
  return std::move(found_);
}

}  // namespace skep
