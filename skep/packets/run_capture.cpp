#include "skep/packets/run_capture.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace skep {
namespace {

constexpr std::uint32_t ethernet_bytes = 14;
constexpr std::uint64_t progress_interval = 4096;  ///< packets between calls of on_progress
constexpr int ethernet_link = 1;                   ///< DLT_EN10MB

struct Verdict {
  std::uint32_t value;
  std::string_view name;
  bool passes;
};
// enum xdp_action and TC_ACT_* (include/uapi/linux/bpf.h, pkt_cls.h).
constexpr Verdict xdp_verdicts[] = {{0, "XDP_ABORTED", false},
                                    {1, "XDP_DROP", false},
                                    {2, "XDP_PASS", true},
                                    {3, "XDP_TX", true},
                                    {4, "XDP_REDIRECT", true}};
constexpr Verdict tc_verdicts[] = {{0xffffffff, "TC_ACT_UNSPEC", true},
                                   {0, "TC_ACT_OK", true},
                                   {1, "TC_ACT_RECLASSIFY", true},
                                   {2, "TC_ACT_SHOT", false},
                                   {3, "TC_ACT_PIPE", true},
                                   {4, "TC_ACT_STOLEN", false},
                                   {5, "TC_ACT_QUEUED", false},
                                   {6, "TC_ACT_REPEAT", true},
                                   {7, "TC_ACT_REDIRECT", true},
                                   {8, "TC_ACT_TRAP", false}};

std::span<const Verdict> verdicts_of(ProgramType type) {
  if (type == ProgramType::xdp) return xdp_verdicts;
  if (type == ProgramType::sched_cls || type == ProgramType::sched_act) return tc_verdicts;
  return {};
}

bool is_filter(ProgramType type) { return type == ProgramType::socket_filter; }

/// A packet socket's filter sees the frame from its Ethernet header on, but a test run hides the first 14 bytes from it
/// (net/bpf/test_run.c): a second header in front makes both see the same.
ByteVector with_spare_header(ByteView frame) {
  ByteVector bytes;
  bytes.reserve(frame.size() + ethernet_bytes);
  append_bytes(bytes, frame.first(ethernet_bytes));
  append_bytes(bytes, frame);
  return bytes;
}

}  // namespace

std::string verdict_name(ProgramType type, std::uint32_t value) {
  if (is_filter(type)) return value == 0 ? "drop" : "keep";
  for (const Verdict& verdict : verdicts_of(type)) {
    if (verdict.value == value) return std::string(verdict.name);
  }
  return fmt::format("{}", value);
}

bool verdict_passes(ProgramType type, std::uint32_t value) {
  if (is_filter(type)) return value != 0;
  for (const Verdict& verdict : verdicts_of(type)) {
    if (verdict.value == value) return verdict.passes;
  }
  // What Linux does with a verdict it does not know: XDP aborts, tc goes on.
  return type != ProgramType::xdp;
}

Result<RunCaptureResult> run_capture(const Program& program, ProgramType type, CaptureReader& reader,
                                     const RunCaptureOptions& options) {
  const bool runs_on_packets = is_filter(type) || !verdicts_of(type).empty();
  if (!runs_on_packets)
    return fail_with_help("--pcap takes xdp, sched_cls and socket_filter programs",
                          "a {} program does not run on packets", name_of(type));
  if (reader.link_type() != ethernet_link) {
    return fail_with_help("capture on an Ethernet-like device",
                          "the capture holds {} packets; programs expect Ethernet frames", reader.link_type_name());
  }
  RunCaptureResult result;
  while (true) {
    auto next = reader.next();
    if (!next) {
      result.failure = std::move(next).error();
      break;
    }
    const std::optional<CapturedPacket>& packet = *next;
    if (!packet) break;
    ++result.packets;
    result.bytes += packet->bytes.size();
    if (packet->bytes.size() < ethernet_bytes) {
      ++result.skipped;
      continue;
    }
    const ByteVector spare = is_filter(type) ? with_spare_header(packet->bytes) : ByteVector{};
    auto tested = test_run(program, {.data_in = spare.empty() ? packet->bytes : ByteView(spare)});
    if (!tested) {
      result.failure = std::move(tested).error();
      result.failure->what = fmt::format("packet {}: {}", result.packets, result.failure->what);
      break;
    }
    TestRunResult& run = *tested;
    ++result.verdicts[is_filter(type) ? std::min(run.retval, 1U) : run.retval];
    result.run_time_ns += run.duration_ns;
    if (is_filter(type)) {
      // A filter changes nothing; its value is how many bytes are kept.
      run.data_out.assign(packet->bytes.begin(), packet->bytes.end());
      if (run.retval < run.data_out.size()) run.data_out.resize(run.retval);
    }
    const bool modified = !is_filter(type) && !std::equal(run.data_out.begin(), run.data_out.end(),
                                                          packet->bytes.begin(), packet->bytes.end());
    if (modified) ++result.modified;
    if (options.output != nullptr && verdict_passes(type, run.retval)) {
      CapturedPacket out = *packet;
      const auto captured = static_cast<std::uint32_t>(packet->bytes.size());
      out.bytes = run.data_out;
      // What the capture cut off is still part of the packet; a program adds to it or takes from it at what it sees.
      const std::uint32_t cut_off = packet->original_length - std::min(packet->original_length, captured);
      if (!is_filter(type)) out.original_length = static_cast<std::uint32_t>(run.data_out.size()) + cut_off;
      TRY_VOID(options.output->write(out));
      ++result.written;
    }
    if (options.after_packet) options.after_packet();
    if (options.on_progress && result.packets % progress_interval == 0 &&
        !options.on_progress({result.packets, reader.position(), reader.file_size()})) {
      result.stopped = true;
      break;
    }
  }
  if (options.output != nullptr) TRY_VOID(options.output->finish());
  return result;
}

}  // namespace skep
