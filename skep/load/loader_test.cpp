// What the loader tells a kernel, seen by a kernel that only writes it down; and the values of globals without types.
#include "skep/load/loader.hpp"

#include <gtest/gtest.h>

#include "skep/load/globals.hpp"

namespace skep {
namespace {

class NotingKernel final : public Kernel {
 public:
  ByteVector updated;  ///< the value of the last MAP_UPDATE_ELEM
  std::size_t value_bytes = 0;

  [[nodiscard]] std::string_view name() const override { return "noting"; }
  std::uint32_t entries = 0;  ///< of the last MAP_CREATE
  [[nodiscard]] long bpf(BpfCommand command, void* attr, std::uint32_t) override {
    if (command == BpfCommand::map_create) entries = load_unaligned<MapCreateAttr>(attr).max_entries;
    if (command == BpfCommand::map_update_elem) {
      const auto element = load_unaligned<MapElementAttr>(attr);
      const auto* value = reinterpret_cast<const std::uint8_t*>(element.value);
      updated.assign(value, value + value_bytes);
      return 0;
    }
    return next_fd_++;
  }
  void close(int) override {}
  [[nodiscard]] Result<MutableBytes> map_memory(int, std::uint64_t, std::uint64_t, bool) override {
    return fail("no memory");
  }
  void unmap_memory(MutableBytes) override {}
  [[nodiscard]] long open_perf_output(std::uint32_t) override { return -1; }
  [[nodiscard]] Result<int> attach(int, const AttachRequest&) override { return fail("no events"); }
  [[nodiscard]] std::uint32_t possible_cpus() const override { return 3; }
  [[nodiscard]] std::vector<std::string> read_trace() override { return {}; }

 private:
  int next_fd_ = 3;
};

Object object_with(MapSpec map) {
  Object object;
  object.name = "test";
  ProgramSpec program;
  program.name = "prog";
  program.type = ProgramType::xdp;
  program.code = {{.code = 0xb7}, {.code = 0x95}};
  object.programs.push_back(std::move(program));
  object.maps.push_back(std::move(map));
  return object;
}

TEST(Loader, EachCpuGetsTheInitialContentOfAPerCpuSection) {
  MapSpec map;
  map.name = ".percpu";
  map.type = static_cast<std::uint32_t>(MapType::percpu_array);
  map.key_size = 4;
  map.value_size = 4;
  map.max_entries = 1;
  map.data = {1, 2, 3, 4};
  NotingKernel kernel;
  kernel.value_bytes = std::size_t{8} * 3;  // Documentation/bpf/map_array.rst: each value at a multiple of 8 bytes
  ASSERT_TRUE(load(kernel, object_with(map)));
  const ByteVector each = {1, 2, 3, 4, 0, 0, 0, 0};
  ByteVector expected;
  for (int cpu = 0; cpu < 3; ++cpu) append_bytes(expected, each);
  EXPECT_EQ(kernel.updated, expected);
}

// Linux takes powers of two in whole pages only (ringbuf_map_alloc); libbpf rounds up what objects say.
TEST(Loader, RingBuffersAreRoundedUpToWhatLinuxTakes) {
  const auto entries_for = [](std::uint32_t wanted) {
    MapSpec map;
    map.name = "events";
    map.type = static_cast<std::uint32_t>(MapType::ringbuf);
    map.max_entries = wanted;
    NotingKernel kernel;
    EXPECT_TRUE(load(kernel, object_with(map)));
    return kernel.entries;
  };
  EXPECT_EQ(entries_for(2), 4096U);
  EXPECT_EQ(entries_for(1000), 4096U);
  EXPECT_EQ(entries_for(3 * 4096), 16384U);
  EXPECT_EQ(entries_for(1U << 24), 1U << 24);
  EXPECT_EQ(entries_for(0), 0U);
}

TEST(Globals, ANegativeNumberMustFitToo) {
  MapSpec map;
  map.name = ".data";
  map.value_size = 1;
  map.data = {0};
  Object object = object_with(map);
  Variable variable{};
  variable.name = "level";
  variable.size = 1;
  object.variables.push_back(variable);
  EXPECT_TRUE(set_global(object, "level", "-128"));
  EXPECT_EQ(object.maps[0].data[0], 0x80);
  EXPECT_TRUE(set_global(object, "level", "255"));
  EXPECT_FALSE(set_global(object, "level", "-129"));
  EXPECT_FALSE(set_global(object, "level", "256"));
  EXPECT_EQ(object.maps[0].data[0], 0xff);
}

}  // namespace
}  // namespace skep
