// supervise: starts a command, watches its process tree without privileges (ptrace + an injected seccomp filter for
// just the system calls that have programs), and turns what it sees into the user kernel's events. The command behaves
// exactly as without us. The module's face.
#pragma once

#include "skep/supervise/event_sink.hpp"
#include "skep/supervise/supervisor.hpp"
