// Text → instructions. All dialects are read, mixed if need be: the line's own shape tells which it is. Slot numbers
// (`12:`), the kernel's `(79)` prefix, hex columns as printed by llvm-objdump and bpftool, `; comments`, `// comments`,
// `# comments` and labels are accepted, so what a disassembler printed assembles as it stands. Several statements on a
// line are separated by `;` when they are not comments.
//
// Directives: `.section NAME`, `.function NAME` / `NAME:` labels, `.global NAME`, `.map NAME key=value …`, `.license
// "GPL"`, `.8byte N`.
#pragma once

#include <string_view>
#include <vector>

#include "skep/asm/unit.hpp"
#include "skep/base/base.hpp"

namespace skep {

/// The whole unit, or everything that is wrong with the text (every line is looked at). `file` appears in the
/// diagnostics.
[[nodiscard]] tl::expected<AsmUnit, std::vector<Diagnostic>> assemble_unit(std::string_view text,
                                                                           std::string_view file);

/// A text with one section and no references: just its instructions. `EXPECT_RUN("r0 = 42; exit")` comes through here.
[[nodiscard]] tl::expected<std::vector<RawInsn>, std::vector<Diagnostic>> assemble(std::string_view text,
                                                                                   std::string_view file = "<text>");

}  // namespace skep
