// skep: one command, one verb at a time.
#include <csignal>
#include <string>
#include <vector>

#include "cli/verb.hpp"

namespace {

std::string overview() {
  std::string text =
      "skep writes, checks, runs and debugs eBPF programs in user space, with no privileges.\n\nUsage: skep VERB "
      "[OPTIONS] …\n\nVerbs:\n";
  for (const skep::VerbInfo& verb : skep::verbs()) text += fmt::format("  {:<10} {}\n", verb.name, verb.summary);
  text +=
      "\nStart here:\n"
      "  skep run hello.bpf.c -- ls -l     compile, attach to ls's system calls, print what the program prints\n"
      "  skep run xdp.bpf.c --pcap in.pcap run an XDP program over captured packets\n"
      "  skep VERB --help                  what a verb takes, with examples\n";
  return text;
}

int unknown_verb(const std::string& word) {
  std::vector<std::string> names;
  for (const skep::VerbInfo& verb : skep::verbs()) names.emplace_back(verb.name);
  const std::string guess = skep::nearest(word, names);
  skep::print_error(fmt::format("skep: there is no verb {}\nhelp: {}see `skep --help`\n",
                                skep::escape_for_terminal(word),
                                guess.empty() ? "" : fmt::format("did you mean `skep {}`? Or ", guess)));
  return static_cast<int>(skep::ExitCode::usage);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // print() sees EPIPE and ends quietly
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    skep::print_error(overview());
    return static_cast<int>(skep::ExitCode::usage);
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    skep::print(overview());
    return 0;
  }
  if (words[0] == "--version" || words[0] == "-V") {
    skep::print("skep " SKEP_VERSION "\n");
    return 0;
  }
  for (const skep::VerbInfo& verb : skep::verbs()) {
    if (words[0] != verb.name) continue;
    skep::CommandLine line;
    bool behind = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (!behind && words[i] == "--") {
        behind = line.has_command = true;
      } else {
        (behind ? line.command : line.arguments).push_back(words[i]);
      }
    }
    return verb.function(line);
  }
  return unknown_verb(words[0]);
}
