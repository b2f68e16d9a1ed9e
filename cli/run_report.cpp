// What `skep run` says about a run: traces, faults with their source line, map contents, times.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cli/run.hpp"

namespace skep {

Result<ByteVector> bytes_argument(const std::string& text) {
  if (text.starts_with('@')) return read_file(text.substr(1));
  auto bytes = parse_hex(text);
  if (!bytes)
    return fail_with_help("write bytes as hex (\"de ad be ef\"), or name a file: @FILE", "these are no bytes: {}",
                          bytes.error().what);
  return bytes;
}

void print_results(const RunJob& job, std::string_view text) {
  if (job.binary_on_stdout()) return print_error(text);
  print(text);
}

Result<TraceSink> TraceSink::open(const RunJob& job) {
  TraceSink sink;
  sink.to_stderr_ = job.json || job.binary_on_stdout();
  if (job.trace_to.empty()) return sink;
  sink.file_.reset(::open(job.trace_to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!sink.file_.valid()) return fail_errno(errno, fmt::format("cannot write {}", job.trace_to));
  return sink;
}

void TraceSink::drain(Kernel& kernel) {
  std::string text;
  for (const std::string& line : kernel.read_trace()) text += escape_lines_for_terminal(line) + '\n';
  if (text.empty()) return;
  if (!file_.valid()) return to_stderr_ ? print_error(text) : print(text);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {  // a full disk must not stop the traced command
      if (!std::exchange(told_, true))
        print_error(fmt::format("skep: note: trace lines are lost, --trace-to: {}\n", errno_text(errno)));
      return;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

Diagnostic explain(const Fault& fault, const ProgramSpec& program) {
  Diagnostic diagnostic = as_diagnostic(fault);
  // The line record at or before the instruction is the one it belongs to.
  const SourceLine* line = nullptr;
  for (const SourceLine& candidate : program.lines) {
    if (candidate.slot <= fault.slot) line = &candidate;
  }
  if (line != nullptr) {
    diagnostic.where = {std::string(line->file), line->line, line->column, std::string(line->text)};
  }
  diagnostic.slot = fault.slot.value;
  if (fault.slot.value < program.code.size()) {
    if (const auto decoded = decode(program.code, fault.slot))
      diagnostic.instruction = disassemble(decoded->insn, fault.slot, DisassembleOptions{});
  }
  diagnostic.what = fmt::format("program {}: {}", program.name, diagnostic.what);
  return diagnostic;
}

namespace {

PrintMapOptions typed_by(const Object& object, const MapSpec& spec) {
  PrintMapOptions options;
  options.btf = object.btf.get();
  options.key_type = spec.key_type;
  options.value_type = spec.value_type;
  return options;
}

}  // namespace

std::string maps_text(const LoadedObject& loaded, const Object& object) {
  std::string text;
  for (std::size_t i = 0; i < loaded.maps.size(); ++i) {
    if (!loaded.maps[i].valid()) continue;
    const MapSpec& spec = object.maps[i];
    const auto content = print_map(loaded.maps[i], typed_by(object, spec));
    const TypeInfo* type = find_map_type(spec.type);
    text += fmt::format("map {} ({}):\n", escape_for_terminal(object.kernel_map_name(spec)),
                        type != nullptr ? type->name : "?");
    text += content ? *content : render(content.error(), false);
  }
  return text;
}

void write_maps(JsonWriter& json, const LoadedObject& loaded, const Object& object) {
  json.key("maps");
  json.begin_array();
  for (std::size_t i = 0; i < loaded.maps.size(); ++i) {
    if (!loaded.maps[i].valid()) continue;
    const MapSpec& spec = object.maps[i];
    const TypeInfo* type = find_map_type(spec.type);
    json.begin_object();
    json.field("name", object.kernel_map_name(spec));
    if (type != nullptr) json.field("type", type->name);
    JsonWriter content;
    const auto written = write_map(content, loaded.maps[i], typed_by(object, spec));
    json.key("elements");
    if (written) {
      json.raw(content.text());
    } else {
      json.begin_object();
      json.field("error", written.error().what);
      json.end_object();
    }
    json.end_object();
  }
  json.end_array();
}

std::string duration_text(std::uint64_t nanoseconds) {
  const auto value = static_cast<double>(nanoseconds);
  if (nanoseconds < 1000) return fmt::format("{} ns", nanoseconds);
  if (nanoseconds < 1'000'000) return fmt::format("{:.1f} µs", value / 1e3);
  if (nanoseconds < 1'000'000'000) return fmt::format("{:.1f} ms", value / 1e6);
  return fmt::format("{:.2f} s", value / 1e9);
}

}  // namespace skep
