// JSON out, one value at a time, always well-formed: strings pass through json_string (valid UTF-8), commas and nesting
// are the writer's business. Reading JSON is nlohmann-json's; writing through it would copy everything first and would
// throw on invalid UTF-8.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skep/base/escape.hpp"

namespace skep {

class JsonWriter {
 public:
  /// pretty: one field a line, indented by two blanks.
  explicit JsonWriter(bool pretty = false) : pretty_(pretty) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void value(std::string_view text) { raw(json_string(text)); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool flag) { raw(flag ? "true" : "false"); }
  void value(double number);
  template <std::integral T>
  requires(!std::same_as<T, bool>) void value(T number) { raw(std::to_string(number)); }
  void null() { raw("null"); }
  /// A JSON text made elsewhere.
  void raw(std::string_view json);

  template <typename T>
  void field(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  [[nodiscard]] const std::string& text() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void separate();
  void open(char bracket);
  void close(char bracket);
  void newline();

  bool pretty_;
  bool after_key_ = false;
  std::vector<bool> has_content_ = {false};
  std::string out_;
};

}  // namespace skep
