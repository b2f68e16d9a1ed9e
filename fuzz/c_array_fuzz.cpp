// C arrays and dumps from anywhere: either slots or diagnostics that have a place and say something, never both or
// neither; and what we dump we read.
#include <algorithm>
#include <cstdlib>

#include "skep/asm/asm.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const skep::ByteView bytes(data, size);
  static_cast<void>(skep::guess_spelling(bytes, "prog.c"));
  const skep::ByteView few = bytes.first(std::min<std::size_t>(size, 256));
  const std::string dump = skep::hex_dump(few);
  if (skep::is_hex_dump(dump) == few.empty() ||
      skep::parse_hex_dump(dump).value() != skep::ByteVector(few.begin(), few.end()))
    std::abort();
  const auto dumped = skep::parse_hex_dump(skep::as_text(bytes));
  if (!dumped && dumped.error().what.empty()) std::abort();
  const auto code = skep::parse_c_array(skep::as_text(bytes), "prog.c");
  if (code) return 0;
  if (code.error().empty()) std::abort();
  for (const skep::Diagnostic& diagnostic : code.error()) {
    if (diagnostic.where.line == 0 || diagnostic.what.empty()) std::abort();
  }
  return 0;
}
