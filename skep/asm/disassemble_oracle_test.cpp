// The originals asked: does each dialect print what its own tool prints? llvm-objdump 19 and 14 over generated
// instructions, the log of the running kernel's verifier, and GNU as over our text. Each is skipped where it is not
// there; kinds that an original cannot spell are left out, by name.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "skep/asm/disassemble.hpp"
#include "skep/asm/encoding_samples.hpp"

namespace skep {
namespace {

using test::Slots;

/// A directory that goes away with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "skep-asm-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }
  void write(const char* name, const std::string& content) const { std::ofstream(file(name)) << content; }

 private:
  std::filesystem::path path_;
};

bool has_tool(const std::string& name) { return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0; }

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  pclose(pipe);
  return output;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::vector<Slots> samples(int of_each_shape) {
  test::Samples random(20250901);
  std::vector<Slots> found;
  for (const Slots& shape : test::shapes())
    for (int i = 0; i < of_each_shape; ++i) found.push_back(random.fill(shape));
  return found;
}

std::vector<RawInsn> as_program(const std::vector<Slots>& all) {
  std::vector<RawInsn> code;
  for (const Slots& slots : all)
    code.insert(code.end(), slots.begin(), slots.begin() + (slots[0].code == 0x18 ? 2 : 1));
  return code;
}

std::string as_byte_directives(const std::vector<RawInsn>& code) {
  std::string text = ".text\n";
  for (const RawInsn& raw : code) {
    text += ".byte ";
    const ByteVector bytes = bytes_from_slots(std::span(&raw, 1));
    for (std::size_t i = 0; i < bytes.size(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ",", bytes[i]);
    text += '\n';
  }
  return text;
}

/// What LLVM cannot say or says of two kinds: kinds of 64-bit immediates and of calls, offsets of indirect packet
/// loads; numbers it reads as signed.
bool llvm_can_say(const Instruction& insn) {
  if (const auto* load = std::get_if<LoadImm64>(&insn)) return load->kind == ImmKind::value;
  if (const auto* call = std::get_if<Call>(&insn)) return call->kind == CallKind::helper && call->target >= 0;
  if (const auto* load = std::get_if<PacketLoad>(&insn)) return !load->indirect || load->offset == 0;
  // LLVM 19 reads load_acquire (0x100) by its low byte, as an addition.
  if (const auto* atomic = std::get_if<Atomic>(&insn)) return info(atomic->op).level < IsaLevel::later;
  return true;
}

/// LLVM 14 prints what is newer than it as its older twin (sdiv as div), and 32-bit fetch_add as add.
bool llvm_14_can_say(const Instruction& insn) {
  if (const auto* alu = std::get_if<Alu>(&insn)) return info(alu->op).level < IsaLevel::v4;
  if (const auto* atomic = std::get_if<Atomic>(&insn))
    return atomic->op != AtomicOp::fetch_add || atomic->size == Size::dw;
  if (const auto* swap = std::get_if<ByteSwap>(&insn)) return info(swap->op).level < IsaLevel::v4;
  return !std::holds_alternative<AddressSpaceCast>(insn);
}

/// Slot → text as llvm-objdump prints it, without `<.text+0x10>`.
std::map<std::uint32_t, std::string> objdump(const std::string& command) {
  std::map<std::uint32_t, std::string> texts;
  for (const std::string& line : lines_of(output_of(command))) {
    unsigned slot = 0;
    if (std::sscanf(line.c_str(), "%u:", &slot) != 1) continue;
    const std::size_t tab = line.find('\t', line.find('\t') + 1);
    if (tab == std::string::npos) continue;
    std::string text = line.substr(tab + 1);
    if (text.back() == '>' && text.rfind(" <") != std::string::npos) text.erase(text.rfind(" <"));
    texts[slot] = text;
  }
  return texts;
}

void compare_with_llvm(const std::string& tool, const std::string& newest_cpu, bool hex, int expected) {
  if (!has_tool(tool) || !has_tool("llvm-mc-19")) GTEST_SKIP() << tool << " or llvm-mc-19 is not installed";
  const Scratch scratch;
  const std::vector<RawInsn> code = as_program(samples(8));
  scratch.write("code.s", as_byte_directives(code));
  ASSERT_EQ(std::system(fmt::format("llvm-mc-19 -triple bpfel -filetype=obj -o {} {}", scratch.file("code.o"),
                                    scratch.file("code.s"))
                            .c_str()),
            0);
  const auto plain = objdump(fmt::format("{} -d {}", tool, scratch.file("code.o")));
  const auto newest = objdump(fmt::format("{} -d --mcpu={} {}", tool, newest_cpu, scratch.file("code.o")));

  DisassembleOptions options;
  options.dialect = Dialect::llvm;
  options.hex = hex;
  options.helper_names = false;
  int compared = 0;
  for (std::uint32_t slot = 0; slot < code.size();) {
    const Decoded insn = decode(code, Slot{slot}).value();
    const bool can_compare = llvm_can_say(insn.insn) && (hex || llvm_14_can_say(insn.insn));
    const auto a = plain.find(slot);
    const auto b = newest.find(slot);
    // What is printed only for a newer CPU, or wrongly without it (32-bit fetch_add as add), is compared with that.
    if (can_compare && a != plain.end() && b != newest.end() && b->second != "<unknown>") {
      const std::string ours = disassemble(insn.insn, Slot{slot}, options);
      EXPECT_TRUE(ours == a->second || ours == b->second) << ours << "\n" << a->second << "\n" << b->second;
      ++compared;
    }
    slot += insn.slots;
  }
  EXPECT_GT(compared, expected);
}

TEST(DisassembleOracle, LlvmHexadecimal) { compare_with_llvm("llvm-objdump-19", "v4", true, 1500); }
TEST(DisassembleOracle, LlvmDecimal) { compare_with_llvm("llvm-objdump-14", "v3", false, 1000); }

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

/// 0 or errno, and the log of a socket filter's verification with every instruction in it.
std::pair<int, std::string> verify_on_linux(const std::vector<RawInsn>& code) {
  constexpr long prog_load = 5;
  const ByteVector bytes = bytes_from_slots(code);
  static constexpr char license[] = "GPL";
  std::string log(65536, '\0');
  const auto address = [](const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); };
  LoadAttr attr{1, static_cast<std::uint32_t>(code.size()), address(bytes.data()), address(license),
                2, static_cast<std::uint32_t>(log.size()),  address(log.data())};
  const long fd = syscall(SYS_bpf, prog_load, &attr, sizeof attr);
  const int error = fd < 0 ? errno : 0;
  if (fd >= 0) close(static_cast<int>(fd));
  return {error, log.substr(0, log.find('\0'))};
}

/// The verifier's words for the instruction at `slot`, if it came that far: `12: (b7) r0 = 0    ; R0_w=0`.
std::optional<std::string> text_in_log(const std::string& log, std::size_t slot) {
  const std::string start = fmt::format("{}: (", slot);
  for (const std::string& line : lines_of(log))
    if (line.rfind(start, 0) == 0) return trimmed(line.substr(start.size() - 1, line.find(';') - start.size() + 1));
  return std::nullopt;
}

TEST(DisassembleOracle, LinuxVerifierLog) {
  const RawInsn exit_insn{0x95, 0, 0, 0, 0};
  if (const auto [error, log] = verify_on_linux({{0xb7, 0, 0, 0, 0}, exit_insn}); error != 0)
    GTEST_SKIP() << "this process may not load programs: " << errno_text(error);

  std::vector<Slots> all = samples(4);
  for (std::int32_t helper = 1; helper <= 211; ++helper) all.push_back({RawInsn{0x85, 0, 0, 0, helper}, RawInsn{}});
  int compared = 0;
  for (Slots& slots : all) {
    const Instruction insn = decode(slots, Slot{0}).value().insn;
    if (const auto* load = std::get_if<LoadImm64>(&insn); load != nullptr && load->kind != ImmKind::value) continue;
    if (const auto* call = std::get_if<Call>(&insn); call != nullptr && call->kind == CallKind::kfunc) continue;
    // Targets must exist, or the verifier refuses the program before it prints anything.
    if (std::holds_alternative<Jump>(insn) || std::holds_alternative<MayGoto>(insn))
      slots[0].off = static_cast<std::int16_t>(slots[0].off % 4);
    if (std::holds_alternative<Goto>(insn)) slots[0].off = 0, slots[0].imm = 0;

    std::vector<RawInsn> code;
    for (std::uint8_t reg = 0; reg < 10; ++reg)
      if (reg != 1) code.push_back({0xb7, reg, 0, 0, 1});
    const std::size_t at = code.size();
    code.insert(code.end(), slots.begin(), slots.begin() + (slots[0].code == 0x18 ? 2 : 1));
    for (int filler = 0; filler < 4; ++filler) code.push_back({0xb7, 0, 0, 0, 0});
    code.push_back(exit_insn);
    const auto theirs = text_in_log(verify_on_linux(code).second, at);
    if (!theirs) continue;
    EXPECT_EQ(disassemble(decode(slots, Slot{0}).value().insn, Slot{0}, {}), *theirs);
    ++compared;
  }
  EXPECT_GT(compared, 800);
}

/// What binutils 2.40 already knows: v1, v2 and the 32-bit jumps.
bool gnu_2_40_knows(const Instruction& insn) {
  if (const auto* alu = std::get_if<Alu>(&insn)) return info(alu->op).level < IsaLevel::v4;
  if (const auto* load = std::get_if<LoadImm64>(&insn)) return load->kind == ImmKind::value;
  if (const auto* load = std::get_if<Load>(&insn)) return !load->sign_extend;
  if (const auto* jump = std::get_if<Goto>(&insn)) return !jump->wide;
  if (const auto* call = std::get_if<Call>(&insn)) return call->kind == CallKind::helper && call->target >= 0;
  if (const auto* swap = std::get_if<ByteSwap>(&insn)) return info(swap->op).level < IsaLevel::v4;
  return std::holds_alternative<Store>(insn) || std::holds_alternative<PacketLoad>(insn) ||
         std::holds_alternative<Jump>(insn) || std::holds_alternative<Exit>(insn);
}

TEST(DisassembleOracle, GnuAssemblerReadsIt) {
  if (!has_tool("bpf-as") || !has_tool("bpf-objcopy")) GTEST_SKIP() << "binutils-bpf is not installed";
  DisassembleOptions options;
  options.dialect = Dialect::gnu;
  options.helper_names = false;
  std::vector<Slots> known;
  std::string text = ".text\n";
  for (const Slots& slots : samples(8)) {
    const Instruction insn = decode(slots, Slot{0}).value().insn;
    if (!gnu_2_40_knows(insn)) continue;
    known.push_back(slots);
    text += disassemble(insn, Slot{0}, options) + "\n";
  }
  const Scratch scratch;
  scratch.write("code.s", text);
  const std::string assemble = fmt::format("bpf-as -o {} {}", scratch.file("code.o"), scratch.file("code.s"));
  const std::string extract =
      fmt::format("bpf-objcopy -O binary -j .text {} {}", scratch.file("code.o"), scratch.file("code.bin"));
  ASSERT_EQ(std::system((assemble + " && " + extract).c_str()), 0);
  const std::string bytes = output_of("cat " + scratch.file("code.bin"));
  EXPECT_EQ(slots_from_bytes(as_bytes(bytes)).value(), as_program(known));
  EXPECT_GT(known.size(), 700U);
}

}  // namespace
}  // namespace skep
