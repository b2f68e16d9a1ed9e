// bpftool as the oracle: `btf dump file OBJECT format raw`, as text and as JSON, against raw_text() and write_json(),
// over the examples, a program with every kind of type, and the running kernel's own types.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "skep/btf/btf.hpp"

namespace skep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_types = 20'000;

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(("(" + command + ") 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 65536> piece{};
  while (const std::size_t length = std::fread(piece.data(), 1, piece.size(), pipe)) text.append(piece.data(), length);
  return pclose(pipe) == 0 ? text : std::string();
}

ByteVector bytes_of_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return ByteVector(std::istreambuf_iterator<char>(in), {});
}

std::string raw_dump(const Btf& btf) {
  std::string text;
  for (std::uint32_t id = 1; id < std::min<std::size_t>(btf.type_count(), most_types); ++id)
    text += raw_text(btf, id) + "\n";
  return text;
}

std::string json_dump(const Btf& btf) {
  JsonWriter json;
  json.begin_object();
  json.key("types");
  json.begin_array();
  for (std::uint32_t id = 1; id < btf.type_count(); ++id) write_json(json, btf, id);
  json.end_array();
  json.end_object();
  return json.text();
}

/// Shows where two texts differ first.
void expect_same(std::string_view ours, std::string_view theirs) {
  if (ours == theirs) return;
  std::size_t same = 0;
  while (same < ours.size() && same < theirs.size() && ours[same] == theirs[same]) ++same;
  const std::size_t from = same < 100 ? 0 : same - 100;
  EXPECT_EQ(ours.substr(std::min(from, ours.size()), 200), theirs.substr(std::min(from, theirs.size()), 200));
  EXPECT_EQ(ours.size(), theirs.size());
}

constexpr const char* every_kind = R"(
enum big { A = 0x1122334455667788ULL, B = 1 };
enum big_signed { C = -0x1122334499aabbccLL };
struct inner { unsigned a : 3; int b : 5; _Bool flag; char name[6]; };
struct forward; union other;
typedef int (*callback)(const struct forward *p, volatile char *s, union other *o, ...);
struct outer {
  struct inner in[2];
  union { long l; double d; float f; };
  enum big e; enum big_signed s;
  callback cb; struct outer *next; const char *restrict text; __int128 wide;
  int tail __attribute__((btf_decl_tag("last")));
  int __attribute__((btf_type_tag("user"))) *u;
};
struct outer value = {0};
static int local;
extern int outside __attribute__((section(".ksyms")));
static __attribute__((noinline)) int helper(int x) { return x * local; }
__attribute__((section("xdp"))) int go(struct outer *o) {
  value.in[0].a++;
  return o->e + helper(local++) + outside;
}
)";

// An unsigned 32-bit value with its top bit set: bpftool 7.1 sign-extends it in JSON (18446744071562067968), not in its
// text. Ours is the number in both. (clang 14 does not mark signed enums, so that -1 is one too.)
constexpr const char* enums = R"(
enum negative { M = -1, P = 3 };
enum plain { Q = 0x80000000 };
__attribute__((section("xdp"))) int go(enum plain *p, enum negative *n) { return *p + *n; }
)";

struct Tools {
  const char* clang;
  const char* objcopy;
};

class BpftoolOracle : public testing::TestWithParam<Tools> {
 protected:
  void SetUp() override {
    for (const char* tool : {GetParam().clang, GetParam().objcopy, "bpftool"})
      if (output_of(std::string(tool) + " --version").empty() && output_of(std::string(tool) + " version").empty())
        GTEST_SKIP() << tool << " is not installed";
    std::string name = testing::TempDir() + "skep-btf-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  /// False if this clang cannot compile it: the headers may be missing, or the tool too old.
  [[nodiscard]] bool same_as_bpftool(const fs::path& source, bool json = true) const {
    const std::string object = folder_ / "program.o";
    const std::string section = folder_ / "section";
    const std::string compile = fmt::format(
        "{} -target bpf -g -O2 -I/usr/include/x86_64-linux-gnu -c {} -o {} && {} --dump-section .BTF={} {} && echo ok",
        GetParam().clang, source.string(), object, GetParam().objcopy, section, object);
    if (output_of(compile).empty()) return false;
    const auto btf = Btf::parse(bytes_of_file(section));
    EXPECT_TRUE(btf.has_value()) << source << (btf ? "" : ": " + btf.error().what);
    if (!btf) return true;
    const std::string raw = output_of("bpftool btf dump file " + object + " format raw");
    EXPECT_FALSE(raw.empty()) << source;
    expect_same(raw_dump(*btf), raw);
    if (json) expect_same(json_dump(*btf) + "\n", output_of("bpftool -j btf dump file " + object + " format raw"));
    return true;
  }

  fs::path folder_;
};

TEST_P(BpftoolOracle, EveryKindOfType) {
  const fs::path source = folder_ / "every_kind.c";
  std::ofstream(source) << every_kind;
  if (!same_as_bpftool(source)) GTEST_SKIP() << GetParam().clang << " does not compile the program";
}

TEST_P(BpftoolOracle, EnumsWithTheTopBit) {
  const fs::path source = folder_ / "enums.c";
  std::ofstream(source) << enums;
  if (!same_as_bpftool(source, false)) GTEST_SKIP() << GetParam().clang << " does not compile the program";
}

TEST_P(BpftoolOracle, Examples) {
  const fs::path examples = fs::path(__FILE__).parent_path().parent_path().parent_path() / "examples";
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(examples))
    if (entry.path().extension() == ".c" && same_as_bpftool(entry.path())) ++compared;
  if (compared == 0) GTEST_SKIP() << "no example compiles here";
}

INSTANTIATE_TEST_SUITE_P(Compilers, BpftoolOracle,
                         testing::Values(Tools{"clang-19", "llvm-objcopy-19"}, Tools{"clang-14", "llvm-objcopy-14"}),
                         [](const auto& tools) { return tools.index == 0 ? "Clang19" : "Clang14"; });

TEST(KernelTypes, FirstTypesAsBpftoolPrintsThem) {
  const fs::path kernel = "/sys/kernel/btf/vmlinux";
  const ByteVector bytes = bytes_of_file(kernel);
  if (bytes.empty()) GTEST_SKIP() << kernel << " is not readable";
  const auto btf = Btf::parse(bytes);
  ASSERT_TRUE(btf.has_value()) << btf.error().what;
  EXPECT_GT(btf->type_count(), 10'000U);
  const std::string theirs = output_of("bpftool btf dump file /sys/kernel/btf/vmlinux format raw");
  if (theirs.empty()) GTEST_SKIP() << "bpftool does not print the kernel's types here";
  const std::string ours = raw_dump(*btf);
  expect_same(ours, std::string_view(theirs).substr(0, ours.size()));
}

}  // namespace
}  // namespace skep
