// Names of the tracepoints that a supervised process can fire, and the bytes of their records. Source: the `format`
// files of tracefs, include/trace/events/{syscalls,sched}.h, syscall_enter_define_fields() in
// kernel/trace/trace_syscalls.c.
#include "skep/abi/tracepoints.hpp"

#include <algorithm>
#include <array>

#include "skep/abi/syscalls.hpp"

namespace skep {
namespace {

constexpr RecordField common_fields[] = {
    {"common_type", "unsigned short", 0, 2},
    {"common_flags", "unsigned char", 2, 1},
    {"common_preempt_count", "unsigned char", 3, 1},
    {"common_pid", "int", 4, 4},
};
constexpr std::uint32_t first_argument = 16;
constexpr std::uint32_t argument_bytes = 8;
constexpr std::uint32_t arguments_limit = 6;

/// What stands after `prefix`, or nothing.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

std::optional<TracepointTarget> syscall_target(EventKind kind, std::string_view name) {
  const auto number = syscall_number(name);
  if (!number) return std::nullopt;
  return TracepointTarget{kind, number, false};
}

std::optional<EventKind> process_event(std::string_view name) {
  if (name == "sched_process_exec") return EventKind::process_exec;
  if (name == "sched_process_fork") return EventKind::process_fork;
  if (name == "sched_process_exit") return EventKind::process_exit;
  return std::nullopt;
}

std::optional<EventKind> raw_syscall_event(std::string_view name) {
  if (name == "sys_enter") return EventKind::syscall_enter;
  if (name == "sys_exit") return EventKind::syscall_exit;
  return std::nullopt;
}

/// "const char * buf" → {"buf", "const char *"}.
RecordField argument_field(std::string_view declaration, std::uint32_t offset) {
  const std::size_t space = declaration.rfind(' ');
  return {declaration.substr(space + 1), declaration.substr(0, space), offset, argument_bytes};
}

void add_declared(std::string_view arguments, std::vector<RecordField>& fields) {
  std::uint32_t offset = first_argument;
  while (!arguments.empty()) {
    const std::size_t comma = std::min(arguments.find(", "), arguments.size());
    fields.push_back(argument_field(arguments.substr(0, comma), offset));
    offset += argument_bytes;
    arguments.remove_prefix(std::min(comma + 2, arguments.size()));
  }
}

void add_undeclared(std::vector<RecordField>& fields) {
  constexpr std::array<std::string_view, arguments_limit> names = {"arg0", "arg1", "arg2", "arg3", "arg4", "arg5"};
  std::uint32_t offset = first_argument;
  for (const std::string_view name : names) {
    fields.push_back({name, "unsigned long", offset, argument_bytes});
    offset += argument_bytes;
  }
}

void add_syscall_enter(const TracepointTarget& target, std::vector<RecordField>& fields) {
  if (target.raw || !target.syscall) {
    fields.push_back({"id", "long", 8, 8});
    fields.push_back({"args", "unsigned long[6]", first_argument, arguments_limit * argument_bytes});
    return;
  }
  fields.push_back({"__syscall_nr", "int", 8, 4});
  if (const auto arguments = syscall_arguments(*target.syscall)) {
    add_declared(*arguments, fields);
  } else {
    add_undeclared(fields);
  }
}

void add_syscall_exit(const TracepointTarget& target, std::vector<RecordField>& fields) {
  if (target.raw || !target.syscall) {
    fields.push_back({"id", "long", 8, 8});
  } else {
    fields.push_back({"__syscall_nr", "int", 8, 4});
  }
  fields.push_back({"ret", "long", 16, 8});
}

void add_process_exec(std::vector<RecordField>& fields) {
  fields.push_back({"filename", "__data_loc char[]", 8, 4});
  fields.push_back({"pid", "pid_t", 12, 4});
  fields.push_back({"old_pid", "pid_t", 16, 4});
}

void add_process_fork(std::vector<RecordField>& fields) {
  fields.push_back({"parent_comm", "char[16]", 8, 16});
  fields.push_back({"parent_pid", "pid_t", 24, 4});
  fields.push_back({"child_comm", "char[16]", 28, 16});
  fields.push_back({"child_pid", "pid_t", 44, 4});
}

void add_process_exit(std::vector<RecordField>& fields) {
  fields.push_back({"comm", "char[16]", 8, 16});
  fields.push_back({"pid", "pid_t", 24, 4});
  fields.push_back({"prio", "int", 28, 4});
}

}  // namespace

std::optional<TracepointTarget> find_tracepoint(std::string_view category_and_name) {
  if (const auto name = after(category_and_name, "syscalls/sys_enter_"))
    return syscall_target(EventKind::syscall_enter, *name);
  if (const auto name = after(category_and_name, "syscalls/sys_exit_"))
    return syscall_target(EventKind::syscall_exit, *name);
  if (const auto name = after(category_and_name, "raw_syscalls/")) {
    const auto kind = raw_syscall_event(*name);
    return kind ? std::optional(TracepointTarget{*kind, std::nullopt, true}) : std::nullopt;
  }
  if (const auto name = after(category_and_name, "sched/")) {
    const auto kind = process_event(*name);
    return kind ? std::optional(TracepointTarget{*kind, std::nullopt, false}) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<TracepointTarget> find_raw_tracepoint(std::string_view name) {
  if (const auto kind = raw_syscall_event(name)) return TracepointTarget{*kind, std::nullopt, true};
  if (const auto kind = process_event(name)) return TracepointTarget{*kind, std::nullopt, false};
  return std::nullopt;
}

RecordLayout record_layout(const TracepointTarget& target) {
  RecordLayout layout{{std::begin(common_fields), std::end(common_fields)}, 0};
  switch (target.kind) {
    case EventKind::syscall_enter: add_syscall_enter(target, layout.fields); break;
    case EventKind::syscall_exit: add_syscall_exit(target, layout.fields); break;
    case EventKind::process_exec: add_process_exec(layout.fields); break;
    case EventKind::process_fork: add_process_fork(layout.fields); break;
    case EventKind::process_exit: add_process_exit(layout.fields); break;
  }
  const RecordField& last = layout.fields.back();
  layout.size = last.offset + last.size;
  return layout;
}

}  // namespace skep
