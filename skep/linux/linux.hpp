// linux: the real kernel, through bpf(2), mmap(2), perf_event_open(2) and tracefs. The module's face.
#pragma once

#include "skep/linux/linux_kernel.hpp"
