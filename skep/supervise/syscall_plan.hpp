// SyscallPlan: which system calls of the tree stop at all, and why. Beside those that have programs these are the few
// that change what an event says about its task (its name, its uid), and restart_syscall, as which an interrupted call
// goes on.
#pragma once

#include <linux/filter.h>
#include <sys/syscall.h>

#include <bitset>
#include <cstdint>
#include <vector>

#include "skep/user/user.hpp"

namespace skep {

/// More than x86-64 has system calls; a number beyond is never traced.
inline constexpr std::uint32_t syscall_limit = 1024;
using SyscallSet = std::bitset<syscall_limit>;

struct SyscallPlan {
  explicit SyscallPlan(const HookInterest& interest);

  SyscallSet enter;   ///< the sink wants the entry
  SyscallSet exit;    ///< the sink wants the result
  SyscallSet traced;  ///< stop the task: the above and the book-keeping
  bool all = false;   ///< every number has to stop, those to come included
  bool enter_all = false;
  bool exit_all = false;

  [[nodiscard]] bool any() const { return all || traced.any(); }
  [[nodiscard]] bool wants_enter(std::uint32_t number) const {
    return number < syscall_limit ? enter[number] : enter_all;
  }
  [[nodiscard]] bool wants_exit(std::uint32_t number) const { return number < syscall_limit ? exit[number] : exit_all; }
  [[nodiscard]] bool stops(std::uint32_t number) const { return number < syscall_limit ? traced[number] : all; }
};

/// True for the calls after which the task's name or uid may be another: prctl, setuid and its kin.
[[nodiscard]] bool changes_identity(std::uint32_t number);

/// The seccomp program that stops just these calls (SECCOMP_RET_TRACE) and lets all others pass. Calls by another ABI
/// (i386, x32) have other numbers and pass. Constant for each number, so that Linux answers from its action cache (5.11
/// and later), except for prctl, of which only PR_SET_NAME matters.
[[nodiscard]] std::vector<sock_filter> seccomp_program(const SyscallPlan& plan);

}  // namespace skep
