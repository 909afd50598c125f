// SPDX-License-Identifier: Apache-2.0
// Each start in a child of its own: it changes users, masks and logs for good.
#include "libs/daemon/program.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "libs/daemon/log.h"
#include "libs/daemon/testing/in_child.h"

namespace culvert::daemon {
namespace {

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/culvert-program-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::optional<int> Start(Program& program, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "program");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    return program.Start(static_cast<int>(argv.size()), argv.data());
  }

  std::string directory_;
};

TEST_F(ProgramTest, BindsItsSocketThenDropsToItsOwnUser) {
  ASSERT_EQ(geteuid(), 0u) << "needs root";
  EXPECT_EQ(InChild([&] {
              Program program("sad", "test");
              REQUIRE_CHILD(!Start(program, {"--state-dir", directory_, "--uid-base", "61000"}));
              REQUIRE_CHILD(geteuid() == 61003 && getegid() == 61003);
              REQUIRE_CHILD(prctl(PR_GET_DUMPABLE) == 0);
              REQUIRE_CHILD(listen(program.TakeListener().get(), 1) == 0);
              struct stat file {};
              REQUIRE_CHILD(stat((directory_ + "/run/sad.sock").c_str(), &file) == 0 || errno == EACCES);
            }),
            0);
  struct stat file {};
  ASSERT_EQ(stat((directory_ + "/run/sad.sock").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0660u);
  EXPECT_EQ(file.st_gid, 61000u);
}

TEST_F(ProgramTest, KeepsTheUserWhenAsked) {
  EXPECT_EQ(InChild([&] {
              const uid_t before = geteuid();
              Program program("iked", "test");
              REQUIRE_CHILD(!Start(program, {"--state-dir", directory_, "--no-drop"}));
              REQUIRE_CHILD(geteuid() == before);
            }),
            0);
}

TEST_F(ProgramTest, ReadsItsOwnOptionsAndTheSharedOnes) {
  EXPECT_EQ(InChild([&] {
              std::string address = "127.0.0.1:9560";
              int limit = 1;
              bool fast = false;
              Program program("metricsd", "test");
              program.Option("--metrics-address", &address, "where");
              program.Option("--limit", &limit, "how many");
              program.Flag("--fast", &fast, "fast");
              REQUIRE_CHILD(!Start(program, {"--state-dir", directory_, "--no-drop", "--limit", "7", "--fast",
                                             "--log-level", "debug", "--log-format=json"}));
              REQUIRE_CHILD(address == "127.0.0.1:9560" && limit == 7 && fast);
              REQUIRE_CHILD(LogEnabled(LogLevel::kDebug));
            }),
            0);
}

TEST_F(ProgramTest, UsageIsTwoAndHelpIsZero) {
  const struct {
    std::vector<std::string> arguments;
    int code;
  } kRows[] = {{{"--help"}, 0}, {{"--version"}, 0}, {{"--nonsense"}, 2}, {{"--log-level", "loud"}, 2}, {{"extra"}, 2}};
  for (const auto& row : kRows) {
    EXPECT_EQ(InChild([&] {
                Program program("fetchd", "test");
                REQUIRE_CHILD(Start(program, row.arguments) == row.code);
              }),
              0)
        << row.arguments[0];
  }
}

TEST_F(ProgramTest, AStateDirectoryThatCannotBeIsExitOne) {
  EXPECT_EQ(InChild([&] {
              Program program("fetchd", "test");
              REQUIRE_CHILD(Start(program, {"--state-dir", "/proc/nowhere"}) == 1);
            }),
            0);
}

}  // namespace
}  // namespace culvert::daemon
