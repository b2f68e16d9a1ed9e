// The seccomp program, run here by a few lines that know as much of classic BPF as it uses, over every number and by
// foreign ABIs.
#include "skep/supervise/syscall_plan.hpp"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

namespace skep {
namespace {

/// What the program returns for a call (bpf(4): only the instructions that it uses).
std::uint32_t verdict(const std::vector<sock_filter>& program, const seccomp_data& data) {
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& insn = program[at];
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&data);
    switch (insn.code) {
      case BPF_LD | BPF_W | BPF_ABS: a = load_unaligned<std::uint32_t>(bytes + insn.k); break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += a == insn.k ? insn.jt : insn.jf; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += a >= insn.k ? insn.jt : insn.jf; break;
      case BPF_RET | BPF_K: return insn.k;
      default: ADD_FAILURE() << "code " << insn.code; return 0;
    }
  }
  ADD_FAILURE() << "ran off the end";
  return 0;
}

seccomp_data call(int number, std::uint64_t argument = 0, std::uint32_t arch = AUDIT_ARCH_X86_64) {
  seccomp_data data{};
  data.nr = number;
  data.arch = arch;
  data.args[0] = argument;
  return data;
}

TEST(SyscallPlan, StopsTheWantedCallsAndTheBookKeeping) {
  HookInterest interest;
  interest.enter = {SYS_write, SYS_openat};
  interest.exit = {SYS_read, 100'000};
  const SyscallPlan plan(interest);
  EXPECT_TRUE(plan.wants_enter(SYS_write));
  EXPECT_FALSE(plan.wants_exit(SYS_write));
  EXPECT_TRUE(plan.wants_exit(SYS_read));
  EXPECT_FALSE(plan.wants_enter(100'000));
  const auto program = seccomp_program(plan);
  const std::set<int> expected{SYS_write,     SYS_openat,    SYS_read,     SYS_restart_syscall,
                               SYS_setuid,    SYS_setgid,    SYS_setreuid, SYS_setregid,
                               SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid};
  for (int number = -1; number < 2048; ++number) {
    EXPECT_EQ(verdict(program, call(number)), expected.count(number) != 0 ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW)
        << number;
    EXPECT_EQ(verdict(program, call(number, 0, AUDIT_ARCH_I386)), SECCOMP_RET_ALLOW);
    EXPECT_EQ(verdict(program, call(number | 0x40000000)), SECCOMP_RET_ALLOW);
  }
}

TEST(SyscallPlan, OfPrctlOnlyTheNameMattersUnlessItIsWanted) {
  HookInterest interest;
  interest.enter = {SYS_write};
  const auto names = seccomp_program(SyscallPlan(interest));
  EXPECT_EQ(verdict(names, call(SYS_prctl, PR_SET_NAME)), SECCOMP_RET_TRACE);
  EXPECT_EQ(verdict(names, call(SYS_prctl, PR_GET_NAME)), SECCOMP_RET_ALLOW);
  interest.exit = {SYS_prctl};
  const auto all = seccomp_program(SyscallPlan(interest));
  EXPECT_EQ(verdict(all, call(SYS_prctl, PR_GET_NAME)), SECCOMP_RET_TRACE);
}

TEST(SyscallPlan, AllMeansAllNativeCalls) {
  HookInterest interest;
  interest.enter_all = true;
  const SyscallPlan plan(interest);
  EXPECT_TRUE(plan.wants_enter(5'000));
  EXPECT_FALSE(plan.wants_exit(5'000));
  const auto program = seccomp_program(plan);
  for (const int number : {0, 1, 450, 5'000}) EXPECT_EQ(verdict(program, call(number)), SECCOMP_RET_TRACE);
  EXPECT_EQ(verdict(program, call(1, 0, AUDIT_ARCH_I386)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(program, call(-1)), SECCOMP_RET_ALLOW);
}

TEST(SyscallPlan, ProcessEventsNeedNoFilter) {
  HookInterest interest;
  interest.exec = interest.fork = interest.process_exit = true;
  EXPECT_FALSE(SyscallPlan(interest).any());
  EXPECT_FALSE(SyscallPlan(HookInterest{}).any());
}

}  // namespace
}  // namespace skep
