// supervise: starts a command, watches its process tree without privileges (ptrace and a seccomp filter for just the
// system calls that have programs), and turns what it sees into the user kernel's events. The command behaves exactly
// as without us, except that
//  - nothing in the tree can be traced by another (strace, gdb: EPERM), and without CAP_SYS_ADMIN setuid programs gain
//  nothing (no_new_privs);
//  - calls by the i386 and x32 ABIs, through io_uring and the vDSO cause no events; in a task made with CLONE_UNTRACED
//  attached calls fail (ENOSYS);
//  - a call that only an ignored signal has interrupted is made again: a timeout that is no absolute time then starts
//  anew.
// The module's face.
#pragma once

#include "skep/supervise/event_sink.hpp"
#include "skep/supervise/supervisor.hpp"
