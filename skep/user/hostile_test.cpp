// What a hostile caller or program must not achieve: crashes, wild accesses, memory for nothing, objects that live for
// ever.
#include <gtest/gtest.h>

#include <cerrno>
#include <limits>

#include "skep/asm/asm.hpp"
#include "skep/btf/btf.hpp"
#include "skep/user/user.hpp"

namespace skep {
namespace {

class Hostile : public testing::Test {
 protected:
  UserKernel kernel{{.cpus = 2, .fuel = 100000}};

  Program load(const std::string& text, ProgramType type = ProgramType::raw_tracepoint) {
    const auto code = assemble(text);
    EXPECT_TRUE(code) << text;
    ProgLoadResult loaded = load_program(kernel, {.type = type, .name = "bad", .license = "GPL", .code = *code});
    EXPECT_TRUE(loaded.program.valid()) << loaded.log;
    return std::move(loaded.program);
  }

  /// r0 of one run.
  std::int32_t run(const Program& program) {
    ProgTestRunAttr attr{};
    attr.prog_fd = static_cast<std::uint32_t>(program.fd());
    EXPECT_EQ(kernel.bpf(BpfCommand::prog_test_run, &attr, sizeof attr), 0);
    return static_cast<std::int32_t>(attr.retval);
  }
};

TEST_F(Hostile, ProbesOfWildAddressesAnswerEfault) {
  std::uint64_t unmapped = 0;  // where nothing is any more; not a number of ours: sanitizers map much
  {
    const auto memory = MappedMemory::allocate(page_bytes);
    ASSERT_TRUE(memory);
    unmapped = reinterpret_cast<std::uint64_t>(memory->data());
  }
  for (const std::string& address : {std::string("0"), std::string("4096"), std::to_string(unmapped),
                                     std::string("0x7ffffffff000"), std::string("-8")}) {
    const std::string body = "r1 = r10; r1 += -8; r2 = 8; r3 = " + address + " ll; call 112; exit";
    EXPECT_EQ(run(load(body)), -EFAULT) << address;
  }
}

TEST_F(Hostile, AProgramArrayCostsWhatIsInIt) {
  auto map = create_map(kernel, {.type = 3, .key_size = 4, .value_size = 4, .max_entries = 100'000'000});
  ASSERT_TRUE(map);
  const Program target = load("r0 = 7; exit");
  const std::uint32_t last = 99'999'999;
  const std::int32_t fd = target.fd();
  EXPECT_EQ(map_update(*map, bytes_of(last), bytes_of(fd)), 0);
  const std::uint32_t beyond = last + 1;
  EXPECT_EQ(map_update(*map, bytes_of(beyond), bytes_of(fd)), -E2BIG);
  const Program caller = load("r2 = map[fd:" + std::to_string(map->fd()) + "]; r3 = 99999999; call 12; r0 = 1; exit");
  EXPECT_EQ(run(caller), 7);
}

TEST_F(Hostile, AProgramInItsOwnArrayGoesWithTheLastDescriptor) {
  std::uint32_t id = 0;
  {
    auto map = create_map(kernel, {.type = 3, .key_size = 4, .value_size = 4, .max_entries = 1});
    ASSERT_TRUE(map);
    const Program program = load("r2 = map[fd:" + std::to_string(map->fd()) + "]; r3 = 0; call 12; r0 = 1; exit");
    const std::uint32_t key = 0;
    const std::int32_t fd = program.fd();
    ASSERT_EQ(map_update(*map, bytes_of(key), bytes_of(fd)), 0);
    GetIdAttr attr{};
    ASSERT_EQ(kernel.bpf(BpfCommand::prog_get_next_id, &attr, sizeof attr), 0);
    id = attr.next_id;
  }
  GetIdAttr attr{};
  attr.id = id;
  EXPECT_EQ(kernel.bpf(BpfCommand::prog_get_fd_by_id, &attr, sizeof attr), -ENOENT);
}

TEST_F(Hostile, ARecordThatIsNeverSubmittedHoldsNobodyUp) {
  constexpr std::uint32_t ring_bytes = 4096;
  auto ring = create_map(kernel, {.type = 27, .max_entries = ring_bytes});
  ASSERT_TRUE(ring);
  const std::string map = "map[fd:" + std::to_string(ring->fd()) + "]";
  auto inner = create_map(kernel, {.type = 3, .key_size = 4, .value_size = 4, .max_entries = 1});
  ASSERT_TRUE(inner);
  const Program other = load("r0 = 0; exit");
  const std::uint32_t key = 0;
  const std::int32_t fd = other.fd();
  ASSERT_EQ(map_update(*inner, bytes_of(key), bytes_of(fd)), 0);
  const std::string reserve = "r6 = r1; r1 = " + map + "; r2 = 8; r3 = 0; call 131; ";
  (void)run(load(reserve + "r0 = 0; exit"));
  // A tail call to a program that does not know the ring buffer.
  (void)run(load(reserve + "r1 = r6; r2 = map[fd:" + std::to_string(inner->fd()) + "]; r3 = 0; call 12; r0 = 0; exit"));
  (void)run(load("*(u64 *)(r10 - 8) = 42; r1 = " + map + "; r2 = r10; r2 += -8; r3 = 8; r4 = 0; call 130; exit"));

  const auto consumer = kernel.map_memory(ring->fd(), 0, page_bytes, true);
  const auto producer = kernel.map_memory(ring->fd(), page_bytes, page_bytes + 2 * ring_bytes, false);
  ASSERT_TRUE(consumer && producer);
  std::vector<std::uint64_t> seen;
  (void)consume_ring_buffer(*consumer, *producer, ring_bytes,
                            [&](ByteView record) { seen.push_back(load_unaligned<std::uint64_t>(record.data())); });
  EXPECT_EQ(seen, std::vector<std::uint64_t>{42});
}

TEST_F(Hostile, AnInfoLengthOfFourGigabytesIsRefusedBeforeItIsAllocated) {
  const Program program = load("r0 = 0; exit");
  ObjInfoAttr attr{};
  attr.bpf_fd = static_cast<std::uint32_t>(program.fd());
  attr.info_len = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(kernel.bpf(BpfCommand::obj_get_info_by_fd, &attr, sizeof attr), -E2BIG);
}

TEST_F(Hostile, BtfWithAnEnumWithoutASizeIsRefusedAsLinuxDoes) {
  BtfBuilder builder;
  builder.add_enum("later", {});
  ByteVector bytes = builder.write();
  EXPECT_TRUE(skep::load_btf(kernel, bytes));
  constexpr std::size_t header = 24, size_in_record = 8;
  store_unaligned<std::uint32_t>(bytes.data() + header + size_in_record, 0);
  EXPECT_FALSE(skep::load_btf(kernel, bytes));
}

}  // namespace
}  // namespace skep
