// bpf(2) from a hostile caller: the input is the caller's memory; its head lists commands with attr addresses and
// sizes. The user kernel must answer every one.
#include "skep/user/user.hpp"

namespace {

using namespace skep;

/// The caller's memory: the fuzzer's bytes at address 4096, nothing else.
class CallerMemory final : public UserMemory {
 public:
  explicit CallerMemory(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  int read(std::uint64_t address, MutableBytes to) override {
    if (!inside(address, to.size())) return -EFAULT;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(address - base), to.size(), to.begin());
    return 0;
  }
  int write(std::uint64_t address, ByteView from) override {
    if (!inside(address, from.size())) return -EFAULT;
    std::copy(from.begin(), from.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(address - base));
    return 0;
  }
  /// Four billion runs of a program are slow, not wrong: keeps the low byte of a PROG_TEST_RUN attr's repeat.
  void limit_repeat(std::size_t attr) {
    constexpr std::size_t repeat_offset = 32;
    for (std::size_t at = attr + repeat_offset + 1; at < attr + repeat_offset + 4 && at < bytes_.size(); ++at)
      bytes_[at] = 0;
  }

 private:
  static constexpr std::uint64_t base = 4096;
  [[nodiscard]] bool inside(std::uint64_t address, std::size_t size) const {
    return address >= base && address - base <= bytes_.size() && size <= bytes_.size() - (address - base);
  }
  ByteVector bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t call_bytes = 4;  // command, attr length, attr offset (two bytes)
  constexpr std::size_t max_calls = 12;
  UserKernel kernel({.cpus = 2, .fuel = 10000});
  CallerMemory memory({data, size});
  for (std::size_t call = 0; call < max_calls && (call + 1) * call_bytes <= size; ++call) {
    const std::uint8_t* at = data + call * call_bytes;
    const auto offset = load_unaligned<std::uint16_t>(at + 2);
    if (static_cast<BpfCommand>(at[0]) == BpfCommand::prog_test_run) memory.limit_repeat(offset);
    (void)kernel.bpf(at[0], 4096ULL + offset, at[1], memory);
  }
  return 0;
}
