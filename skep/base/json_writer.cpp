#include "skep/base/json_writer.hpp"

#include <fmt/format.h>

#include <cmath>

namespace skep {

void JsonWriter::newline() {
  if (!pretty_) return;
  out_ += '\n';
  out_.append((has_content_.size() - 1) * 2, ' ');
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_content_.back()) out_ += ',';
  if (has_content_.size() > 1) newline();
  has_content_.back() = true;
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  has_content_.push_back(false);
}

void JsonWriter::close(char bracket) {
  const bool had_content = has_content_.back();
  has_content_.pop_back();
  if (had_content) newline();
  out_ += bracket;
}

void JsonWriter::key(std::string_view name) {
  separate();
  out_ += json_string(name);
  out_ += pretty_ ? ": " : ":";
  after_key_ = true;
}

void JsonWriter::value(double number) { raw(std::isfinite(number) ? fmt::format("{}", number) : "null"); }

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

}  // namespace skep
