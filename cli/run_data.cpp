// `skep run FILE --data …`: BPF_PROG_TEST_RUN on given bytes.
#include <algorithm>
#include <cerrno>

#include "cli/run_kernel.hpp"
#include "cli/verb.hpp"
#include "skep/packets/packets.hpp"

namespace skep {
namespace {

constexpr std::size_t largest_packet = 3520;  ///< a page without the room Linux keeps around a packet
constexpr int not_supported = 524;            ///< the kernel's own number, which <cerrno> does not know

std::string text_result(const RunJob& job, ProgramType type, const TestRunResult& result) {
  std::string text = fmt::format("Return value: {}", result.retval);
  const std::string name = verdict_name(type, result.retval);
  if (name != fmt::format("{}", result.retval)) text += fmt::format(" ({})", name);
  text += fmt::format(", duration (average): {}ns{}\n", result.duration_ns,
                      job.repeat > 1 ? fmt::format(" over {} runs", job.repeat) : "");
  if (!std::equal(result.data_out.begin(), result.data_out.end(), job.data->begin(), job.data->end())) {
    text += fmt::format("data_out ({} bytes):\n{}", result.data_out.size(), hex_dump(result.data_out));
  }
  if (!result.context_out.empty())
    text += fmt::format("ctx_out ({} bytes):\n{}", result.context_out.size(), hex_dump(result.context_out));
  return text;
}

/// What Linux's test runs ask for (net/bpf/test_run.c), by the errno of the one that refused.
std::string help_for(int code, const RunJob& job, ProgramType type) {
  if (code == not_supported) return fmt::format("it runs on events: skep run {} -- COMMAND", job.input_options.path);
  if (code == EINVAL && type == ProgramType::raw_tracepoint)
    return "raw tracepoints take their arguments with --ctx-in (eight bytes each), and no --data";
  if (code == EINVAL && job.data->size() < 14) return "packet programs need at least 14 bytes: an Ethernet header";
  if (code == EINTR) return "the runs took longer than a minute together: ask for fewer with --repeat";
  if (code == EINVAL && job.data->size() > largest_packet) return "a packet of a test run fits into one page";
  if (code != EINVAL || job.context.empty()) return "";
  if (type == ProgramType::xdp)
    return "in --ctx-in, data is the length of the metadata, data_end the length of the data, and the devices must "
           "exist";
  return "in --ctx-in, fields that Linux fills in itself must be 0; mark, priority, ifindex, cb, tstamp, gso_* and "
         "wire_len can be given";
}

void write_bytes(JsonWriter& json, std::string_view name, ByteView bytes) {
  json.key(name);
  json.begin_array();
  for (const std::uint8_t byte : bytes) json.value(fmt::format("0x{:02x}", byte));
  json.end_array();
}

}  // namespace

int run_on_data(const RunJob& job) {
  const Object& object = job.input.object;
  if (job.programs.size() > 1) {
    std::vector<std::string> names;
    for (const std::size_t index : job.programs) names.push_back(object.programs[index].name);
    return report(Error{fmt::format("{} has {} programs, and data goes to one", object.name, names.size()),
                        fmt::format("choose with --program: {}", fmt::join(names, ", "))});
  }
  auto kernel = RunKernel::open(job);
  if (!kernel) return report(kernel.error());
  auto loaded = load_for_run(**kernel, job);
  if (!loaded) return report(loaded.error());
  auto sink = TraceSink::open(job);
  if (!sink) return report(sink.error());
  const LoadedProgram& program = loaded->programs.front();
  const ProgramSpec& spec = object.programs[program.index];
  const ProgramType type = job.type.value_or(spec.type);

  TestRunOptions options;
  options.data_in = *job.data;
  options.context_in = job.context;
  // Linux hands the whole context back or says ENOSPC, and raw tracepoints must not ask for it (bpf_ctx_finish,
  // bpf_prog_test_run_raw_tp).
  constexpr std::uint32_t largest_context = 4096;
  options.context_size_out = job.context.empty() || type == ProgramType::raw_tracepoint ? 0 : largest_context;
  options.repeat = type == ProgramType::raw_tracepoint ? 0 : job.repeat;
  const auto result = test_run(program.program, options);
  sink->drain(**kernel);
  if (!result) {
    if (const auto fault = kernel->take_test_run_fault()) return report(std::vector<Diagnostic>{explain(*fault, spec)});
    Error error = result.error();
    error.help = help_for(error.code, job, type);
    if (error.code == not_supported)
      error.what =
          fmt::format("program {} is a {} program, which does not run on given data", spec.name, name_of(type));
    return report(error);
  }
  if (!job.data_out.empty()) {
    if (auto written = write_file(job.data_out, result->data_out); !written) return report(written.error());
  }
  if (job.json) {
    JsonWriter json(stdout_is_terminal());
    json.begin_object();
    write_bytes(json, "data_out", result->data_out);
    if (!result->context_out.empty()) write_bytes(json, "ctx_out", result->context_out);
    json.field("retval", result->retval);
    json.field("duration", result->duration_ns);
    if (job.dump_maps) write_maps(json, *loaded, object);
    json.end_object();
    print(json.text() + "\n");
    return 0;
  }
  print_results(job, text_result(job, type, *result));
  if (job.dump_maps) print_results(job, maps_text(*loaded, object));
  return 0;
}

}  // namespace skep
