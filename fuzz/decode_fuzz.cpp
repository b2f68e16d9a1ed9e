// Instruction bytes from anywhere: what decodes must encode back, what is printed must assemble to the same bytes in
// every dialect, and validate() and the disassembler must answer for all the rest.
#include <cstdlib>

#include "skep/asm/asm.hpp"
#include "skep/isa/isa.hpp"

namespace {

using namespace skep;

void require(bool holds) {
  if (!holds) std::abort();
}

void decode_all(const std::vector<RawInsn>& code) {
  for (std::uint32_t slot = 0; slot < code.size(); ++slot) {
    const auto decoded = decode(code, Slot{slot});
    if (!decoded) continue;
    const Encoded encoded = encode(decoded->insn);
    require(encoded.slots == decoded->slots);
    for (std::uint32_t i = 0; i < encoded.slots; ++i) require(encoded.raw[i] == code[slot + i]);
  }
}

void print_and_read(const std::vector<RawInsn>& code, Dialect dialect, bool hex) {
  DisassembleOptions options;
  options.dialect = dialect;
  options.hex = hex;
  std::string text;
  for (const DisassembledLine& line : disassemble(code, options)) text += line.text + "\n";
  const auto assembled = assemble(text);
  require(assembled.has_value() && *assembled == code);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size - size % slot_bytes);
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    const auto code = slots_from_bytes(bytes, order);
    require(code.has_value() && bytes_from_slots(*code, order) == ByteVector(bytes.begin(), bytes.end()));
    static_cast<void>(validate(*code));
    decode_all(*code);
    if (code->empty()) continue;
    print_and_read(*code, Dialect::kernel, false);
    print_and_read(*code, Dialect::llvm, true);
    print_and_read(*code, Dialect::llvm, false);
    print_and_read(*code, Dialect::gnu, false);
  }
  return 0;
}
