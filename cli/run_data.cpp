// `skep run FILE --data …`: BPF_PROG_TEST_RUN on given bytes.
#include <algorithm>

#include "cli/run.hpp"
#include "cli/verb.hpp"
#include "skep/packets/packets.hpp"

namespace skep {
namespace {

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
  UserKernel kernel({.fuel = job.fuel});
  auto loaded = load_for_run(kernel, job);
  if (!loaded) return report(loaded.error());
  auto sink = TraceSink::open(job);
  if (!sink) return report(sink.error());
  const LoadedProgram& program = loaded->programs.front();
  const ProgramSpec& spec = object.programs[program.index];
  const ProgramType type = job.type.value_or(spec.type);

  TestRunOptions options;
  options.data_in = *job.data;
  options.context_in = job.context;
  options.context_size_out = static_cast<std::uint32_t>(job.context.size());
  options.repeat = type == ProgramType::raw_tracepoint ? 0 : job.repeat;
  const auto result = test_run(program.program, options);
  sink->drain(kernel);
  if (!result) {
    if (const auto fault = kernel.take_test_run_fault()) return report(std::vector<Diagnostic>{explain(*fault, spec)});
    Error error = result.error();
    if (error.code == 22 && job.data->size() < 14)
      error.help = "packet programs need at least 14 bytes: an Ethernet header";
    if (error.code == 524)
      error.help = fmt::format("{} programs run on events, not on data: skep run {} -- COMMAND", name_of(type),
                               job.input_options.path);
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
