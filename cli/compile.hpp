// C source → ELF object, by the clang of the machine: $CLANG, else the newest clang-NN in PATH, else clang. Flags are
// those of every tutorial (-O2 -g -target bpf), with the include paths that make <linux/bpf.h>, <bpf/bpf_helpers.h> and
// the older "bpf_helpers.h" work.
#pragma once

#include "cli/input.hpp"

namespace skep {

/// C source in which the file-scope constants of these names are volatile: `const int limit = 5;` without volatile is
/// folded into the code, so setting it later would change nothing; `const volatile int limit = 5;` is read. Only
/// declarations are touched, and lines stay lines.
[[nodiscard]] std::string with_volatile(std::string source, const std::vector<std::string>& names);

/// The object's bytes, or clang's own messages (without its crash dump), or what to install. `source` is what the file
/// held when it was read; a pipe cannot be read again.
[[nodiscard]] tl::expected<ByteVector, std::vector<Diagnostic>> compile(const InputOptions& options, ByteView source);

/// The clang that compile() would use: its path. Errors: none found, with the package to install.
[[nodiscard]] Result<std::string> find_clang();

}  // namespace skep
