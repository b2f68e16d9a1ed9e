// What the three ways of `skep run` share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/input.hpp"
#include "cli/terminal.hpp"
#include "skep/load/load.hpp"
#include "skep/user/user.hpp"

namespace skep {

struct RunJob {
  InputOptions input_options;
  Input input;
  std::vector<std::size_t> programs;  ///< chosen, into Object::programs
  std::optional<ProgramType> type;    ///< --type
  std::vector<std::string> command;
  std::optional<ByteVector> data;
  ByteVector context;
  std::uint32_t repeat = 1;
  std::string data_out;
  std::string capture;
  std::string capture_out;
  std::string trace_to;  ///< empty: standard output, or standard error where that takes the results
  bool dump_maps = false;
  bool json = false;
  bool quiet = false;
  std::uint32_t log_level = 0;
  std::uint64_t fuel = 1ULL << 30;
  std::string kernel = "user";

  /// Packets go to standard output, so nothing that is for a reader may.
  [[nodiscard]] bool binary_on_stdout() const { return capture_out == "-" || data_out == "-"; }
};

/// Prints results for a reader: to standard output, or standard error where packets go to standard output.
void print_results(const RunJob& job, std::string_view text);

[[nodiscard]] int run_on_command(const RunJob& job);
[[nodiscard]] int run_on_data(const RunJob& job);
[[nodiscard]] int run_on_capture(const RunJob& job);

[[nodiscard]] Result<LoadedObject> load_for_run(Kernel& kernel, const RunJob& job);

/// Hex text, or the content of @FILE; empty for "".
[[nodiscard]] Result<ByteVector> bytes_argument(const std::string& text);

/// Where trace lines go: standard output, --trace-to's file, or standard error if standard output takes JSON or
/// packets.
class TraceSink {
 public:
  [[nodiscard]] static Result<TraceSink> open(const RunJob& job);
  /// Prints what the kernel has collected.
  void drain(Kernel& kernel);

 private:
  UniqueFd file_;
  bool to_stderr_ = false;
  bool told_ = false;  ///< that the file cannot be written
};

/// A fault of a program as a diagnostic: the instruction, the source line it comes from, registers.
[[nodiscard]] Diagnostic explain(const Fault& fault, const ProgramSpec& program);

/// --dump-maps, typed by the object's BTF: text, or a field "maps" of a JSON object that is open.
[[nodiscard]] std::string maps_text(const LoadedObject& loaded, const Object& object);
void write_maps(JsonWriter& json, const LoadedObject& loaded, const Object& object);

/// "1.5 µs", "340 ns", "2.0 s".
[[nodiscard]] std::string duration_text(std::uint64_t nanoseconds);

}  // namespace skep
