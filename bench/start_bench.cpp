// How long until the first event is seen: from starting the command until its first trace line arrives. skep run on an
// object and on C source, beside `strace -f -o /dev/stdout -e trace=write` (its first line of output) on the same
// command. Usage: start_bench [SKEP OBJECT SOURCE]; by default the build's own skep and examples/write-trace.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

/// Milliseconds until the command's output contains `wanted`; -1 if it never does.
double first_output(const std::string& command, const std::string& wanted) {
  const auto start = std::chrono::steady_clock::now();
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return -1;
  double elapsed = -1;
  char line[4096];
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    if (elapsed < 0 && std::string(line).find(wanted) != std::string::npos) {
      elapsed = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    }
  }
  pclose(pipe);
  return elapsed;
}

double median(const std::string& command, const std::string& wanted) {
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) times.push_back(first_output(command, wanted));
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = std::string(argv[0]).substr(0, std::string(argv[0]).rfind('/') + 1);
  const std::string skep = argc > 1 ? argv[1] : directory + "skep";
  const std::string source = argc > 3 ? argv[3] : directory + "../../../examples/write-trace/hello.bpf.c";
  const std::string object = argc > 2 ? argv[2] : "/tmp/skep-start-bench.o";
  if (argc <= 2 &&
      std::system(
          ("clang-19 -O2 -g -target bpf -I/usr/include/x86_64-linux-gnu -c " + source + " -o " + object).c_str()) != 0)
    return 1;
  const std::string command = " -- /bin/echo hello 2>/dev/null";
  std::printf("%-44s %10s\n", "until the first event is printed (median of 9)", "ms");
  std::printf("%-44s %10.1f\n", "skep run hello.bpf.o -- echo hello",
              median(skep + " run " + object + command, "triggered"));
  std::printf("%-44s %10.1f\n", "skep run hello.bpf.c -- echo hello",
              median(skep + " run " + source + command, "triggered"));
  std::printf("%-44s %10.1f\n", "strace -f -e trace=write echo hello",
              median("strace -f -o /dev/stdout -e trace=write /bin/echo hello 2>/dev/null", "write("));
  return 0;
}
