#include "skep/base/hex.hpp"

#include <algorithm>

namespace skep {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_separator(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ';' || c == ':';
}

}  // namespace

std::string to_hex(ByteView bytes, std::string_view separator) {
  std::string out;
  out.reserve(bytes.size() * (2 + separator.size()));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0) out += separator;
    out += "0123456789abcdef"[bytes[i] >> 4];
    out += "0123456789abcdef"[bytes[i] & 15];
  }
  return out;
}

Result<ByteVector> parse_hex(std::string_view text) {
  ByteVector out;
  std::size_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\n') {
      ++line;
      line_start = i + 1;
    }
    if (is_separator(c)) {
      ++i;
      continue;
    }
    const auto rest = text.substr(i);
    if (c == '#' || rest.starts_with("//")) {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    const bool prefixed = rest.starts_with("0x") || rest.starts_with("0X") || rest.starts_with("\\x");
    if (prefixed && rest.size() > 2 && digit(rest[2]) >= 0) {
      i += 2;
      // "0x7" is one byte; longer runs after a prefix are read two digits at a time like any other.
      if (rest.size() == 3 || digit(rest[3]) < 0) {
        out.push_back(static_cast<std::uint8_t>(digit(rest[2])));
        ++i;
        continue;
      }
    }
    const int high = digit(text[i]);
    const int low = i + 1 < text.size() ? digit(text[i + 1]) : -1;
    if (high < 0 || low < 0) {
      return fail("line {}, column {}: not a pair of hex digits", line, i - line_start + 1);
    }
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
    i += 2;
  }
  return out;
}

std::string hex_dump(ByteView bytes, std::uint64_t base) {
  std::string out;
  for (std::size_t row = 0; row < bytes.size(); row += 16) {
    const auto slice = bytes.subspan(row, std::min<std::size_t>(16, bytes.size() - row));
    out += fmt::format("{:08x} ", base + row);
    for (std::size_t i = 0; i < 16; ++i) {
      if (i % 8 == 0) out += ' ';
      out += i < slice.size() ? fmt::format("{:02x} ", slice[i]) : "   ";
    }
    out += " |";
    for (const std::uint8_t byte : slice) out += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    out += "|\n";
  }
  return out;
}

}  // namespace skep
