// The kernel as an oracle: a program loaded as a socket filter and run by BPF_PROG_TEST_RUN, attached to nothing.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "skep/base/base.hpp"
#include "skep/isa/isa.hpp"

namespace skep::test {

/// Why this process cannot ask Linux ("bpf(2) is refused: Operation not permitted"), or empty.
[[nodiscard]] std::string why_linux_cannot_run();

/// r0's low 32 bits. Errors: Linux's, for a program it refuses with the verifier's log.
[[nodiscard]] Result<std::uint32_t> run_on_linux(std::span<const RawInsn> program);

}  // namespace skep::test
