// `skep run`: opens the program, sets globals, and hands over to one of three ways to run it: on a command's events, on
// a capture, on given bytes.
#include "cli/run.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/run_globals.hpp"
#include "cli/verb.hpp"

namespace skep {
namespace {

constexpr std::string_view examples =
    "  skep run hello.bpf.c -- ls -l                 the system calls of ls are the events\n"
    "  skep run hello.bpf.c --pid_filter 42 -- ls    any global variable of the program is an option\n"
    "  skep run xdp.bpf.o --pcap in.pcap --out out.pcap\n"
    "  skep run filter.txt --type socket_filter --data 'ff ff ff ff ff ff 00 11 22 33 44 55 08 00'\n"
    "  skep run hello.bpf.c --help                   lists this program's own options too\n";

/// Names the programs of the file that this way of running takes; more than one is fine for events only.
Result<void> choose(RunJob& job) {
  TRY(chosen, choose_programs(job.input.object, job.input_options));
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

/// Options that say nothing without another one, or that cannot go together.
Result<void> options_fit(const RunJob& job, bool has_command, bool has_data) {
  const int ways = (has_command ? 1 : 0) + (has_data ? 1 : 0) + (job.capture.empty() ? 0 : 1);
  if (ways > 1) return fail("a command, --data and --pcap are three ways to run a program: choose one");
  if (has_command && job.command.empty()) return fail_with_help("for example: -- ls -l", "no command stands behind --");
  if (!job.capture_out.empty() && job.capture.empty())
    return fail_with_help("for bytes given with --data there is --data-out", "--out goes with --pcap");
  if (!job.data_out.empty() && (has_command || !job.capture.empty()))
    return fail_with_help("for packets of a capture there is --out", "--data-out goes with --data");
  if (job.repeat != 1 && (has_command || !job.capture.empty())) return fail("--repeat goes with --data");
  if (job.json && job.binary_on_stdout())
    return fail_with_help("name a file for the packets", "JSON and packets cannot both go to standard output");
  std::error_code ignored;
  if (!job.capture_out.empty() && std::filesystem::equivalent(job.capture, job.capture_out, ignored) &&
      std::filesystem::is_regular_file(job.capture, ignored))
    return fail_with_help("name another file", "--out would overwrite {} while it is read", job.capture);
  return {};
}

/// CLI11 lets -1 wrap around to the largest number.
std::string at_least_one(std::string& text) {
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && text.find_first_not_of('0') != std::string::npos ? "" : text + " is not a number from 1 on";
}

/// Long names of the verb's options, without dashes.
std::vector<std::string> names_of_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  }
  return names;
}

/// With neither command nor data: packet programs run once on 64 zero bytes, as the smallest Ethernet frame; others
/// need an event.
Result<void> default_input(RunJob& job) {
  if (job.programs.size() > 1 && runs_on_packets(job.input.object.programs[job.programs.front()].type)) {
    job.data = ByteVector{};  // the refusal that follows names the programs
    return {};
  }
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

/// Does any of them call bpf_trace_printk or bpf_trace_vprintk?
bool prints(const LoadedObject& loaded, const Object& object) {
  return std::any_of(loaded.programs.begin(), loaded.programs.end(), [&](const LoadedProgram& program) {
    const std::vector<RawInsn>& code = object.programs[program.index].code;
    return std::any_of(code.begin(), code.end(), [](const RawInsn& insn) {
      constexpr std::uint8_t call = 0x85;
      return insn.code == call && insn.src == 0 && (insn.imm == 6 || insn.imm == 177);
    });
  });
}

/// What -K says.
Result<void> kernel_fits(const RunJob& job, bool has_command, bool has_fuel) {
  if (job.kernel == "user") return {};
  if (job.kernel != "linux") return fail_with_help("user (the default) or linux", "there is no kernel {}", job.kernel);
  if (has_command)
    return fail_with_help("leave -K linux away: system calls of a command are events of the user kernel",
                          "not supported yet: attaching to Linux");
  if (has_fuel) return fail("--fuel is the user kernel's; Linux's verifier lets no program run for ever");
  return {};
}

}  // namespace

Result<LoadedObject> load_for_run(Kernel& kernel, const RunJob& job) {
  LoadOptions options;
  for (const std::size_t index : job.programs) options.programs.push_back(job.input.object.programs[index].name);
  options.type = job.type;
  options.log_level = job.log_level;
  TRY(loaded, load(kernel, job.input.object, options));
  for (const LoadedProgram& program : loaded.programs) {
    if (job.log_level != 0) print_error(escape_lines_for_terminal(program.log));
  }
  if (!job.quiet && kernel.name() == "user")
    print_error("skep: the verifier is not there yet: the program runs in the checked interpreter\n");
  if (!job.quiet && kernel.name() == "linux" && prints(loaded, job.input.object))
    print_error("skep: what the program prints is in Linux's trace pipe: /sys/kernel/tracing/trace_pipe\n");
  return loaded;
}

int run_verb(const CommandLine& line) {
  RunJob job;
  job.command = line.command;
  std::string data;
  std::string context;
  std::vector<std::string> assignments;
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
  app->add_option("--global", assignments,
                  "NAME=VALUE: a global variable of the program whose name is an option of skep")
      ->allow_extra_args(false);
  app->add_flag("--dump-maps", job.dump_maps, "print the maps at the end");
  app->add_option("--log-level", job.log_level, "print the kernel's log of loading: 1, 2 or 4")
      ->check(CLI::Range(0U, 15U));
  app->add_option("--fuel", job.fuel, "instructions one run may take before it is stopped")
      ->check(CLI::Validator(at_least_one, "", ""))
      ->capture_default_str();
  app->add_option("-K,--kernel", job.kernel, "which kernel: user, or linux with --data and --pcap (root)")
      ->envname("SKEP_KERNEL")
      ->capture_default_str();
  app->add_flag("-j,--json", job.json,
                "results as JSON on standard output, behind what a command prints; traces to standard error");
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
  if (auto fits = kernel_fits(job, line.has_command, app->count("--fuel") != 0); !fits)
    return report_usage(fits.error());
  const bool has_data = !data.empty() || !context.empty();
  if (!help) {
    if (auto fit = options_fit(job, line.has_command, has_data); !fit) return report_usage(fit.error());
  }
  auto type = chosen_type(job.input_options);
  if (!type) return report_usage(type.error());
  job.type = *type;
  auto input = open_input(job.input_options);
  if (!input) {
    Diagnostic& first = input.error().front();
    if (first.help.empty() && !app->remaining().empty() && app->remaining().front().starts_with("--"))
      first.help = "a program's own options go behind its file: skep run FILE --NAME VALUE";
    return report(input.error());
  }
  job.input = std::move(*input);
  if (help) {
    print(app->help() + "\n" + describe_globals(job.input.object, names_of_options(*app)));
    return 0;
  }
  const auto settings =
      global_settings(job.input.object, app->remaining(), assignments, names_of_options(*app), job.input_options.path);
  if (!settings) return report_usage(settings.error());
  if (auto set = set_globals(job.input.object, *settings); !set) return report_usage(set.error());
  if (auto read = unfold_constants(job.input, job.input_options, *settings); !read) return report(read.error());
  if (auto chosen = choose(job); !chosen) return report(chosen.error());
  if (has_data) {
    auto bytes = bytes_argument(data);
    auto context_in = bytes_argument(context);
    if (!bytes) return report(bytes.error());
    if (!context_in) return report(context_in.error());
    job.data = std::move(*bytes);
    job.context = std::move(*context_in);
  }
  if (!line.has_command && !job.data && job.capture.empty()) {
    if (auto chosen = default_input(job); !chosen) return report(chosen.error());
  }
  if (line.has_command) return run_on_command(job);
  return job.data ? run_on_data(job) : run_on_capture(job);
}

}  // namespace skep
