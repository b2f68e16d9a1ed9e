// What clang itself produces, in both byte orders and by every clang of the machine: the features that hand-built
// objects only imitate.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "skep/object/test_objects.hpp"

namespace skep::test {
namespace {

// Self-contained: no headers, the macros of bpf_helpers.h spelt out.
constexpr std::string_view source = R"(
#define SEC(name) __attribute__((section(name), used))
#define NOINLINE __attribute__((noinline))
#define NUMBER(name, value) int (*name)[value]
static long (*bpf_loop)(unsigned, void *, void *, unsigned long) = (void *)181;
static long (*bpf_tail_call)(void *, void *, unsigned) = (void *)12;
struct inner { NUMBER(type, 2); NUMBER(max_entries, 1); int *key; long *value; } inner_map SEC(".maps");
struct { NUMBER(type, 12); NUMBER(max_entries, 2); int *key; struct inner *values[]; } outer SEC(".maps") = { .values = { [1] = &inner_map } };
static int tail(void *);
struct { NUMBER(type, 3); NUMBER(max_entries, 3); NUMBER(key_size, 4); int (*values[])(void *); } jumps SEC(".maps") = { .values = { [2] = &tail } };
SEC("tc") static int tail(void *context) { return 7; }
static NOINLINE long callback(unsigned index, void *context) { return index > *(int *)context; }
static NOINLINE int twice(int x) { return x * 2; }
int counter;
static int hidden = 3;
const volatile int limit = 5;
int table[4] SEC(".data.table") = {1, 2, 3, 4};
NOINLINE int outward(int x) { return twice(x) + counter; }
SEC("?tc") int entry(void *context) {
  int l = limit;
  bpf_loop(10, callback, &l, 0);
  hidden += ++counter;
  table[counter & 3]++;
  bpf_tail_call(context, &jumps, 2);
  return outward(hidden) + twice(l);
}
char license_text[] SEC("license") = "GPL";
)";

/// The object that a compiler makes of `source`.
std::optional<ByteVector> compile(const std::string& compiler, const std::string& target) {
  const std::filesystem::path base = testing::TempDir() + "skep_compiled_" + compiler + target;
  std::ofstream(base.string() + ".c") << source;
  const std::string command =
      compiler + " -target " + target + " -O2 -g -c " + base.string() + ".c -o " + base.string() + ".o 2>/dev/null";
  std::optional<ByteVector> object;
  if (std::system(command.c_str()) == 0) {
    std::ifstream file(base.string() + ".o", std::ios::binary);
    object.emplace(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::filesystem::remove(base.string() + ".c");
  std::filesystem::remove(base.string() + ".o");
  return object;
}

class Compiled : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(Compiled, EverythingIsFound) {
  const auto [compiler, target] = GetParam();
  if (std::system((std::string(compiler) + " --version >/dev/null 2>&1").c_str()) != 0)
    GTEST_SKIP() << "there is no " << compiler;
  const auto bytes = compile(compiler, target);
  ASSERT_TRUE(bytes) << compiler << " refuses the source";
  const Object object = open(*bytes);
  EXPECT_TRUE(object.notes.empty());
  EXPECT_EQ(object.order, target == std::string_view("bpfeb") ? ByteOrder::big : ByteOrder::little);
  EXPECT_EQ(object.license, "GPL");

  ASSERT_EQ(names_of(object.programs), "tail entry");
  EXPECT_TRUE(object.programs[0].is_static);
  const ProgramSpec& entry = object.programs[1];
  EXPECT_EQ(entry.type, ProgramType::sched_cls);
  EXPECT_FALSE(entry.autoload);
  EXPECT_TRUE(entry.problems.empty());
  EXPECT_TRUE(validate(entry.code).empty());
  std::string functions;
  for (const FunctionSpan& function : entry.functions) {
    functions += function.name + (function.global ? "! " : " ");
    EXPECT_NE(function.btf_type, 0U) << function.name;
    EXPECT_EQ(object.btf->type(function.btf_type).name, function.name);
  }
  EXPECT_EQ(functions, "entry! callback outward! twice ");
  EXPECT_FALSE(entry.lines.empty());

  const auto outer = object.find_map("outer");
  const auto jumps = object.find_map("jumps");
  ASSERT_TRUE(outer && jumps);
  ASSERT_EQ(object.maps[*outer].initialisers.size(), 1U);
  EXPECT_EQ(object.maps[*outer].initialisers[0].index, 1U);
  EXPECT_EQ(object.maps[*outer].initialisers[0].name, "inner_map");
  ASSERT_NE(object.maps[*outer].inner, nullptr);
  EXPECT_EQ(object.maps[*outer].inner->value_size, 8U);
  ASSERT_EQ(object.maps[*jumps].initialisers.size(), 1U);
  EXPECT_EQ(object.maps[*jumps].initialisers[0].index, 2U);
  EXPECT_EQ(object.maps[*jumps].initialisers[0].name, "tail");

  std::map<std::string, std::string> variables;
  for (const Variable& variable : object.variables)
    variables[variable.name] = fmt::format("{}:{}", object.maps[variable.map].name, variable.size);
  EXPECT_EQ(variables["counter"], ".bss:4");
  EXPECT_EQ(variables["hidden"], ".data:4");
  EXPECT_EQ(variables["limit"], ".rodata:4");
  EXPECT_EQ(variables["table"], ".data.table:16");
  EXPECT_EQ(object.btf_for_load.empty(), object.order == ByteOrder::big);
}

INSTANTIATE_TEST_SUITE_P(Clang, Compiled,
                         testing::Combine(testing::Values("clang-14", "clang-19", "clang"),
                                          testing::Values("bpf", "bpfeb")),
                         [](const auto& test) {
                           std::string name = std::string(std::get<0>(test.param)) + "_" + std::get<1>(test.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace skep::test
