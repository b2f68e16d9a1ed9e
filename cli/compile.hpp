// C source → ELF object, by the clang of the machine: $CLANG, else the newest clang-NN in PATH, else clang. Flags are
// those of every tutorial (-O2 -g -target bpf), with the include paths that make <linux/bpf.h>, <bpf/bpf_helpers.h> and
// the older "bpf_helpers.h" work.
#pragma once

#include "cli/input.hpp"

namespace skep {

struct CompileOptions {
  /// Constants keep their loads: without this a `const int limit = 5;` (no volatile) is folded into the code, and
  /// setting it later changes nothing. The front end's IR gets `externally_initialized` on its constants before it is
  /// optimised (LLVM language reference, global variables).
  bool settable_constants = false;
};

/// The object's bytes, or clang's own messages (without its crash dump), or what to install.
[[nodiscard]] tl::expected<ByteVector, std::vector<Diagnostic>> compile(const InputOptions& options,
                                                                        const CompileOptions& how = {});

/// The clang that compile() would use: its path. Errors: none found, with the package to install.
[[nodiscard]] Result<std::string> find_clang();

}  // namespace skep
