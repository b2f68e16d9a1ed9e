// The two ways to run a PacketProgram.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "skep/helpers/packet_program.hpp"
#include "skep/helpers/table.hpp"

namespace skep {
namespace {

class PacketEnvironment final : public Environment {
 public:
  explicit PacketEnvironment(PacketBuffer& packet) : packet_(packet) {}
  const Task& task() override { return task_; }
  std::uint32_t cpu() override { return 0; }
  std::uint64_t clock_ns(Clock) override { return 0; }
  std::uint32_t random() override { return 4; }
  void trace(std::string_view) override {}
  int read_user(std::uint64_t, MutableBytes) override { return -EFAULT; }
  int write_user(std::uint64_t, ByteView) override { return -EFAULT; }
  int read_kernel(Machine&, std::uint64_t, MutableBytes) override { return -EFAULT; }
  PacketBuffer* packet() override { return &packet_; }

 private:
  PacketBuffer& packet_;
  Task task_;
};

/// union bpf_attr of PROG_LOAD and PROG_TEST_RUN, as far as needed.
struct LoadAttr {
  std::uint32_t type = 0, count = 0;
  std::uint64_t instructions = 0, license = 0;
  std::uint32_t log_level = 1, log_size = 0;
  std::uint64_t log = 0;
  std::uint32_t kernel_version = 0, flags = 0;
};
struct RunAttr {
  std::uint32_t fd = 0, value = 0, size_in = 0, size_out = 0;
  std::uint64_t in = 0, out = 0;
  std::uint32_t repeat = 0, duration = 0, context_in = 0, context_out = 0;
  std::uint64_t context[2] = {};
};

}  // namespace

PacketOutcome run_here(ProgramType type, const PacketProgram& program, ByteView bytes) {
  const ContextKind kind = context_of(type);
  const bool xdp = kind == ContextKind::xdp_md;
  const std::uint32_t tailroom = 4096 - xdp_headroom - 320 - static_cast<std::uint32_t>(bytes.size());
  // Only some types see the Ethernet header; it stays in front of what the others see.
  const bool sees_header = xdp || type == ProgramType::sched_cls;
  const std::uint32_t hidden = sees_header ? 0 : ethernet_header_bytes;
  PacketBuffer packet(kind, type, bytes.subspan(hidden), xdp_headroom, tailroom);
  packet.set_hidden_header(bytes.first(hidden));
  packet.metadata.protocol = load_unaligned<std::uint16_t>(bytes.data() + 12);
  packet.metadata.ingress_ifindex = xdp ? 1 : 0;
  PacketEnvironment environment(packet);
  auto code = lower(program.code(), {.helpers = helper_table()});
  if (!code) {
    ADD_FAILURE() << render(code.error(), false);
    return {};
  }
  const std::vector<Region> regions = packet.regions();
  Machine machine;
  const RunResult result = machine.run(**code, Engine::checked,
                                       {.r1 = context_address,
                                        .regions = regions,
                                        .context = &packet,
                                        .environment = static_cast<Environment*>(&environment)});
  if (result.fault) ADD_FAILURE() << result.fault->what;
  PacketOutcome outcome{static_cast<std::uint32_t>(result.value), {}};
  const MutableBytes meta = packet.meta(), data = packet.data();
  outcome.bytes.assign(hidden, 0);  // as BPF_PROG_TEST_RUN gives it back
  outcome.bytes.insert(outcome.bytes.end(), meta.begin(), meta.end());
  outcome.bytes.insert(outcome.bytes.end(), data.begin(), data.end());
  return outcome;
}

std::optional<PacketOutcome> run_on_linux(ProgramType type, const PacketProgram& program, ByteView packet,
                                          std::string& why) {
  const std::vector<RawInsn> code = program.code();
  const ByteVector wire = bytes_from_slots(code);
  std::string log(65536, '\0');
  LoadAttr load;
  load.type = static_cast<std::uint32_t>(type);
  load.count = static_cast<std::uint32_t>(code.size());
  load.instructions = reinterpret_cast<std::uint64_t>(wire.data());
  load.license = reinterpret_cast<std::uint64_t>("GPL");
  load.log = reinterpret_cast<std::uint64_t>(log.data());
  load.log_size = static_cast<std::uint32_t>(log.size());
  const long fd = syscall(SYS_bpf, static_cast<int>(BpfCommand::prog_load), &load, sizeof load);
  if (fd < 0) {
    why = "Linux does not load the program: " + errno_text(errno) + "\n" + log.c_str();
    return std::nullopt;
  }
  PacketOutcome outcome{0, ByteVector(65536)};
  RunAttr run;
  run.fd = static_cast<std::uint32_t>(fd);
  run.in = reinterpret_cast<std::uint64_t>(packet.data());
  run.size_in = static_cast<std::uint32_t>(packet.size());
  run.out = reinterpret_cast<std::uint64_t>(outcome.bytes.data());
  run.size_out = static_cast<std::uint32_t>(outcome.bytes.size());
  const long result = syscall(SYS_bpf, static_cast<int>(BpfCommand::prog_test_run), &run, sizeof run);
  const int error = errno;
  close(static_cast<int>(fd));
  if (result < 0) {
    why = "Linux does not run the program: " + errno_text(error);
    return std::nullopt;
  }
  outcome.value = run.value;
  outcome.bytes.resize(run.size_out);
  return outcome;
}

}  // namespace skep
