// bpf(2) itself, without our kernel module: the oracle must not share code with what it judges.
#include "support/linux_run.hpp"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace skep::test {
namespace {

int bpf(int command, bpf_attr& attr) { return static_cast<int>(syscall(SYS_bpf, command, &attr, sizeof attr)); }

Result<UniqueFd> load(std::span<const RawInsn> program) {
  const ByteVector bytes = bytes_from_slots(program);
  std::string log(64 * 1024, '\0');
  bpf_attr attr = {};
  attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attr.insns = reinterpret_cast<std::uint64_t>(bytes.data());
  attr.insn_cnt = static_cast<std::uint32_t>(program.size());
  attr.license = reinterpret_cast<std::uint64_t>("GPL");
  attr.log_buf = reinterpret_cast<std::uint64_t>(log.data());
  attr.log_size = static_cast<std::uint32_t>(log.size());
  attr.log_level = 1;
  const int fd = bpf(BPF_PROG_LOAD, attr);
  if (fd >= 0) return UniqueFd(fd);
  return fail_errno(errno, "BPF_PROG_LOAD", log.c_str());
}

}  // namespace

std::string why_linux_cannot_run() {
  const std::array<RawInsn, 2> trivial = {encode(Alu{AluOp::mov, Width::w64, Reg::r0, from_imm(0)}).raw[0],
                                          encode(Exit{}).raw[0]};
  const auto result = run_on_linux(trivial);
  return result ? "" : fmt::format("Linux runs no eBPF for us: {}", result.error().what);
}

Result<std::uint32_t> run_on_linux(std::span<const RawInsn> program) {
  TRY(fd, load(program));
  std::array<std::uint8_t, 64> packet = {};
  bpf_attr attr = {};
  attr.test.prog_fd = static_cast<std::uint32_t>(fd.get());
  attr.test.data_in = reinterpret_cast<std::uint64_t>(packet.data());
  attr.test.data_size_in = packet.size();
  attr.test.repeat = 1;
  if (bpf(BPF_PROG_TEST_RUN, attr) < 0) return fail_errno(errno, "BPF_PROG_TEST_RUN");
  return attr.test.retval;
}

}  // namespace skep::test
