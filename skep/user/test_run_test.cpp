// PROG_TEST_RUN's rules beside the packet itself; every expectation is what Linux 6.18 answers to the same call.
#include <gtest/gtest.h>

#include <cerrno>
#include <limits>

#include "skep/asm/asm.hpp"
#include "skep/user/user.hpp"

namespace skep {
namespace {

constexpr int not_supported = 524;

class TestRun : public testing::Test {
 protected:
  UserKernel kernel{{.cpus = 2, .test_run_ns = 2'000'000}};
  ByteVector data = ByteVector(64, 0);
  ByteVector context = ByteVector(192, 0);
  ByteVector context_out = ByteVector(192, 0xee);

  Program load(ProgramType type, AttachType attach_type = {}) {
    const auto code = assemble("r0 = 0; exit");
    ProgLoadResult loaded =
        load_program(kernel, {.type = type, .attach_type = attach_type, .license = "GPL", .code = *code});
    EXPECT_TRUE(loaded.program.valid()) << loaded.log;
    return std::move(loaded.program);
  }

  ProgTestRunAttr on_packet(const Program& program) {
    ProgTestRunAttr attr{};
    attr.prog_fd = static_cast<std::uint32_t>(program.fd());
    attr.data_in = reinterpret_cast<std::uint64_t>(data.data());
    attr.data_size_in = static_cast<std::uint32_t>(data.size());
    return attr;
  }
  void want_context(ProgTestRunAttr& attr) {
    attr.ctx_out = reinterpret_cast<std::uint64_t>(context_out.data());
    attr.ctx_size_out = static_cast<std::uint32_t>(context_out.size());
  }
  long run(ProgTestRunAttr& attr) { return kernel.bpf(BpfCommand::prog_test_run, &attr, sizeof attr); }
};

TEST_F(TestRun, RepetitionsEndWithTheTimeThatTheyMayTakeTogether) {
  const Program program = load(ProgramType::xdp);
  ProgTestRunAttr attr = on_packet(program);
  attr.repeat = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(run(attr), -EINTR);
  attr.repeat = 10;
  EXPECT_EQ(run(attr), 0);
}

TEST_F(TestRun, TypesWithoutATestRunSaySo) {
  for (const ProgramType type : {ProgramType::sk_skb, ProgramType::lwt_seg6local, ProgramType::tracepoint,
                                 ProgramType::kprobe, ProgramType::perf_event, ProgramType::sock_ops}) {
    const Program program = load(type);
    ProgTestRunAttr attr = on_packet(program);
    EXPECT_EQ(run(attr), -not_supported) << name_of(type);
  }
  for (const ProgramType type : {ProgramType::socket_filter, ProgramType::sched_cls, ProgramType::sched_act,
                                 ProgramType::cgroup_skb, ProgramType::lwt_in, ProgramType::lwt_xmit}) {
    const Program program = load(type);
    ProgTestRunAttr attr = on_packet(program);
    EXPECT_EQ(run(attr), 0) << name_of(type);
  }
}

TEST_F(TestRun, XdpProgramsOfDeviceAndCpuMapsDoNotRunByThemselves) {
  for (const auto& [attach_type, expected] : {std::pair{33U, -EINVAL}, {35U, -EINVAL}, {37U, 0}}) {
    const Program program = load(ProgramType::xdp, static_cast<AttachType>(attach_type));
    ProgTestRunAttr attr = on_packet(program);
    EXPECT_EQ(run(attr), expected) << attach_type;
  }
}

TEST_F(TestRun, TheContextComesOutAlsoWhereNoneWentIn) {
  const Program program = load(ProgramType::sched_cls);
  ProgTestRunAttr attr = on_packet(program);
  want_context(attr);
  EXPECT_EQ(run(attr), 0);
  EXPECT_EQ(attr.ctx_size_out, 192U);
  EXPECT_EQ(context_out[0], 0U);
}

TEST_F(TestRun, NoContextComesOutWhereTheDataDidNotFit) {
  const Program program = load(ProgramType::sched_cls);
  ProgTestRunAttr attr = on_packet(program);
  attr.ctx_in = reinterpret_cast<std::uint64_t>(context.data());
  attr.ctx_size_in = static_cast<std::uint32_t>(context.size());
  want_context(attr);
  ByteVector out(10);
  attr.data_out = reinterpret_cast<std::uint64_t>(out.data());
  attr.data_size_out = 10;
  EXPECT_EQ(run(attr), -ENOSPC);
  EXPECT_EQ(attr.data_size_out, 64U);
  EXPECT_EQ(context_out[0], 0xeeU);
}

TEST_F(TestRun, ARawTracepointRunsOnACpuThatIsThereIfItIsAsked) {
  const Program program = load(ProgramType::raw_tracepoint);
  const auto on_cpu = [&](std::uint32_t flags, std::uint32_t cpu) {
    ProgTestRunAttr attr{};
    attr.prog_fd = static_cast<std::uint32_t>(program.fd());
    attr.flags = flags;
    attr.cpu = cpu;
    return run(attr);
  };
  EXPECT_EQ(on_cpu(0, 1), -EINVAL);
  EXPECT_EQ(on_cpu(1, 1), 0);
  EXPECT_EQ(on_cpu(1, 2), -ENXIO);
}

TEST_F(TestRun, CapturedPacketsOfTheLoopbackDeviceFit) {
  data.resize(65536 + 14);
  const Program program = load(ProgramType::xdp);
  ProgTestRunAttr attr = on_packet(program);
  EXPECT_EQ(run(attr), 0);
}

}  // namespace
}  // namespace skep
