// The gpl and types columns of helpers.def against Linux: a program "call HELPER" is loaded without a license for types
// that load without an attach point; the verifier's log says whether the type may call the helper and whether only GPL
// programs may. Nothing is attached.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "skep/abi/abi.hpp"

namespace skep {
namespace {

struct LoadAttr {
  std::uint32_t type = 0, instruction_count = 3;
  std::uint64_t instructions = 0, license = 0;
  std::uint32_t log_level = 1, log_size = 0;
  std::uint64_t log = 0;
  std::uint32_t kernel_version = 0, flags = 0;
  char name[16] = {};
};

enum class Verdict : std::uint8_t { may_call, only_gpl, wrong_type, unasked };

Verdict ask_linux(ProgramType type, HelperId helper) {
  struct Slot {
    std::uint8_t code, regs;
    std::int16_t offset;
    std::int32_t imm;
  };
  const Slot program[] = {{0x85, 0, 0, static_cast<std::int32_t>(helper)}, {0xb7, 0, 0, 0}, {0x95, 0, 0, 0}};
  std::string log(16384, '\0');
  LoadAttr attr;
  attr.type = static_cast<std::uint32_t>(type);
  attr.instructions = reinterpret_cast<std::uint64_t>(program);
  attr.license = reinterpret_cast<std::uint64_t>("");
  attr.log = reinterpret_cast<std::uint64_t>(log.data());
  attr.log_size = static_cast<std::uint32_t>(log.size());
  if (type == ProgramType::syscall) attr.flags = 1U << 4;  // BPF_F_SLEEPABLE
  const long fd = syscall(SYS_bpf, static_cast<int>(BpfCommand::prog_load), &attr, sizeof attr);
  if (fd >= 0) {
    close(static_cast<int>(fd));
    return Verdict::may_call;
  }
  log.resize(std::strlen(log.c_str()));
  if (log.find("program of this type cannot use helper") != std::string::npos ||
      log.find("unknown func") != std::string::npos)
    return Verdict::wrong_type;
  if (log.find("cannot call GPL-restricted") != std::string::npos) return Verdict::only_gpl;
  return log.empty() ? Verdict::unasked
                     : Verdict::may_call;  // other complaints come after these checks: about arguments
}

TEST(LinuxHelpers, GplAndTypesColumnsAreLinuxs) {
  utsname kernel{};
  uname(&kernel);
  if (!std::string_view(kernel.release).starts_with("6.18."))
    GTEST_SKIP() << "the columns describe Linux 6.18, this is " << kernel.release;
  if (ask_linux(ProgramType::xdp, HelperId::ktime_get_ns) != Verdict::may_call)
    GTEST_SKIP() << "bpf(2) is refused here: " << std::strerror(errno);
  for (const ProgramType type :
       {ProgramType::xdp, ProgramType::sched_cls, ProgramType::socket_filter, ProgramType::tracepoint,
        ProgramType::raw_tracepoint, ProgramType::kprobe, ProgramType::lwt_xmit, ProgramType::syscall}) {
    for (const HelperInfo& helper : helpers()) {
      // Need more than the type: lockdown and error injection.
      if (helper.id == HelperId::probe_write_user || helper.id == HelperId::override_return) continue;
      const Verdict verdict = ask_linux(type, helper.id);
      if (verdict == Verdict::unasked) continue;
      EXPECT_EQ(helper.allowed_for(type), verdict != Verdict::wrong_type) << helper.name << " from " << name_of(type);
      if (verdict == Verdict::wrong_type) continue;
      EXPECT_EQ(helper.has(HelperFlag::gpl_only), verdict == Verdict::only_gpl)
          << helper.name << " from " << name_of(type);
    }
  }
}

}  // namespace
}  // namespace skep
