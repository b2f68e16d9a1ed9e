// Externs are the linker's, and an enum that is only declared is the compiler's: Linux refuses BTF that has them. What
// a loader does about that before BPF_BTF_LOAD.
#pragma once

#include "skep/btf/type.hpp"

namespace skep {

/// Rewrites in place what `btf` says about externs so that Linux takes it; type ids stay. `bytes` is a copy of
/// btf.bytes(), datasecs fixed or not; big-endian sections are left alone. Afterwards extern variables are global ones
/// (of type int where theirs has no size), extern functions are typedefs of their prototypes, and the DATASECs .kconfig
/// and .ksyms, which no section of the file backs, are structs without a name; enums without a size have four bytes.
void mend_externs(const Btf& btf, ByteVector& bytes);

}  // namespace skep
