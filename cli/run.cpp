// `skep run`: opens the program, sets globals, and hands over to one of three ways to run it: on a command's events, on
// a capture, on given bytes.
#include "cli/run.hpp"

#include <algorithm>

#include "cli/verb.hpp"

namespace skep {
namespace {

constexpr std::string_view examples =
    "  skep run hello.bpf.c -- ls -l                 the system calls of ls are the events\n"
    "  skep run hello.bpf.c --pid_filter 42 -- ls    any global variable of the program is an option\n"
    "  skep run xdp.bpf.o --pcap in.pcap --out out.pcap\n"
    "  skep run filter.txt --type socket_filter --data 'ff ff ff ff ff ff 00 11 22 33 44 55 08 00'\n"
    "  skep run hello.bpf.c --help                   lists this program's own options too\n";

using Settings = std::vector<std::pair<std::string, std::string>>;

/// `--name value` and `--name=value` words that are no options of ours are global variables of the program.
Result<Settings> global_settings(const std::vector<std::string>& extras) {
  Settings settings;
  for (std::size_t i = 0; i < extras.size(); ++i) {
    const std::string& word = extras[i];
    if (!word.starts_with("--") || word.size() < 3) {
      return fail_with_help("the command to watch goes behind --: skep run PROGRAM -- COMMAND", "what is {}?", word);
    }
    const auto equals = word.find('=');
    if (equals != std::string::npos) {
      settings.emplace_back(word.substr(2, equals - 2), word.substr(equals + 1));
    } else if (i + 1 < extras.size()) {
      settings.emplace_back(word.substr(2), extras[i + 1]);
      ++i;
    } else {
      return fail("{} needs a value", word);
    }
  }
  return settings;
}

/// Is the variable's memory mentioned by any program? A constant that the compiler folded into the code is not.
bool is_read(const Object& object, std::string_view name) {
  for (const Variable& variable : object.variables) {
    if (variable.name != name) continue;
    for (const ProgramSpec& program : object.programs) {
      for (const Relocation& relocation : program.relocations) {
        const bool inside =
            relocation.offset >= variable.offset && relocation.offset - variable.offset < std::max(variable.size, 1U);
        if (relocation.kind == Relocation::Kind::map_value && relocation.index == variable.map && inside) return true;
      }
    }
  }
  return false;
}

Result<void> set_all(Object& object, const Settings& settings) {
  for (const auto& [name, value] : settings) TRY_VOID(set_global(object, name, value));
  return {};
}

/// Sets the globals. One that no instruction reads was a constant the compiler folded: C source is compiled again with
/// those constants volatile, so that they are read after all.
Result<void> apply_settings(RunJob& job, const Settings& settings) {
  TRY_VOID(set_all(job.input.object, settings));
  for (const auto& [name, value] : settings) {
    if (!is_read(job.input.object, name)) job.input_options.volatile_constants.push_back(name);
  }
  if (job.input_options.volatile_constants.empty()) return {};
  if (job.input.spelling == Spelling::c_source) {
    auto again = open_input(job.input_options);
    if (!again) return tl::unexpected<Error>(to_error(again.error().front()));
    job.input = std::move(*again);
    TRY_VOID(set_all(job.input.object, settings));
  }
  for (const std::string& name : job.input_options.volatile_constants) {
    if (is_read(job.input.object, name)) continue;
    print_error(
        fmt::format("skep: note: no instruction reads {}: setting it changes nothing (a const without volatile is "
                    "folded into the code)\n",
                    escape_for_terminal(name)));
  }
  return {};
}

std::string describe_globals(const Object& object) {
  const auto variables = global_variables(object);
  if (variables.empty()) return "This program has no global variables.\n";
  std::string text = fmt::format("Options of {} (its global variables):\n", escape_for_terminal(object.name));
  for (const GlobalVariable& variable : variables) {
    text += fmt::format("  --{:<24} {} in {}, default {}\n", escape_for_terminal(variable.name),
                        escape_for_terminal(variable.type), escape_for_terminal(variable.section),
                        escape_for_terminal(variable.default_value));
  }
  return text;
}

/// Names the programs of the file that this way of running takes; more than one is fine for events only.
Result<void> choose(RunJob& job) {
  TRY(type, chosen_type(job.input_options));
  TRY(chosen, choose_programs(job.input.object, job.input_options));
  job.type = type;
  for (const std::size_t index : chosen) {
    if (job.input_options.program.empty() && job.input_options.section.empty() &&
        !job.input.object.programs[index].autoload)
      continue;
    job.programs.push_back(index);
  }
  if (job.programs.empty())
    return fail_with_help("name one with --program", "no program of {} is loaded by itself", job.input.object.name);
  return {};
}

bool runs_on_packets(ProgramType type) {
  return type == ProgramType::xdp || type == ProgramType::sched_cls || type == ProgramType::sched_act ||
         type == ProgramType::socket_filter;
}

/// With neither command nor data: packet programs run once on 64 zero bytes, as the smallest Ethernet frame; others
/// need an event.
Result<void> default_input(RunJob& job) {
  const ProgramSpec& first = job.input.object.programs[job.programs.front()];
  const ProgramType type = job.type.value_or(first.type);
  if (runs_on_packets(type)) {
    if (!job.quiet)
      print_error("skep: no input given: running once on a frame of 64 zero bytes (use --data or --pcap)\n");
    job.data = ByteVector(64, 0);
    return {};
  }
  if (type == ProgramType::raw_tracepoint && first.attach_target.empty()) {
    job.data = ByteVector{};
    return {};
  }
  if (type == ProgramType::unspec) {
    return fail_with_help(
        "say what it is: --type socket_filter, --type xdp, --type tracepoint, … (`skep features programs` lists them)",
        "{} does not say what type of program {} is", job.input.display_name, first.name);
  }
  return fail_with_help(fmt::format("give a command behind --: skep run {} -- ls -l", job.input_options.path),
                        "program {} ({}) runs on events, and no command makes any", first.name, name_of(type));
}

}  // namespace

Result<LoadedObject> load_for_run(UserKernel& kernel, const RunJob& job) {
  LoadOptions options;
  for (const std::size_t index : job.programs) options.programs.push_back(job.input.object.programs[index].name);
  options.type = job.type;
  options.log_level = job.log_level;
  TRY(loaded, load(kernel, job.input.object, options));
  for (const LoadedProgram& program : loaded.programs) {
    if (job.log_level != 0) print_error(escape_lines_for_terminal(program.log));
  }
  if (!job.quiet) print_error("skep: the verifier is not there yet: the program runs in the checked interpreter\n");
  return loaded;
}

int run_verb(const CommandLine& line) {
  RunJob job;
  job.command = line.command;
  std::string data;
  std::string context;
  bool help = false;
  auto app = verb_app(
      "run",
      "Runs an eBPF program in user space: on the system calls of a command, on captured packets, or on given bytes.",
      examples);
  app->set_help_flag();
  app->add_flag("-h,--help", help, "this help; with a file, its own options too");
  add_input_options(*app, job.input_options);
  app->get_option("file")->required(false);
  app->add_option("--data", data, "run on these bytes: hex text, or @FILE (BPF_PROG_TEST_RUN's data_in)");
  app->add_option("--ctx-in", context, "the context struct to run with: hex text, or @FILE");
  app->add_option("--repeat", job.repeat, "with --data: how many times (the mean time is printed)")
      ->check(CLI::Range(1U, 100'000'000U));
  app->add_option("--data-out", job.data_out, "with --data: write the packet as the program left it to this file");
  app->add_option("--pcap", job.capture, "run on every packet of this pcap or pcapng file");
  app->add_option("--out", job.capture_out, "with --pcap: write the packets that pass, as the program left them");
  app->add_option("--trace-to", job.trace_to, "write the trace pipe to this file instead of standard output");
  app->add_flag("--dump-maps", job.dump_maps, "print the maps at the end");
  app->add_option("--log-level", job.log_level, "print the kernel's log of loading: 1, 2 or 4")
      ->check(CLI::Range(0U, 15U));
  app->add_option("--fuel", job.fuel, "instructions one run may take before it is stopped")->capture_default_str();
  app->add_option("-K,--kernel", job.kernel, "which kernel: user")->capture_default_str();
  app->add_flag("-j,--json", job.json, "results as JSON");
  app->add_flag("-q,--quiet", job.quiet, "no summary, no notes");
  app->allow_extras();
  if (const auto code = parse(*app, line)) return *code;
  if (help && job.input_options.path.empty()) {
    print(app->help());
    return 0;
  }
  if (job.input_options.path.empty()) {
    print_error("skep: run needs a program file\nhelp: skep run hello.bpf.c -- ls -l; see `skep run --help`\n");
    return static_cast<int>(ExitCode::usage);
  }
  if (job.kernel != "user") {
    return report(Error{job.kernel == "linux" ? std::string("not supported yet: -K linux")
                                              : fmt::format("there is no kernel {}", job.kernel),
                        "leave -K away: programs run in the user kernel"});
  }
  auto input = open_input(job.input_options);
  if (!input) return report(input.error());
  job.input = std::move(*input);
  if (help) {
    print(app->help() + "\n" + describe_globals(job.input.object));
    return 0;
  }
  const auto settings = global_settings(app->remaining());
  if (!settings) return report(settings.error());
  if (auto set = apply_settings(job, *settings); !set) return report(set.error());
  if (auto chosen = choose(job); !chosen) return report(chosen.error());
  if (!data.empty() || !context.empty()) {
    auto bytes = bytes_argument(data);
    auto context_in = bytes_argument(context);
    if (!bytes) return report(bytes.error());
    if (!context_in) return report(context_in.error());
    job.data = std::move(*bytes);
    job.context = std::move(*context_in);
  }
  const int ways = (line.has_command ? 1 : 0) + (job.data ? 1 : 0) + (job.capture.empty() ? 0 : 1);
  if (ways > 1) return report(Error{"a command, --data and --pcap are three ways to run a program: choose one"});
  if (line.has_command && line.command.empty())
    return report(Error{"no command stands behind --", "for example: -- ls -l"});
  if (ways == 0) {
    if (auto chosen = default_input(job); !chosen) return report(chosen.error());
  }
  if (line.has_command) return run_on_command(job);
  return job.data ? run_on_data(job) : run_on_capture(job);
}

}  // namespace skep
