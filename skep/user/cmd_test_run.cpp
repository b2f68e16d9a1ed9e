// bpf(2): PROG_TEST_RUN (also called PROG_RUN). Rules of net/bpf/test_run.c, by observation: which program types can be
// run, what data_in and ctx_in may hold, what comes back in data_out, retval and duration.
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "skep/user/run_environment.hpp"
#include "skep/user/test_context.hpp"

namespace skep {
namespace {

constexpr std::uint32_t ethernet_bytes = 14;
constexpr int not_supported = 524;  ///< ENOTSUPP: the type has no test run
/// Linux takes what fits a page. Captures hold more: libpcap's largest packet, with a second header in front.
constexpr std::uint32_t data_limit = 262144 + ethernet_bytes;
constexpr std::uint32_t run_on_cpu = 1;                    ///< BPF_F_TEST_RUN_ON_CPU
constexpr std::uint32_t xdp_devmap = 33, xdp_cpumap = 35;  ///< BPF_XDP_DEVMAP, _CPUMAP: no run without such a map

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

enum class RunKind : std::uint8_t { none, xdp, skb, raw_tracepoint };

RunKind kind_of(ProgramType type) {
  if (type == ProgramType::xdp) return RunKind::xdp;
  if (type == ProgramType::raw_tracepoint) return RunKind::raw_tracepoint;
  const bool skb = type == ProgramType::socket_filter || type == ProgramType::sched_cls ||
                   type == ProgramType::sched_act || type == ProgramType::cgroup_skb || type == ProgramType::lwt_in ||
                   type == ProgramType::lwt_out || type == ProgramType::lwt_xmit;
  return skb ? RunKind::skb : RunKind::none;
}

/// Whether the program's packet begins with its Ethernet header; other types see it from the network header on.
bool sees_ethernet(ProgramType type) {
  return type == ProgramType::sched_cls || type == ProgramType::sched_act || type == ProgramType::xdp;
}

/// What a page leaves behind the packet: headroom and the kernel's skb_shared_info (320 bytes) are taken.
std::uint32_t tailroom(std::uint32_t data_size) {
  constexpr std::uint32_t room = 4096 - xdp_headroom - 320;
  return data_size < room ? room - data_size : 0;
}

/// bpf_test_finish(): data_out (cut to the caller's room, -ENOSPC then), its size, retval and duration.
long finish(const Attr& attr, const ProgTestRunAttr& wanted, ByteView data, std::uint32_t retval,
            std::uint32_t duration) {
  long result = 0;
  std::size_t copied = data.size();
  if (wanted.data_size_out != 0 && copied > wanted.data_size_out) {
    copied = wanted.data_size_out;
    result = -ENOSPC;
  }
  if (wanted.data_out != 0 && attr.memory().write(wanted.data_out, data.first(copied)) != 0) return -EFAULT;
  const bool written =
      attr.put(offsetof(ProgTestRunAttr, data_size_out), static_cast<std::uint32_t>(data.size())) == 0 &&
      attr.put(offsetof(ProgTestRunAttr, retval), retval) == 0 &&
      attr.put(offsetof(ProgTestRunAttr, duration), duration) == 0;
  return written ? result : -EFAULT;
}

/// bpf_ctx_init(): the caller's context struct, zero-filled; -E2BIG if it has unknown content behind what we know.
long read_context(const Attr& attr, const ProgTestRunAttr& wanted, std::size_t known, ByteVector& context) {
  context.assign(known, 0);
  if (wanted.ctx_in == 0) return 0;
  if (wanted.ctx_size_in > 4096) return -E2BIG;
  ByteVector given(wanted.ctx_size_in);
  if (const int error = attr.memory().read(wanted.ctx_in, given); error != 0) return error;
  const std::size_t used = std::min(given.size(), known);
  if (std::any_of(given.begin() + static_cast<std::ptrdiff_t>(used), given.end(),
                  [](std::uint8_t byte) { return byte != 0; }))
    return -E2BIG;
  std::copy_n(given.begin(), used, context.begin());
  return 0;
}

/// bpf_ctx_finish().
long write_context(const Attr& attr, const ProgTestRunAttr& wanted, ByteView context) {
  if (wanted.ctx_out == 0) return 0;
  long result = 0;
  std::size_t copied = context.size();
  if (copied > wanted.ctx_size_out) {
    copied = wanted.ctx_size_out;
    result = -ENOSPC;
  }
  if (attr.memory().write(wanted.ctx_out, context.first(copied)) != 0) return -EFAULT;
  if (attr.put(offsetof(ProgTestRunAttr, ctx_size_out), static_cast<std::uint32_t>(context.size())) != 0)
    return -EFAULT;
  return result;
}

}  // namespace

long UserKernel::State::prog_test_run(const Attr& attr) {
  const auto wanted = attr.as<ProgTestRunAttr>();
  // bpf_prog_test_run(): sizes and pointers go together.
  if ((wanted.ctx_size_in != 0) != (wanted.ctx_in != 0) || (wanted.ctx_size_out != 0) != (wanted.ctx_out != 0))
    return -EINVAL;
  long error = 0;
  const auto program = fds.find_as<ProgramEntry>(wanted.prog_fd, error);
  if (program == nullptr) return error;
  test_run_fault.reset();
  const RunKind kind = kind_of(program->type);
  const EventTask& task = own_task_now();
  RunEnvironment environment(*this, task);
  RunInput input;
  input.environment = static_cast<Environment*>(&environment);
  const std::uint32_t repeat = std::max(wanted.repeat, 1U);

  if (kind == RunKind::none) return -not_supported;
  if (kind == RunKind::raw_tracepoint) {
    // bpf_prog_test_run_raw_tp(): only a context of up to 12 arguments.
    if (wanted.data_in != 0 || wanted.data_out != 0 || wanted.ctx_out != 0 || wanted.duration != 0 ||
        wanted.repeat != 0 || wanted.batch_size != 0)
      return -EINVAL;
    if (wanted.ctx_size_in > 12 * 8) return -EINVAL;
    const bool chosen = (wanted.flags & run_on_cpu) != 0;
    if (!chosen && wanted.cpu != 0) return -EINVAL;
    if (chosen && wanted.cpu >= options.cpus) return -ENXIO;
    ByteVector context(std::max<std::size_t>(wanted.ctx_size_in, 8), 0);
    if (wanted.ctx_size_in != 0 &&
        attr.memory().read(wanted.ctx_in, MutableBytes(context).first(wanted.ctx_size_in)) != 0)
      return -EFAULT;
    Region region;
    region.begin = input.r1 = reinterpret_cast<std::uint64_t>(context.data());
    region.size = wanted.ctx_size_in;
    region.kind = RegionKind::context;
    region.access = Access::read;
    region.name = "the tracepoint's arguments";
    input.regions = {&region, 1};
    const RunResult result = run_program(*program, input);
    test_run_fault = result.fault;
    if (result.fault) return -EFAULT;
    return attr.put(offsetof(ProgTestRunAttr, retval), static_cast<std::uint32_t>(result.value));
  }

  if (wanted.flags != 0 || wanted.cpu != 0 || wanted.batch_size != 0) return -EINVAL;
  if (wanted.data_size_in < ethernet_bytes || wanted.data_size_in > data_limit) return -EINVAL;
  ByteVector data(wanted.data_size_in);
  if (attr.memory().read(wanted.data_in, data) != 0) return -EFAULT;
  const bool xdp = kind == RunKind::xdp;
  const auto attach_type = static_cast<std::uint32_t>(program->attach_type);
  if (xdp && (attach_type == xdp_devmap || attach_type == xdp_cpumap)) return -EINVAL;
  ByteVector context;
  if (error = read_context(attr, wanted, xdp ? xdp_md_bytes : sk_buff_bytes, context); error != 0) return error;

  const std::uint32_t hidden = sees_ethernet(program->type) ? 0 : ethernet_bytes;
  std::uint32_t meta = 0;
  if (xdp && wanted.ctx_in != 0) {
    if (error = check_xdp_context(context, wanted.data_size_in, meta); error != 0) return error;
  }
  PacketBuffer packet(xdp ? ContextKind::xdp_md : ContextKind::sk_buff, program->type,
                      ByteView(data).subspan(hidden + meta), xdp_headroom, tailroom(wanted.data_size_in));
  packet.set_hidden_header(ByteView(data).first(hidden));
  if (xdp && meta != 0) {
    if (packet.adjust_meta(-static_cast<std::int32_t>(meta)) != 0) return -EINVAL;
    std::copy_n(data.begin(), meta, packet.meta().begin());
  }
  if (error = xdp ? apply_xdp_context(context, packet)
                  : apply_skb_context(context, ByteView(data), wanted.ctx_in != 0, packet);
      error != 0)
    return error;

  environment.set_packet(&packet);
  input.r1 = context_address;
  input.context = &packet;
  RunResult last;
  const std::uint64_t start = now_ns();
  const std::uint64_t spent_before = program->run_time_ns;
  // The packet a run left is the next run's input, as in the kernel.
  for (std::uint32_t done = 0; done < repeat && !last.fault; ++done) {
    const std::vector<Region> regions = packet.regions();
    input.regions = regions;
    last = run_program(*program, input);
    if (program->run_time_ns - spent_before > options.test_run_ns && done + 1 < repeat && !last.fault) return -EINTR;
  }
  const auto mean_ns = static_cast<std::uint32_t>(std::min<std::uint64_t>((now_ns() - start) / repeat, UINT32_MAX));
  test_run_fault = last.fault;
  if (last.fault) return -EFAULT;

  ByteVector out;
  if (hidden != 0) out.assign(hidden, 0);  // the kernel pushes the header back, zeroed
  const auto meta_bytes = packet.meta();
  out.insert(out.end(), meta_bytes.begin(), meta_bytes.end());
  const auto bytes = packet.data();
  out.insert(out.end(), bytes.begin(), bytes.end());
  const long result = finish(attr, wanted, out, static_cast<std::uint32_t>(last.value), mean_ns);
  if (result != 0) return result;  // -ENOSPC too: then there is no context out
  if (xdp) {
    store_xdp_context(packet, context);
  } else {
    store_skb_context(packet, context);
  }
  return write_context(attr, wanted, context);
}

}  // namespace skep
