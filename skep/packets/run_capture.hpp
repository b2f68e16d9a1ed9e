// A program over every packet of a capture, by BPF_PROG_TEST_RUN, so on either kernel.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "skep/abi/abi.hpp"
#include "skep/kernel/kernel.hpp"
#include "skep/packets/capture.hpp"

namespace skep {

/// "XDP_PASS", "TC_ACT_OK", or the number as text; socket filters: "keep" (all or the first N bytes) and "drop".
[[nodiscard]] std::string verdict_name(ProgramType type, std::uint32_t value);
/// True if a packet with this verdict goes on (is written to the output).
[[nodiscard]] bool verdict_passes(ProgramType type, std::uint32_t value);

struct CaptureProgress {
  std::uint64_t packets;
  std::uint64_t bytes_read;
  std::uint64_t bytes_total;
};

struct RunCaptureOptions {
  CaptureWriter* output = nullptr;  ///< gets the packets that pass, as the program left them
  std::function<bool(const CaptureProgress&)> on_progress = {};  ///< every few thousand packets; false stops
  std::function<void()> after_packet = {};                       ///< after each: print traces
};
struct RunCaptureResult {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t written = 0;
  std::uint64_t modified = 0;
  std::uint64_t skipped = 0;  ///< shorter than the kernel takes (14 bytes)
  std::uint64_t run_time_ns = 0;
  std::map<std::uint32_t, std::uint64_t> verdicts;
  bool stopped = false;
  /// What ended the run before the capture's end: a packet that cannot be read, or that the program cannot run on.
  std::optional<Error> failure;
};
/// Errors: the program's type or the capture's link type is not one for packets; the output cannot be written. What
/// goes wrong with one packet is `failure` of the result, and what was done before it counts.
[[nodiscard]] Result<RunCaptureResult> run_capture(const Program& program, ProgramType type, CaptureReader& reader,
                                                   const RunCaptureOptions& options);

}  // namespace skep
