// Map dumps beside bpftool's: maps are made in Linux, bpftool reads them by id, and our printer reads them through the
// same kernel. Plain text must be the same byte for byte, JSON the same value.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "skep/load/load.hpp"
#include "tests/differential/linux_oracle.hpp"

namespace skep {
namespace {

/// What bpftool prints; nothing if it cannot be started. It fails where one value cannot be read, after printing.
std::optional<std::string> bpftool(const std::string& arguments) {
  std::FILE* pipe = ::popen(("bpftool " + arguments + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string output;
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) != 0;)
    output.append(buffer.data(), n);
  constexpr int command_not_found = 127;
  const int status = ::pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) == command_not_found) return std::nullopt;
  return output;
}

/// bpftool's plain dumps hold unquoted hex for bit fields and pointers, which is no JSON: tests choose types without.
nlohmann::json parse_json(const std::string& text) { return nlohmann::json::parse(text, nullptr, false); }

class PrintMapBesideBpftool : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = LinuxOracle::why_not(); !why.empty()) GTEST_SKIP() << "skipped: " << why;
    if (!bpftool("version")) GTEST_SKIP() << "skipped: no bpftool";
  }

  Map make(const MapCreateOptions& options) {
    auto map = create_map(kernel_, options);
    EXPECT_TRUE(map) << map.error().what;
    return map ? std::move(*map) : Map();
  }

  /// Elements with counting bytes; an array has its elements already and gets values.
  void fill(const Map& map, std::uint32_t key_size, std::uint64_t value_size, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      ByteVector key(key_size);
      for (std::size_t k = 4; k < key.size(); ++k) key[k] = static_cast<std::uint8_t>(k);
      key[0] = static_cast<std::uint8_t>(i);
      ByteVector value(value_size);
      for (std::size_t v = 0; v < value.size(); ++v) value[v] = static_cast<std::uint8_t>(0x10 * i + v);
      EXPECT_EQ(map_update(map, key, value), 0);
    }
  }

  void compare(const Map& map, const PrintMapOptions& options = {}) {
    const auto info = map_info(map);
    ASSERT_TRUE(info);
    const std::string id = std::to_string(info->id);
    const auto ours = print_map(map, options);
    ASSERT_TRUE(ours) << ours.error().what;
    const auto theirs = bpftool("map dump id " + id);
    ASSERT_TRUE(theirs);
    if (options.btf == nullptr) {
      EXPECT_EQ(*ours, *theirs);
    } else {
      ASSERT_FALSE(parse_json(*theirs).is_discarded()) << *theirs;
      EXPECT_EQ(parse_json(*ours), parse_json(*theirs));
    }
    JsonWriter json;
    ASSERT_TRUE(write_map(json, map, options));
    const auto their_json = bpftool("-j map dump id " + id);
    ASSERT_TRUE(their_json);
    ASSERT_FALSE(parse_json(*their_json).is_discarded()) << *their_json;
    EXPECT_EQ(parse_json(json.text()), parse_json(*their_json));
  }

  LinuxOracle kernel_;
};

constexpr std::uint32_t hash = 1, array = 2, prog_array = 3, perf_event_array = 4, percpu_hash = 5, percpu_array = 6,
                        ring_buffer = 27;

TEST_F(PrintMapBesideBpftool, PlainTextBreaksLinesByLength) {
  struct Sizes {
    std::uint32_t key, value;
  };
  for (const auto [key, value] :
       std::vector<Sizes>{{4, 4}, {4, 8}, {4, 16}, {8, 16}, {12, 16}, {4, 20}, {20, 4}, {4, 40}, {17, 33}}) {
    SCOPED_TRACE(fmt::format("key {} value {}", key, value));
    const Map map = make({.type = hash, .key_size = key, .value_size = value, .max_entries = 4});
    fill(map, key, value, 3);
    compare(map);
  }
}

TEST_F(PrintMapBesideBpftool, OneElementAndNone) {
  const Map map = make({.type = hash, .key_size = 4, .value_size = 4, .max_entries = 4});
  compare(map);
  fill(map, 4, 4, 1);
  compare(map);
}

TEST_F(PrintMapBesideBpftool, PerCpu) {
  for (const std::uint32_t type : {percpu_hash, percpu_array}) {
    for (const std::uint32_t size : {4U, 8U, 20U}) {
      SCOPED_TRACE(fmt::format("type {} value {}", type, size));
      const Map map = make({.type = type, .key_size = 4, .value_size = size, .max_entries = 2});
      fill(map, 4, round_up<std::uint64_t>(size, 8) * kernel_.possible_cpus(), 2);
      compare(map);
    }
  }
}

TEST_F(PrintMapBesideBpftool, MapsWithoutReadableValues) {
  compare(make({.type = prog_array, .key_size = 4, .value_size = 4, .max_entries = 2}));
  compare(make({.type = perf_event_array, .key_size = 4, .value_size = 4, .max_entries = 2}));
  compare(make({.type = ring_buffer, .max_entries = 4096}));
}

TEST_F(PrintMapBesideBpftool, TypedByBtf) {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto wide = builder.add_integer("unsigned long", 8, 0);
  const auto character = builder.add_integer("char", 1, 1);
  const auto boolean = builder.add_integer("_Bool", 1, 4);
  const auto name = builder.add_array(character, integer, 8);
  const auto row = builder.add_array(integer, integer, 2);
  const auto matrix = builder.add_array(row, integer, 2);
  const auto color = builder.add_enum("color", {{"RED", 0}, {"GREEN", 1}});
  const auto value = builder.add_struct("value", 56,
                                        {{"number", wide, 0, 0},
                                         {"name", name, 64, 0},
                                         {"matrix", matrix, 128, 0},
                                         {"color", color, 256, 0},
                                         {"flag", boolean, 288, 0},
                                         {"sign", character, 296, 0},
                                         {"raw", name, 304, 0}});
  const auto btf = Btf::parse(builder.write());
  ASSERT_TRUE(btf);
  const auto loaded = load_btf(kernel_, btf->bytes());
  ASSERT_TRUE(loaded) << loaded.error().what;
  const PrintMapOptions options{.btf = &*btf, .key_type = color, .value_type = value};

  const Map map = make({.type = hash,
                        .key_size = 4,
                        .value_size = 56,
                        .max_entries = 3,
                        .btf_fd = loaded->fd(),
                        .key_type = color,
                        .value_type = value});
  fill(map, 4, 56, 3);
  ByteVector text(56);
  std::copy_n("bash", 4, text.begin() + 8);
  text[36] = 1;
  EXPECT_EQ(map_update(map, ByteVector{1, 0, 0, 0}, text), 0);
  compare(map, options);

  const Map each = make({.type = percpu_array,
                         .key_size = 4,
                         .value_size = 56,
                         .max_entries = 2,
                         .btf_fd = loaded->fd(),
                         .key_type = integer,
                         .value_type = value});
  fill(each, 4, 56 * kernel_.possible_cpus(), 2);
  compare(each, {.btf = &*btf, .key_type = integer, .value_type = value});
}

TEST_F(PrintMapBesideBpftool, DataSections) {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto character = builder.add_integer("char", 1, 1);
  const auto name = builder.add_array(character, integer, 8);
  const auto counter = builder.add_variable("counter", integer, 1);
  const auto greeting = builder.add_variable("greeting", name, 1);
  const auto section = builder.add_datasec(".data", 12, {{counter, 0, 4}, {greeting, 4, 8}});
  const auto btf = Btf::parse(builder.write());
  ASSERT_TRUE(btf);
  const auto loaded = load_btf(kernel_, btf->bytes());
  ASSERT_TRUE(loaded) << loaded.error().what;
  const Map map = make({.type = array,
                        .key_size = 4,
                        .value_size = 12,
                        .max_entries = 1,
                        .btf_fd = loaded->fd(),
                        .value_type = section});
  EXPECT_EQ(map_update(map, ByteVector(4), ByteVector{7, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0, 0, 0}), 0);
  compare(map, {.btf = &*btf, .value_type = section});
}

}  // namespace
}  // namespace skep
