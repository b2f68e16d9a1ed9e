// kernel: the one interface above which everything is written once: bpf(2), perf events, mmap, attachment and the trace
// log, answered by Linux or by our user kernel. Attr structs in bpf(2)'s layout, and typed handles over descriptors.
// The module's face.
#pragma once

#include "skep/kernel/attributes.hpp"
#include "skep/kernel/calls.hpp"
#include "skep/kernel/handles.hpp"
#include "skep/kernel/interface.hpp"
#include "skep/kernel/trace_line.hpp"
