// The search of PATH, as execvp(3) does it.
#include "skep/supervise/command_path.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace skep {
namespace {

class FindCommand : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/skep-path-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    for (const char* directory : {"/first", "/second", "/second/folder"}) mkdir((root_ + directory).c_str(), 0755);
    make("/first/plain", 0644);
    make("/second/plain", 0755);
    make("/second/weave", 0755);
    make("/second/text", 0644);
  }
  void TearDown() override {
    for (const char* name : {"/first/plain", "/second/plain", "/second/weave", "/second/text"})
      unlink((root_ + name).c_str());
    for (const char* name : {"/second/folder", "/first", "/second", ""}) rmdir((root_ + name).c_str());
  }
  void make(const char* name, mode_t mode) const {
    const UniqueFd file(open((root_ + name).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, mode));
    EXPECT_TRUE(file.valid());
  }
  [[nodiscard]] Result<std::string> find(const std::string& name) const {
    return find_command(name, (root_ + "/first:/no/such/place:" + root_ + "/second").c_str());
  }
  std::string root_;
};

TEST_F(FindCommand, TakesTheFirstThatMayRun) {
  EXPECT_EQ(find("plain").value(), root_ + "/second/plain");
  EXPECT_EQ(find("weave").value(), root_ + "/second/weave");
  EXPECT_EQ(find(root_ + "/second/weave").value(), root_ + "/second/weave");
  EXPECT_EQ(find_command("sh", nullptr).value(), "/bin/sh");
}

TEST_F(FindCommand, AnEmptyPlaceIsTheCurrentDirectory) {
  char former[4096];
  ASSERT_NE(getcwd(former, sizeof former), nullptr);
  ASSERT_EQ(chdir((root_ + "/second").c_str()), 0);
  EXPECT_EQ(find_command("weave", "").value(), "./weave");
  EXPECT_EQ(find_command("weave", "/no/such/place:").value(), "./weave");
  ASSERT_EQ(chdir(former), 0);
}

TEST_F(FindCommand, SaysWhatIsWrong) {
  EXPECT_EQ(find("text").error().code, EACCES);
  EXPECT_EQ(find("folder").error().code, ENOENT);
  EXPECT_EQ(find(root_ + "/second/folder").error().code, EACCES);
  EXPECT_EQ(find("waeve").error().help, "did you mean weave?");
  EXPECT_EQ(find("entirely-different").error().code, ENOENT);
  EXPECT_FALSE(find("entirely-different").error().help.empty());
}

}  // namespace
}  // namespace skep
