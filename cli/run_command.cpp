// `skep run FILE -- COMMAND`: the program's events are the system calls of the supervised command.
#include <csignal>

#include "cli/run.hpp"
#include "cli/verb.hpp"
#include "skep/supervise/supervise.hpp"

namespace skep {
namespace {

Supervisor* running = nullptr;  ///< for the signal handler alone

void stop_running(int signal) {
  if (running != nullptr) running->stop(signal);
}

/// SIGTERM and SIGHUP end the command too; Ctrl-C reaches it from the terminal by itself, and we wait for it.
class SignalGuard {
 public:
  explicit SignalGuard(Supervisor& supervisor) {
    running = &supervisor;
    for (std::size_t i = 0; i < std::size(signals); ++i) {
      previous_[i] = std::signal(signals[i], stop_running);
      if (previous_[i] == SIG_IGN) std::signal(signals[i], SIG_IGN);  // nohup, a shell's background job
    }
  }
  ~SignalGuard() {
    for (std::size_t i = 0; i < std::size(signals); ++i) std::signal(signals[i], previous_[i]);
    running = nullptr;
  }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  static constexpr int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  void (*previous_[std::size(signals)])(int);
};

void report_faults(UserKernel& kernel, const RunJob& job) {
  for (const RunReport& fault : kernel.take_faults()) {
    const ProgramSpec* program = nullptr;
    for (const std::size_t index : job.programs) {
      const std::string& name = job.input.object.programs[index].name;
      if (name.substr(0, bpf_obj_name_len - 1) == fault.program) program = &job.input.object.programs[index];
    }
    if (program != nullptr) report(std::vector<Diagnostic>{explain(fault.fault, *program)});
  }
}

std::string json_result(const RunJob& job, const LoadedObject& loaded, const UserKernel& kernel,
                        const CommandResult& result) {
  const auto& statistics = kernel.statistics();
  JsonWriter json(stdout_is_terminal());
  json.begin_object();
  json.field(result.signaled ? "signal" : "exit_status", result.status);
  json.field("events", statistics.events);
  json.field("runs", statistics.runs);
  json.field("run_time_ns", statistics.run_time_ns);
  json.field("faults", statistics.faults);
  if (job.dump_maps) write_maps(json, loaded, job.input.object);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace

int run_on_command(const RunJob& job) {
  const Object& object = job.input.object;
  UserKernel kernel({.fuel = job.fuel});
  auto loaded = load_for_run(kernel, job);
  if (!loaded) return report(loaded.error());
  std::vector<Link> links;
  for (const LoadedProgram& program : loaded->programs) {
    auto link = attach(program, object);
    if (!link) return report(link.error());
    links.push_back(std::move(*link));
  }
  auto sink = TraceSink::open(job);
  if (!sink) return report(sink.error());
  SuperviseOptions options;
  options.command = job.command;
  options.on_progress = [&] {
    sink->drain(kernel);
    report_faults(kernel, job);
  };
  auto supervisor = Supervisor::start(kernel, std::move(options));
  if (!supervisor) {
    report(supervisor.error());
    return static_cast<int>(supervisor.error().code == ENOENT ? ExitCode::not_found : ExitCode::not_executable);
  }
  Result<CommandResult> result;
  {
    const SignalGuard guard(**supervisor);
    result = (*supervisor)->run();
  }
  sink->drain(kernel);
  report_faults(kernel, job);
  if (!result) return report(result.error());
  if (job.json) {
    print(json_result(job, *loaded, kernel, *result));
  } else if (job.dump_maps) {
    print(maps_text(*loaded, object));
  }
  if (!job.quiet) {
    const auto& statistics = kernel.statistics();
    print_error(fmt::format("skep: {} event{}, {} run{}, {} in programs ({} per run){}\n", statistics.events,
                            statistics.events == 1 ? "" : "s", statistics.runs, statistics.runs == 1 ? "" : "s",
                            duration_text(statistics.run_time_ns),
                            duration_text(statistics.runs == 0 ? 0 : statistics.run_time_ns / statistics.runs),
                            statistics.faults == 0 ? "" : fmt::format(", {} faults", statistics.faults)));
  }
  return result->signaled ? 128 + result->status : result->status;
}

}  // namespace skep
