// The same question put to Linux: is this an instruction? Each encoding goes into a small socket filter and the
// verifier's log tells whether it was its form that was refused ("unknown opcode", "uses reserved fields", …). What
// decode() refuses Linux must refuse, whatever its words; what decode() accepts Linux must not refuse for its form.
// Skipped where bpf(2) does not let us load.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "skep/isa/decode.hpp"

namespace skep {
namespace {

/// The head of union bpf_attr for BPF_PROG_LOAD (include/uapi/linux/bpf.h).
struct LoadAttr {
  std::uint32_t prog_type;
  std::uint32_t insn_count;
  std::uint64_t insns;
  std::uint64_t license;
  std::uint32_t log_level;
  std::uint32_t log_size;
  std::uint64_t log;
};

struct Verdict {
  int error;
  std::string log;
};

Verdict ask_linux(const std::vector<RawInsn>& code) {
  constexpr long prog_load = 5;
  constexpr std::uint32_t socket_filter = 1;
  const ByteVector bytes = bytes_from_slots(code);
  static constexpr char license[] = "GPL";
  std::string log(8192, '\0');
  const auto address = [](const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); };
  LoadAttr attr{socket_filter,
                static_cast<std::uint32_t>(code.size()),
                address(bytes.data()),
                address(license),
                1,
                static_cast<std::uint32_t>(log.size()),
                address(log.data())};
  const long fd = syscall(SYS_bpf, prog_load, &attr, sizeof attr);
  const int error = fd < 0 ? errno : 0;
  if (fd >= 0) close(static_cast<int>(fd));
  return {error, log.substr(0, log.find('\0'))};
}

constexpr RawInsn exit_insn{0x95, 0, 0, 0, 0};

/// `raw` after every register but r10 got a value, so that nothing but its form can be missing from a plain
/// instruction.
std::vector<RawInsn> program_around(const RawInsn& raw) {
  std::vector<RawInsn> code;
  for (std::uint8_t reg = 0; reg < 10; ++reg)
    if (reg != 1) code.push_back({0xb7, reg, 0, 0, 1});
  code.push_back(raw);
  if (raw.code == 0x18) code.push_back(RawInsn{});
  code.push_back({0xb7, 0, 0, 0, 0});
  code.push_back(exit_insn);
  return code;
}

bool refused_for_its_form(const std::string& log) {
  for (const char* words : {"unknown opcode", "reserved field", "is invalid", "unrecognized bpf_ld_imm64",
                            "invalid bpf_ld_imm64", "BPF_ATOMIC uses invalid", "invalid atomic operand size",
                            "invalid may_goto", "can only convert between address space"})
    if (log.find(words) != std::string::npos) return true;
  return false;
}

/// Linux looks away where an exit has an offset; RFC 9669 does not (unused fields shall be 0), and we could not give it
/// back.
bool known_leniency(const RawInsn& raw) {
  return raw.code == 0x95 && raw.off != 0 && raw.dst == 0 && raw.src == 0 && raw.imm == 0;
}

TEST(LinuxEncodings, AgreesOnWhatIsAnInstruction) {
  if (const Verdict plain = ask_linux({{0xb7, 0, 0, 0, 0}, exit_insn}); plain.error != 0)
    GTEST_SKIP() << "this process may not load programs: " << errno_text(plain.error);
  // The words above must be this kernel's: an old one does not know the newer instructions.
  if (const Verdict newest = ask_linux({{0xb7, 0, 0, 0, 0}, {0xe5, 0, 0, 0, 0}, exit_insn}); newest.error != 0)
    GTEST_SKIP() << "this kernel does not know may_goto: " << newest.log;

  int asked = 0;
  const auto compare = [&asked](const RawInsn& raw) {
    const std::vector<RawInsn> code = program_around(raw);
    const std::array<RawInsn, 2> alone = {raw, RawInsn{}};
    const bool ours = decode(alone, Slot{0}).has_value();
    if (known_leniency(raw)) return;
    const Verdict verdict = ask_linux(code);
    ++asked;
    const std::string where = fmt::format("code 0x{:02x} dst {} src {} off {} imm {:#x}: {}", raw.code, raw.dst,
                                          raw.src, raw.off, raw.imm, verdict.log);
    if (ours) {
      EXPECT_FALSE(refused_for_its_form(verdict.log)) << where;
    } else {
      EXPECT_NE(verdict.error, 0) << where;
    }
  };
  for (int number = 0; number < 256; ++number) {
    const auto code = static_cast<std::uint8_t>(number);
    for (const std::int32_t imm : {0, 1, 16, 0x100, 0x110, 0x50, 0xe1, 0xf1, 0xe0, 24, 0x10000})
      compare({code, 2, 3, 0, imm});
    for (const std::int32_t imm : {0, 1, 16, 32, 64}) compare({code, 2, 0, 0, imm});
    for (const std::int16_t off : std::array<std::int16_t, 6>{1, 2, 8, 16, 32, -1}) {
      compare({code, 2, 3, off, 0});
      compare({code, 2, 0, off, 1});
      compare({code, 0, 0, off, 0});
    }
    for (const std::uint8_t reg : std::array<std::uint8_t, 4>{1, 7, 11, 15}) {
      compare({code, reg, 0, 0, 0});
      compare({code, 0, reg, 0, 0});
      compare({code, 0, reg, 0, 1});
    }
    compare({code, 0, 0, 0, 0});
    compare({code, 0, 0, 0, 1});
  }
  EXPECT_GT(asked, 10'000);
}

}  // namespace
}  // namespace skep
