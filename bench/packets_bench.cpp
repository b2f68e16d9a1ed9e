// Packets per second over a capture of a million small packets: an XDP program that looks at the header and counts in
// an array map, run by `run_capture` on the user kernel. Reference in the same run: the same look and count as native
// code over the same capture, read by the same libpcap.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "skep/asm/asm.hpp"
#include "skep/packets/packets.hpp"
#include "skep/user/user.hpp"

namespace {

using namespace skep;
using Seconds = std::chrono::duration<double>;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

void write_capture(const std::string& path, std::uint64_t packets) {
  auto writer = CaptureWriter::create(path, 1);
  if (!writer) std::exit(1);
  ByteVector frame(60, 0);
  frame[12] = 0x08;
  for (std::uint64_t i = 0; i < packets; ++i) {
    store_unaligned(frame.data() + 26, static_cast<std::uint32_t>(i));
    CapturedPacket packet;
    packet.seconds = static_cast<std::int64_t>(i / 1000);
    packet.bytes = frame;
    packet.original_length = 60;
    if (!writer->write(packet)) std::exit(1);
  }
  if (!writer->finish()) std::exit(1);
}

/// IPv4 frames count in slot 0 of the map.
std::vector<RawInsn> counting_program(int map_fd) {
  auto code = assemble(
      "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 34; r0 = 2; if r4 > r3 goto out; r5 = *(u16 *)(r2 "
      "+ 12); if r5 != 8 goto out;"
      "*(u32 *)(r10 - 4) = 0; r2 = r10; r2 += -4; r1 = map[fd:" +
      std::to_string(map_fd) +
      "]; call 1; if r0 == 0 goto fail; r1 = 1; lock *(u64 *)(r0 + 0) += r1; r0 = 2; out: exit; fail: r0 = 0; exit");
  if (!code) std::exit(1);
  return *code;
}

double run_ours(const std::string& path, std::uint64_t packets) {
  UserKernel kernel({.cpus = 1});
  auto map = create_map(kernel, {.type = 2, .key_size = 4, .value_size = 8, .max_entries = 1, .name = "count"});
  if (!map) std::exit(1);
  const auto code = counting_program(map->fd());
  const auto loaded = load_program(kernel, {.type = ProgramType::xdp, .name = "count", .license = "GPL", .code = code});
  if (!loaded.program.valid()) {
    std::fprintf(stderr, "%s\n", loaded.log.c_str());
    std::exit(1);
  }
  auto reader = CaptureReader::open(path);
  if (!reader) std::exit(1);
  const auto start = std::chrono::steady_clock::now();
  const auto result = run_capture(loaded.program, ProgramType::xdp, *reader, {});
  const double seconds = seconds_since(start);
  std::uint64_t count = 0;
  const std::uint32_t key = 0;
  ByteVector value(8);
  if (map_lookup(*map, bytes_of(key), value) == 0) count = load_unaligned<std::uint64_t>(value.data());
  if (!result || result->packets != packets || count != packets) {
    std::fprintf(stderr, "wrong result: %llu counted\n", static_cast<unsigned long long>(count));
    std::exit(1);
  }
  return seconds;
}

double run_native(const std::string& path, std::uint64_t packets) {
  auto reader = CaptureReader::open(path);
  if (!reader) std::exit(1);
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t count = 0;
  while (true) {
    const auto packet = reader->next();
    if (!packet || !*packet) break;
    const ByteView bytes = (*packet)->bytes;
    if (bytes.size() >= 34 && load_unaligned<std::uint16_t>(bytes.data() + 12) == 8) ++count;
  }
  const double seconds = seconds_since(start);
  if (count != packets) std::exit(1);
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t packets = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::string path = "/tmp/skep-packets-bench-" + std::to_string(getpid()) + ".pcap";
  write_capture(path, packets);
  double ours = 1e9, native = 1e9;
  for (int round = 0; round < 3; ++round) {
    ours = std::min(ours, run_ours(path, packets));
    native = std::min(native, run_native(path, packets));
  }
  unlink(path.c_str());
  const auto count = static_cast<double>(packets);
  std::printf("%-44s %12s %14s\n", "packets of 60 bytes, best of 3", "packets/s", "ns per packet");
  std::printf("%-44s %12.0f %14.0f\n", "skep run --pcap (checked interpreter)", count / ours, ours / count * 1e9);
  std::printf("%-44s %12.0f %14.0f\n", "reading the capture and counting natively", count / native,
              native / count * 1e9);
  std::printf("ratio: %.1f\n", ours / native);
  return 0;
}
