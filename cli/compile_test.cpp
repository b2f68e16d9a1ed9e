// What compile() does around clang: which one it takes, what it shows of its messages, and the one change it makes to
// a source. Fake compilers are shell scripts; what the real one makes of C is tested by the examples.
#include "cli/compile.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace skep {
namespace {

// ---- constants made volatile ----

TEST(WithVolatile, DeclarationsOfTheNamedConstants) {
  EXPECT_EQ(with_volatile("const int limit = 5;", {"limit"}), "const volatile int limit = 5;");
  EXPECT_EQ(with_volatile("static const char name[4] = \"abc\";\n", {"name"}),
            "static const volatile char name[4] = \"abc\";\n");
  EXPECT_EQ(with_volatile("int const a = 1, b = 2;", {"b"}), "int const volatile a = 1, b = 2;");
}

TEST(WithVolatile, NothingElse) {
  for (const std::string source : {
           "const volatile int limit = 5;",            // is already
           "int limit = 5;",                           // no constant: clang reads it
           "const int limits = 5;",                    // another name
           "int f(void) { return limit + unlimit; }",  // a use
       }) {
    EXPECT_EQ(with_volatile(source, {"limit"}), source);
  }
}

TEST(WithVolatile, LinesStayLines) {
  const std::string source = "// limit\nconst int\n  limit\n  = 5;\nint f() { return limit; }\n";
  const std::string changed = with_volatile(source, {"limit"});
  EXPECT_NE(changed, source);
  EXPECT_EQ(std::count(changed.begin(), changed.end(), '\n'), std::count(source.begin(), source.end(), '\n'));
  EXPECT_NE(changed.find("return limit; }"), std::string::npos);
}

// ---- a machine with compilers of our making ----

class Compilers : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/skep-compilers-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    directory = pattern;
    setenv("PATH", pattern, 1);
    unsetenv("CLANG");
  }
  void TearDown() override {
    setenv("PATH", path.c_str(), 1);
    unsetenv("CLANG");
    std::filesystem::remove_all(directory);
  }

  std::string script(const std::string& name, const std::string& body = "") {
    const std::string file = directory + "/" + name;
    std::ofstream(file) << "#!/bin/sh\n" << body;
    chmod(file.c_str(), 0755);
    return file;
  }

  tl::expected<ByteVector, std::vector<Diagnostic>> compile_text(std::string_view text) {
    const std::string file = directory + "/hello.bpf.c";
    std::ofstream(file) << text;
    InputOptions options;
    options.path = file;
    return compile(options, as_bytes(text));
  }

  std::string directory;
  std::string path = std::getenv("PATH");
};

TEST_F(Compilers, TheNewestNumberedClangComesFirst) {
  script("clang");
  EXPECT_EQ(find_clang().value(), directory + "/clang");
  script("clang-9");
  const std::string newest = script("clang-100");
  script("clang-19");
  script("clang-format-200");
  script("clang-tidy");
  EXPECT_EQ(find_clang().value(), newest);
}

TEST_F(Compilers, TheEnvironmentChooses) {
  script("clang-19");
  const std::string other = script("my-clang");
  setenv("CLANG", other.c_str(), 1);
  EXPECT_EQ(find_clang().value(), other);
}

TEST_F(Compilers, WithoutOneTheErrorSaysWhatToInstall) {
  const auto clang = find_clang();
  ASSERT_FALSE(clang);
  EXPECT_NE(clang.error().help.find("apt-get install clang"), std::string::npos) << clang.error().help;
}

TEST_F(Compilers, AnObjectIsWhatTheCompilerWrote) {
  script("clang", "while [ \"$1\" != -o ]; do shift; done; printf object >\"$2\"\n");
  const auto object = compile_text("int x;");
  ASSERT_TRUE(object);
  EXPECT_EQ(as_text(*object), "object");
}

TEST_F(Compilers, ACrashShowsTheMessageAndNoStackDump) {
  script("clang",
         "echo 'hello.c:3:5: error: unsupported signed division' >&2; echo 'PLEASE submit a bug report' >&2; "
         "echo 'Stack dump:' >&2; exit 134\n");
  testing::internal::CaptureStderr();
  const auto object = compile_text("int x;");
  std::string shown = testing::internal::GetCapturedStderr();
  ASSERT_FALSE(object);
  ASSERT_FALSE(object.error().empty());
  shown += render(object.error().front(), false);
  EXPECT_NE(shown.find("unsupported signed division"), std::string::npos) << shown;
  EXPECT_NE(shown.find("--mcpu v4"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("PLEASE"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("Stack dump"), std::string::npos) << shown;
}

}  // namespace
}  // namespace skep
