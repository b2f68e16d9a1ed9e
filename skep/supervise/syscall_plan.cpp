#include "skep/supervise/syscall_plan.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace skep {
namespace {

constexpr std::uint32_t x32_bit = 0x40000000;  ///< __X32_SYSCALL_BIT: the same arch, other numbers
constexpr std::array<std::uint32_t, 9> identity_calls{SYS_prctl,     SYS_setuid,   SYS_setgid,
                                                      SYS_setreuid,  SYS_setregid, SYS_setresuid,
                                                      SYS_setresgid, SYS_setfsuid, SYS_setfsgid};

constexpr std::uint16_t load_word = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t jump_equal = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t jump_greater_equal = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint16_t return_value = BPF_RET | BPF_K;

void add(SyscallSet& set, const std::set<std::uint32_t>& numbers) {
  for (const std::uint32_t number : numbers) {
    if (number < syscall_limit) set.set(number);
  }
}

}  // namespace

SyscallPlan::SyscallPlan(const HookInterest& interest) {
  add(enter, interest.enter);
  add(exit, interest.exit);
  if (interest.enter_all) enter.set();
  if (interest.exit_all) exit.set();
  enter_all = interest.enter_all;
  exit_all = interest.exit_all;
  all = interest.enter_all || interest.exit_all;
  traced = enter | exit;
  if (traced.none()) return;
  for (const std::uint32_t number : identity_calls) traced.set(number);
  traced.set(SYS_restart_syscall);
}

bool changes_identity(std::uint32_t number) {
  return std::find(identity_calls.begin(), identity_calls.end(), number) != identity_calls.end();
}

std::vector<sock_filter> seccomp_program(const SyscallPlan& plan) {
  std::vector<sock_filter> program;
  const auto add_insn = [&](std::uint16_t code, std::uint32_t k, std::uint8_t if_true = 0, std::uint8_t if_false = 0) {
    program.push_back({code, if_true, if_false, k});
  };
  add_insn(load_word, offsetof(seccomp_data, arch));
  add_insn(jump_equal, AUDIT_ARCH_X86_64, 1, 0);
  add_insn(return_value, SECCOMP_RET_ALLOW);
  add_insn(load_word, offsetof(seccomp_data, nr));
  add_insn(jump_greater_equal, x32_bit, 0, 1);
  add_insn(return_value, SECCOMP_RET_ALLOW);
  if (plan.all) {
    add_insn(return_value, SECCOMP_RET_TRACE);
    return program;
  }
  const bool names_only = !plan.wants_enter(SYS_prctl) && !plan.wants_exit(SYS_prctl);
  for (std::uint32_t number = 0; number < syscall_limit; ++number) {
    if (!plan.traced[number]) continue;
    if (number == SYS_prctl && names_only) {
      add_insn(jump_equal, number, 0, 4);
      add_insn(load_word, offsetof(seccomp_data, args));  // the low half; the kernel looks at an int as well
      add_insn(jump_equal, PR_SET_NAME, 0, 1);
      add_insn(return_value, SECCOMP_RET_TRACE);
      add_insn(return_value, SECCOMP_RET_ALLOW);
    } else {
      add_insn(jump_equal, number, 0, 1);
      add_insn(return_value, SECCOMP_RET_TRACE);
    }
  }
  add_insn(return_value, SECCOMP_RET_ALLOW);
  return program;
}

}  // namespace skep
