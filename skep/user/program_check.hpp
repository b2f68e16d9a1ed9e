// What PROG_LOAD refuses although there is no verifier yet: forms that are not eBPF, helpers that do not exist, are not
// for this type of program or not for its license, and what our engines do not run. Memory safety is the checked
// interpreter's business until the verifier lands.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "skep/user/fd_table.hpp"
#include "skep/user/verifier_log.hpp"

namespace skep {

struct ProgramFacts {
  ProgramType type;
  bool gpl_compatible;
};

/// 0, or the errno PROG_LOAD answers with; the reason is in the log, in the kernel's words where it has some.
[[nodiscard]] long check_program(std::span<const RawInsn> code, const ProgramFacts& facts, VerifierLog& log);

/// Maps from descriptors in 64-bit immediates: what the engines run (handles, addresses) and what dumps show (ids).
struct ResolvedCode {
  std::vector<RawInsn> runnable;
  std::vector<RawInsn> translated;
  std::vector<std::shared_ptr<MapEntry>> maps;
};
/// resolve_pseudo_ldimm64(). `fd_array`: descriptors for map_index kinds.
[[nodiscard]] long resolve_maps(std::span<const RawInsn> code, const FdTable& fds,
                                std::span<const std::int32_t> fd_array, VerifierLog& log, ResolvedCode& out);

}  // namespace skep
