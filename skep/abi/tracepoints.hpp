// Tracepoints the user kernel can fire and the layout of their records as in tracefs' `format` files on Linux x86-64:
// what a BPF_PROG_TYPE_TRACEPOINT program sees behind r1. The first 8 bytes (common fields) are hidden from programs on
// Linux but keep their place.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace skep {

enum class EventKind : std::uint8_t { syscall_enter, syscall_exit, process_exec, process_fork, process_exit };

/// Which event a tracepoint "category/name" stands for. `syscall` empty: all system calls (raw_syscalls/*).
struct TracepointTarget {
  EventKind kind;
  std::optional<std::uint32_t> syscall;
  bool raw;  ///< raw_syscalls/sys_enter|sys_exit: the record is {id, args[6]} or {id, ret}
};

/// The target of "syscalls/sys_enter_write", "raw_syscalls/sys_exit", "sched/sched_process_exec", …; nothing if no
/// supervised process can fire it.
[[nodiscard]] std::optional<TracepointTarget> find_tracepoint(std::string_view category_and_name);
/// The same for raw_tp names: "sys_enter", "sys_exit", "sched_process_exec|fork|exit".
[[nodiscard]] std::optional<TracepointTarget> find_raw_tracepoint(std::string_view name);

struct RecordField {
  std::string_view name;
  std::string_view type;
  std::uint32_t offset;
  std::uint32_t size;
};
/// The record's fields and its size (for __data_loc strings, the fixed part).
struct RecordLayout {
  std::vector<RecordField> fields;
  std::uint32_t size;
};
/// As Linux 6.1 to 6.14 has it; 6.15 turned the names of sched_process_fork into __data_loc strings.
[[nodiscard]] RecordLayout record_layout(const TracepointTarget& target);

}  // namespace skep
