// C arrays from anywhere: either slots or diagnostics that have a place and say something, never both or neither.
#include <cstdlib>

#include "skep/asm/asm.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const skep::ByteView bytes(data, size);
  static_cast<void>(skep::guess_spelling(bytes, "prog.c"));
  const auto code = skep::parse_c_array(skep::as_text(bytes), "prog.c");
  if (code) return 0;
  if (code.error().empty()) std::abort();
  for (const skep::Diagnostic& diagnostic : code.error()) {
    if (diagnostic.where.line == 0 || diagnostic.what.empty()) std::abort();
  }
  return 0;
}
