// What is wrong with a text, in the order found: a bounded list, each with its line, column and the line's own words.
#pragma once

#include <string_view>
#include <vector>

#include "skep/base/base.hpp"

namespace skep {

class Problems {
 public:
  /// Both must outlive the object.
  Problems(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  /// `line` and `column` count from 1; 0: unknown. Beyond the limit nothing is kept.
  void complain(std::uint32_t line, std::size_t column, std::string what, std::string help = {});
  /// Enough has been found; looking further would only cost time.
  [[nodiscard]] bool full() const { return found_.size() >= limit; }
  [[nodiscard]] bool empty() const { return found_.empty(); }
  /// In the order of the text.
  [[nodiscard]] std::vector<Diagnostic> take() &&;

 private:
  static constexpr std::size_t limit = 20;

  [[nodiscard]] std::string_view line_text(std::uint32_t number) const;

  std::string_view text_;
  std::string_view file_;
  std::vector<Diagnostic> found_;
};

}  // namespace skep
