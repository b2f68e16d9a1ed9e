// The kernel formats in two steps: bpf_bprintf_prepare() checks each conversion and packs the arguments, strings
// included, into 512 bytes; bstr_printf() prints from there. Both steps show: strings are cut and calls fail by what
// fits into those bytes, and what follows a %p conversion is swallowed as far as it is alphanumeric.
#include "skep/helpers/format.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace skep {
namespace {

constexpr std::uint64_t packed_limit = 512;          ///< MAX_BPRINTF_BIN_ARGS
constexpr std::int64_t width_limit = (1 << 23) - 1;  ///< FIELD_WIDTH_MAX
constexpr int pointer_digits = 16;

// The kernel's own ctype (lib/ctype.c), which knows Latin-1: so a conversion may be followed by "£" but not by "é".
unsigned char code_of(char c) { return static_cast<unsigned char>(c); }
bool is_ascii(char c) { return code_of(c) < 0x80; }
bool is_space(char c) { return (c >= '\t' && c <= '\r') || c == ' ' || code_of(c) == 0xa0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_sign(char c) { return code_of(c) == 0xd7 || code_of(c) == 0xf7; }
bool is_letter(char c) {
  const int lower = c | 0x20;
  return (is_ascii(c) && lower >= 'a' && lower <= 'z') || (code_of(c) >= 0xc0 && !is_sign(c));
}
bool is_alphanumeric(char c) { return is_digit(c) || is_letter(c); }
bool is_printable(char c) { return (code_of(c) >= 0x20 && code_of(c) < 0x7f) || code_of(c) >= 0xa0; }
bool is_punctuation(char c) { return is_printable(c) && !is_space(c) && !is_alphanumeric(c); }
bool ends_conversion(char c) { return c == 0 || is_space(c) || is_punctuation(c); }

/// "%-08": what stands between the percent sign and the conversion.
struct Field {
  bool left = false, plus = false, space = false, zero = false;
  std::int64_t width = -1;
};

/// Text that is counted whole and kept as far as it fits.
class Output {
 public:
  Output(std::string& text, std::size_t limit) : text_(text), limit_(limit) { text_.clear(); }
  void put(char c) { fill(c, 1); }
  void put(std::string_view text) {
    text_.append(text.substr(0, std::min(text.size(), limit_ - text_.size())));
    length_ += static_cast<long>(text.size());
  }
  void fill(char c, std::int64_t count) {
    if (count <= 0) return;
    text_.append(std::min(static_cast<std::size_t>(count), limit_ - text_.size()), c);
    length_ += count;
  }
  [[nodiscard]] long length() const { return length_; }
  void forget() { text_.clear(); }

 private:
  std::string& text_;
  std::size_t limit_;
  long length_ = 0;
};

/// string() of lib/vsprintf.c without a precision.
void put_text(Output& out, const Field& field, std::string_view text) {
  const std::int64_t padding = field.width - static_cast<std::int64_t>(text.size());
  if (!field.left) out.fill(' ', padding);
  out.put(text);
  if (field.left) out.fill(' ', padding);
}

/// number() of lib/vsprintf.c: `sign` is "-", "+", " " or nothing.
void put_digits(Output& out, const Field& field, std::string_view sign, std::string_view digits) {
  const std::int64_t padding = field.width - static_cast<std::int64_t>(sign.size() + digits.size());
  const bool zeros = field.zero && !field.left;
  if (!zeros && !field.left) out.fill(' ', padding);
  out.put(sign);
  if (zeros) out.fill('0', padding);
  out.put(digits);
  if (field.left) out.fill(' ', padding);
}

void put_number(Output& out, const Field& field, char conversion, std::uint64_t value, std::size_t bytes) {
  if (bytes == 4 && (conversion == 'd' || conversion == 'i'))
    value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
  if (bytes == 4 && conversion != 'd' && conversion != 'i') value = static_cast<std::uint32_t>(value);
  if (conversion == 'x') return put_digits(out, field, "", fmt::format("{:x}", value));
  if (conversion == 'X') return put_digits(out, field, "", fmt::format("{:X}", value));
  if (conversion == 'u') return put_digits(out, field, "", fmt::format("{}", value));
  const bool negative = static_cast<std::int64_t>(value) < 0;
  const std::string_view sign = negative ? "-" : field.plus ? "+" : field.space ? " " : "";
  put_digits(out, field, sign, fmt::format("{}", negative ? 0 - value : value));
}

/// pointer_string() of lib/vsprintf.c.
void put_pointer(Output& out, Field field, std::uint64_t value) {
  if (field.width < 0) {
    field.width = pointer_digits;
    field.zero = true;
  }
  put_digits(out, field, "", fmt::format("{:x}", value));
}

/// ptr_to_id(): plain %p shows 32 bits that tell pointers apart and nothing of where they point; null and error values
/// show as they are.
std::uint64_t pointer_id(std::uint64_t address) {
  constexpr std::uint64_t largest_error = 4095;
  if (address == 0 || address >= 0 - largest_error) return address;
  std::uint64_t id = address * 0x9e37'79b9'7f4a'7c15;
  id ^= id >> 29;
  return id * 0xbf58'476d'1ce4'e5b9 >> 32;
}

std::string ip_text(char letter, ByteView bytes) {
  const bool four = bytes.size() == 4;
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (four && i != 0) text += '.';
    if (!four && letter == 'I' && i != 0 && i % 2 == 0) text += ':';
    const bool padded = letter == 'i';
    text += !four    ? fmt::format("{:02x}", bytes[i])
            : padded ? fmt::format("{:03}", bytes[i])
                     : fmt::format("{}", bytes[i]);
  }
  return text;
}

class Formatter {
 public:
  Formatter(std::string_view format, std::span<const std::uint64_t> arguments, const FormatMemory& memory, Output& out)
      : format_(format), arguments_(arguments), memory_(memory), out_(out) {}

  [[nodiscard]] long run() {
    while (at_ < format_.size()) {
      const char c = format_[at_];
      if (is_ascii(c) && !is_printable(c) && !is_space(c)) return -EINVAL;
      if (c != '%') {
        out_.put(c);
        ++at_;
      } else if (peek(1) == '%') {
        out_.put('%');
        at_ += 2;
      } else if (const int error = conversion(); error != 0) {
        return error;
      }
    }
    return out_.length();
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead) const {
    return at_ + ahead < format_.size() ? format_[at_ + ahead] : '\0';
  }

  [[nodiscard]] Field field() {
    Field field;
    for (;; ++at_) {
      const char c = peek(0);
      if (c == '-')
        field.left = true;
      else if (c == '+')
        field.plus = true;
      else if (c == ' ')
        field.space = true;
      else if (c == '0')
        field.zero = true;
      else
        break;
    }
    if (!is_digit(peek(0))) return field;
    for (field.width = 0; is_digit(peek(0)); ++at_)
      field.width = std::min<std::int64_t>(field.width * 10 + (peek(0) - '0'), width_limit);
    return field;
  }

  /// One conversion, from its percent sign on.
  [[nodiscard]] int conversion() {
    if (used_ == arguments_.size()) return -EINVAL;
    const std::uint64_t argument = arguments_[used_++];
    ++at_;
    const Field wanted = field();
    if (peek(0) == 'p') return pointer(wanted, argument);
    if (peek(0) == 's') return text(wanted, argument, TextSource::any);
    if (peek(0) == 'c') return character(wanted, argument);
    std::size_t bytes = sizeof(std::uint32_t);
    for (int longs = 0; longs < 2 && peek(0) == 'l'; ++longs, ++at_) bytes = sizeof(std::uint64_t);
    const char letter = peek(0);
    if (letter == 0 || std::string_view("diuxX").find(letter) == std::string_view::npos) return -EINVAL;
    if (!pack(bytes)) return -ENOSPC;
    put_number(out_, wanted, letter, argument, bytes);
    ++at_;
    return 0;
  }

  [[nodiscard]] int pointer(const Field& wanted, std::uint64_t argument) {
    const char kind = peek(1);
    if ((kind == 'k' || kind == 'u') && peek(2) == 's') {
      at_ += 2;
      return text(wanted, argument, kind == 'k' ? TextSource::kernel : TextSource::user);
    }
    if (kind == 'i' || kind == 'I') return ip_address(argument);
    const bool plain = ends_conversion(kind);
    const bool known = plain || kind == 'K' || kind == 'x' || kind == 's' || kind == 'S' || kind == 'B';
    if (!known) return -EINVAL;
    // There are no kernel symbols here: what has none prints as a number (__sprint_symbol()).
    const std::string symbol = fmt::format("0x{:x}", argument);
    if (kind == 'B') {
      if (!pack_text(symbol.size() + 1)) return -ENOSPC;
      out_.put(symbol);
    } else {
      if (!pack(sizeof(std::uint64_t))) return -ENOSPC;
      if (kind == 's' || kind == 'S')
        put_text(out_, wanted, symbol);
      else
        put_pointer(out_, wanted, kind == 'x' ? argument : pointer_id(argument));
    }
    skip_pointer_letters();
    return 0;
  }

  [[nodiscard]] int ip_address(std::uint64_t argument) {
    const char letter = peek(1), version = peek(2);
    if (version != '4' && version != '6') return -EINVAL;
    std::array<std::uint8_t, 16> bytes{};
    const MutableBytes address(bytes.data(), version == '4' ? 4 : 16);
    if (packed_limit - packed_ < address.size()) return -ENOSPC;
    if (memory_.bytes(argument, address) != 0) bytes.fill(0);
    const std::string text = ip_text(letter, address);
    if (!pack_text(text.size() + 1)) return -ENOSPC;
    out_.put(text);
    skip_pointer_letters();
    return 0;
  }

  /// At the s of %s, %pks or %pus.
  [[nodiscard]] int text(const Field& wanted, std::uint64_t argument, TextSource source) {
    if (!ends_conversion(peek(1))) return -EINVAL;
    if (packed_ == packed_limit) return -ENOSPC;
    std::array<std::uint8_t, packed_limit> buffer{};
    const long read = memory_.text(argument, source, {buffer.data(), packed_limit - packed_});
    const auto bytes = static_cast<std::size_t>(read < 0 ? 1 : read);
    packed_ += bytes;
    put_text(out_, wanted, read < 0 ? std::string_view() : as_text(ByteView(buffer).first(bytes - 1)));
    ++at_;
    return 0;
  }

  [[nodiscard]] int character(const Field& wanted, std::uint64_t argument) {
    if (!pack_text(1)) return -ENOSPC;
    const char c = static_cast<char>(argument);
    put_text(out_, wanted, {&c, 1});
    ++at_;
    return 0;
  }

  /// Numbers are packed at multiples of 4, texts anywhere.
  [[nodiscard]] bool pack(std::uint64_t bytes) {
    packed_ = round_up<std::uint64_t>(packed_, 4);
    return pack_text(bytes);
  }
  [[nodiscard]] bool pack_text(std::uint64_t bytes) {
    if (packed_limit - packed_ < bytes) return false;
    packed_ += bytes;
    return true;
  }

  void skip_pointer_letters() {
    ++at_;
    while (is_alphanumeric(peek(0))) ++at_;
  }

  std::string_view format_;
  std::span<const std::uint64_t> arguments_;
  const FormatMemory& memory_;
  Output& out_;
  std::size_t at_ = 0;
  std::size_t used_ = 0;
  std::uint64_t packed_ = 0;
};

}  // namespace

long bpf_format(std::string_view format, std::span<const std::uint64_t> arguments, const FormatMemory& memory,
                std::string& out, std::size_t limit) {
  Output output(out, limit);
  const std::size_t end = format.find('\0');
  if (end == std::string_view::npos) return -EINVAL;
  const long length = Formatter(format.substr(0, end), arguments, memory, output).run();
  if (length < 0) output.forget();
  return length;
}

}  // namespace skep
