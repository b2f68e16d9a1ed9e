// Captures written by hand, byte for byte as pcap-savefile(5) says, through a program that a kernel of the test's own
// plays.
#include "skep/packets/run_capture.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace skep {
namespace {

/// Returns XDP_PASS, and the packet with `grow` more bytes of zeros (or fewer) at its end.
class PassingKernel final : public Kernel {
 public:
  std::int64_t grow = 0;

  [[nodiscard]] std::string_view name() const override { return "passing"; }
  [[nodiscard]] long bpf(BpfCommand, void* attr, std::uint32_t) override {
    auto run = load_unaligned<ProgTestRunAttr>(attr);
    const auto* in = reinterpret_cast<const std::uint8_t*>(run.data_in);
    ByteVector bytes(in, in + run.data_size_in);
    bytes.resize(static_cast<std::size_t>(static_cast<std::int64_t>(bytes.size()) + grow));
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(run.data_out));
    run.data_size_out = static_cast<std::uint32_t>(bytes.size());
    run.retval = 2;
    std::memcpy(attr, &run, sizeof run);
    return 0;
  }
  void close(int) override {}
  [[nodiscard]] Result<MutableBytes> map_memory(int, std::uint64_t, std::uint64_t, bool) override {
    return fail("no memory");
  }
  void unmap_memory(MutableBytes) override {}
  [[nodiscard]] long open_perf_output(std::uint32_t) override { return -1; }
  [[nodiscard]] Result<int> attach(int, const AttachRequest&) override { return fail("no events"); }
  [[nodiscard]] std::uint32_t possible_cpus() const override { return 1; }
  [[nodiscard]] std::vector<std::string> read_trace() override { return {}; }
};

class RunCapture : public testing::Test {
 protected:
  std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("skep-capture-" + std::to_string(getpid()));
  std::string in = directory / "in.pcap", out = directory / "out.pcap";
  PassingKernel kernel;
  Program program{kernel, 3};

  void SetUp() override { std::filesystem::create_directories(directory); }
  void TearDown() override { std::filesystem::remove_all(directory); }

  static void put(ByteVector& to, std::uint32_t word) { append_bytes(to, bytes_of(word)); }
  /// A capture of nanosecond timestamps that kept `captured` bytes of one packet of `original` bytes.
  static ByteVector capture(std::uint32_t captured, std::uint32_t original) {
    ByteVector bytes;
    for (const std::uint32_t word : {0xa1b23c4dU, 0x00040002U, 0U, 0U, 96U, 1U}) put(bytes, word);
    for (const std::uint32_t word : {1'700'000'000U, 123'456'789U, captured, original}) put(bytes, word);
    bytes.resize(bytes.size() + captured, 0x5a);
    return bytes;
  }
  RunCaptureResult run(const ByteVector& bytes) {
    std::ofstream(in, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    auto reader = CaptureReader::open(in);
    auto writer = CaptureWriter::create(out, 1);
    EXPECT_TRUE(reader && writer);
    auto result = run_capture(program, ProgramType::xdp, *reader, {.output = &*writer});
    EXPECT_TRUE(result);
    return std::move(*result);
  }
  CapturedPacket first_written() {
    auto reader = CaptureReader::open(out);
    EXPECT_TRUE(reader);
    const auto packet = reader->next();
    EXPECT_TRUE(packet && packet->has_value());
    CapturedPacket copy = **packet;
    copy.bytes = {};  // goes with the reader
    return copy;
  }
};

TEST_F(RunCapture, APacketThatTheCaptureCutKeepsItsLengthOnTheWireAndItsNanoseconds) {
  const RunCaptureResult result = run(capture(96, 1500));
  EXPECT_EQ(result.written, 1U);
  EXPECT_EQ(result.modified, 0U);
  const CapturedPacket packet = first_written();
  EXPECT_EQ(packet.original_length, 1500U);
  EXPECT_EQ(packet.seconds, 1'700'000'000);
  EXPECT_EQ(packet.nanoseconds, 123'456'789U);
}

TEST_F(RunCapture, WhatAProgramAddsOrTakesCountsOnTheWireToo) {
  kernel.grow = 20;
  EXPECT_EQ(run(capture(96, 1500)).modified, 1U);
  EXPECT_EQ(first_written().original_length, 1520U);
  kernel.grow = -20;
  EXPECT_EQ(run(capture(60, 60)).modified, 1U);
  EXPECT_EQ(first_written().original_length, 40U);
}

TEST_F(RunCapture, ALengthOnTheWireBelowWhatWasCapturedIsNotBelieved) {
  EXPECT_EQ(run(capture(60, 10)).written, 1U);
  EXPECT_EQ(first_written().original_length, 60U);
}

TEST_F(RunCapture, WhatCameBeforeACutIsDone) {
  ByteVector bytes = capture(60, 60);
  const ByteVector second = capture(60, 60);
  append_bytes(bytes, ByteView(second).subspan(24, 30));  // a header of 16 bytes, and 14 of 60
  const RunCaptureResult result = run(bytes);
  EXPECT_EQ(result.written, 1U);
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_NE(result.failure->what.find("packet 2"), std::string::npos) << result.failure->what;
}

}  // namespace
}  // namespace skep
