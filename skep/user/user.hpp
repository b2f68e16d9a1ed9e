// user: a kernel's eBPF subsystem as a library: descriptors, ids, maps, programs, links, BTF, the trace pipe, and the
// hooks that events run. The module's face.
#pragma once

#include "skep/user/memory.hpp"
#include "skep/user/user_kernel.hpp"
