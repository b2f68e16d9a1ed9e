// abi: Linux's facts as rows — helpers, map, program, attach and link types, section names, bpf(2) commands, context
// fields. Our own ids: the installed UAPI headers are older than the kernels we serve. The module's face.
#pragma once

#include "skep/abi/commands.hpp"
#include "skep/abi/contexts.hpp"
#include "skep/abi/helpers.hpp"
#include "skep/abi/sections.hpp"
#include "skep/abi/support.hpp"
#include "skep/abi/syscalls.hpp"
#include "skep/abi/tracepoints.hpp"
#include "skep/abi/types.hpp"
