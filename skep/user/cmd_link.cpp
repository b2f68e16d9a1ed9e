// bpf(2): RAW_TRACEPOINT_OPEN, LINK_CREATE (of perf events), LINK_DETACH; and the attachment by section name that
// Kernel::attach() offers.
#include <algorithm>
#include <cerrno>

#include "skep/user/state.hpp"

namespace skep {

std::shared_ptr<LinkEntry> UserKernel::State::add_link(std::shared_ptr<ProgramEntry> program, LinkType type,
                                                       std::string name, const TracepointTarget& target,
                                                       bool raw_arguments) {
  auto link = std::make_shared<LinkEntry>();
  link->type = type;
  link->program = std::move(program);
  link->target_name = std::move(name);
  link->target = target;
  link->record_bytes = record_layout(target).size;
  link->raw_arguments = raw_arguments;
  links.add(link);
  if (hooks.size() == hooks.capacity()) (void)live_hooks();  // before it grows, it lets go of links that are gone
  hooks.push_back(link);
  return link;
}

std::vector<std::shared_ptr<LinkEntry>> UserKernel::State::live_hooks() {
  std::vector<std::shared_ptr<LinkEntry>> live;
  for (const auto& hook : hooks) {
    if (auto link = hook.lock(); link != nullptr && !link->detached) live.push_back(std::move(link));
  }
  hooks.assign(live.begin(), live.end());
  return live;
}

long UserKernel::State::raw_tracepoint_open(const Attr& attr) {
  const auto wanted = attr.as<RawTracepointAttr>();
  long error = 0;
  auto program = fds.find_as<ProgramEntry>(wanted.prog_fd, error);
  if (program == nullptr) return error;
  if (program->type != ProgramType::raw_tracepoint) return -EINVAL;
  std::string name;
  bool too_long = false;
  if (attr.read_string(wanted.name, 127, name, too_long) != 0) return -EFAULT;
  const auto target = find_raw_tracepoint(name);
  if (!target) return -ENOENT;
  return install(add_link(std::move(program), LinkType::raw_tracepoint, std::move(name), *target, true));
}

long UserKernel::State::link_create(const Attr& attr) {
  const auto wanted = attr.as<LinkCreateAttr>();
  long error = 0;
  auto program = fds.find_as<ProgramEntry>(wanted.prog_fd, error);
  if (program == nullptr) return error;
  if (static_cast<AttachType>(wanted.attach_type) != AttachType::perf_event || program->type != ProgramType::tracepoint)
    return -EINVAL;
  if (wanted.flags != 0) return -EINVAL;
  const auto event = fds.find_as<TracepointEventEntry>(wanted.target_fd, error);
  if (event == nullptr) return error;
  auto link = add_link(std::move(program), LinkType::perf_event, event->name, event->target, false);
  link->attach_type = AttachType::perf_event;
  return install(link);
}

long UserKernel::State::link_detach(const Attr& attr) {
  long error = 0;
  const auto link = fds.find_as<LinkEntry>(attr.as<LinkDetachAttr>().link_fd, error);
  if (link == nullptr) return error;
  link->detached = true;
  return 0;
}

namespace {

const char* only_linux =
    "run it on Linux itself (as root, in a virtual machine), or use a tracepoint of system calls: "
    "tp/syscalls/sys_enter_NAME";

}  // namespace

Result<int> UserKernel::attach(int program_fd, const AttachRequest& request) {
  if (request.method == AttachMethod::tracepoint) {
    const auto target = find_tracepoint(request.target);
    if (!target) {
      return fail_with_help(
          "the user kernel has tp/syscalls/sys_enter_NAME, tp/syscalls/sys_exit_NAME, "
          "tp/raw_syscalls/sys_enter|sys_exit and "
          "tp/sched/sched_process_exec|fork|exit",
          "the tracepoint {} fires inside Linux, where the user kernel cannot see it", request.target);
    }
    auto event = std::make_shared<TracepointEventEntry>();
    event->name = request.target;
    event->target = *target;
    const long event_fd = state_->install(event);
    if (event_fd < 0) return fail_errno(static_cast<int>(-event_fd), "cannot open the tracepoint's event");
    LinkCreateAttr attr{};
    attr.prog_fd = static_cast<std::uint32_t>(program_fd);
    attr.target_fd = static_cast<std::uint32_t>(event_fd);
    attr.attach_type = static_cast<std::uint32_t>(AttachType::perf_event);
    const long link = bpf(BpfCommand::link_create, &attr, sizeof attr);
    close(static_cast<int>(event_fd));
    if (link < 0)
      return fail_errno(static_cast<int>(-link), fmt::format("cannot attach to tracepoint {}", request.target));
    return static_cast<int>(link);
  }
  if (request.method == AttachMethod::raw_tracepoint) {
    RawTracepointAttr attr{};
    attr.name = reinterpret_cast<std::uint64_t>(request.target.c_str());
    attr.prog_fd = static_cast<std::uint32_t>(program_fd);
    const long link = bpf(BpfCommand::raw_tracepoint_open, &attr, sizeof attr);
    if (link == -ENOENT) {
      return fail_with_help(
          "the user kernel has raw_tp/sys_enter, sys_exit, sched_process_exec, sched_process_fork and "
          "sched_process_exit",
          "the raw tracepoint {} fires inside Linux, where the user kernel cannot see it", request.target);
    }
    if (link < 0)
      return fail_errno(static_cast<int>(-link), fmt::format("cannot attach to raw tracepoint {}", request.target));
    return static_cast<int>(link);
  }
  return fail_with_help(only_linux, "a {} program runs on events inside Linux{}, which only Linux itself can fire",
                        name_of(request.type), request.target.empty() ? "" : " (" + request.target + ")");
}

HookInterest UserKernel::interest() const {
  HookInterest interest;
  for (const auto& link : state_->live_hooks()) {
    const TracepointTarget& target = link->target;
    switch (target.kind) {
      case EventKind::syscall_enter:
        if (target.syscall) interest.enter.insert(*target.syscall);
        interest.enter_all |= !target.syscall.has_value();
        break;
      case EventKind::syscall_exit:
        if (target.syscall) interest.exit.insert(*target.syscall);
        interest.exit_all |= !target.syscall.has_value();
        break;
      case EventKind::process_exec: interest.exec = true; break;
      case EventKind::process_fork: interest.fork = true; break;
      case EventKind::process_exit: interest.process_exit = true; break;
    }
  }
  return interest;
}

}  // namespace skep
