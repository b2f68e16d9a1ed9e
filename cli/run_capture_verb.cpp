// `skep run FILE --pcap …`: a program over every packet of a capture, a table of verdicts, the packets that pass to
// --out.
#include <csignal>

#include "cli/run_kernel.hpp"
#include "cli/verb.hpp"
#include "skep/packets/packets.hpp"

namespace skep {
namespace {

volatile std::sig_atomic_t interrupted = 0;

/// Makes Ctrl-C end the run between two packets, so that the table and the output file are whole.
class InterruptGuard {
 public:
  InterruptGuard() : previous_(std::signal(SIGINT, [](int) { interrupted = 1; })) { interrupted = 0; }
  ~InterruptGuard() { std::signal(SIGINT, previous_); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  void (*previous_)(int);
};

bool show_progress(const CaptureProgress& progress) {
  if (stderr_is_terminal() && progress.packets % (1U << 16) == 0) {
    const double share = progress.bytes_total == 0 ? 0
                                                   : 100.0 * static_cast<double>(progress.bytes_read) /
                                                         static_cast<double>(progress.bytes_total);
    print_error(fmt::format("\r{} packets, {:.0f} %\033[K", progress.packets, share));
  }
  return interrupted == 0;
}

std::string table(ProgramType type, const RunCaptureResult& result) {
  std::string text = fmt::format("{:<16} {:>12} {:>8}\n", "verdict", "packets", "share");
  for (const auto& [value, count] : result.verdicts) {
    text += fmt::format("{:<16} {:>12} {:>7.1f}%\n", verdict_name(type, value), count,
                        100.0 * static_cast<double>(count) / static_cast<double>(result.packets));
  }
  return text;
}

std::string summary(const RunJob& job, const RunCaptureResult& result) {
  const std::uint64_t runs = result.packets - result.skipped;
  std::string text = fmt::format("{} packet{}, {} bytes; {} in programs ({} per packet)", result.packets,
                                 result.packets == 1 ? "" : "s", result.bytes, duration_text(result.run_time_ns),
                                 duration_text(runs == 0 ? 0 : result.run_time_ns / runs));
  if (result.modified != 0) text += fmt::format("; {} modified", result.modified);
  if (result.skipped != 0) text += fmt::format("; {} shorter than an Ethernet header were skipped", result.skipped);
  if (!job.capture_out.empty())
    text += fmt::format("; {} written to {}", result.written, escape_for_terminal(job.capture_out));
  if (result.stopped) text += "; stopped by Ctrl-C";
  if (result.failure) text += "; stopped by the error above";
  return text + "\n";
}

std::string json_result(const RunJob& job, const LoadedObject& loaded, ProgramType type,
                        const RunCaptureResult& result) {
  JsonWriter json(stdout_is_terminal());
  json.begin_object();
  json.field("packets", result.packets);
  json.field("bytes", result.bytes);
  json.field("skipped", result.skipped);
  json.field("modified", result.modified);
  json.field("written", result.written);
  json.field("run_time_ns", result.run_time_ns);
  json.key("verdicts");
  json.begin_array();
  for (const auto& [value, count] : result.verdicts) {
    json.begin_object();
    json.field("verdict", verdict_name(type, value));
    json.field("value", value);
    json.field("packets", count);
    json.end_object();
  }
  json.end_array();
  if (result.failure) json.field("error", result.failure->what);
  if (job.dump_maps) write_maps(json, loaded, job.input.object);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace

int run_on_capture(const RunJob& job) {
  const Object& object = job.input.object;
  if (job.programs.size() > 1) {
    std::vector<std::string> names;
    for (const std::size_t index : job.programs) names.push_back(object.programs[index].name);
    return report(Error{fmt::format("{} has {} programs, and packets go to one", object.name, names.size()),
                        fmt::format("choose with --program: {}", fmt::join(names, ", "))});
  }
  auto reader = CaptureReader::open(job.capture);
  if (!reader) return report(reader.error());
  auto kernel = RunKernel::open(job);
  if (!kernel) return report(kernel.error());
  auto loaded = load_for_run(**kernel, job);
  if (!loaded) return report(loaded.error());
  auto sink = TraceSink::open(job);
  if (!sink) return report(sink.error());
  std::optional<CaptureWriter> writer;
  if (!job.capture_out.empty()) {
    auto created = CaptureWriter::create(job.capture_out, reader->link_type());
    if (!created) return report(created.error());
    writer = std::move(*created);
  }
  const LoadedProgram& program = loaded->programs.front();
  const ProgramType type = job.type.value_or(object.programs[program.index].type);
  RunCaptureOptions options;
  options.output = writer ? &*writer : nullptr;
  options.on_progress = show_progress;
  options.after_packet = [&] { sink->drain(**kernel); };
  const InterruptGuard guard;
  const auto result = run_capture(program.program, type, *reader, options);
  sink->drain(**kernel);
  if (stderr_is_terminal()) print_error("\r\033[K");
  if (!result) return report(result.error());
  if (result->failure) {
    if (const auto fault = kernel->take_test_run_fault()) {
      Diagnostic diagnostic = explain(*fault, object.programs[program.index]);
      diagnostic.what = fmt::format("packet {}: {}", result->packets, diagnostic.what);
      report(std::vector<Diagnostic>{std::move(diagnostic)});
    } else {
      report(*result->failure);
    }
  }
  if (job.json) {
    print(json_result(job, *loaded, type, *result));
  } else if (!result->failure || !result->verdicts.empty()) {
    print_results(job, table(type, *result));
    if (job.dump_maps) print_results(job, maps_text(*loaded, object));
  }
  if (!job.quiet) print_error("skep: " + summary(job, *result));
  if (result->stopped) return 130;
  return result->failure ? 1 : 0;
}

}  // namespace skep
