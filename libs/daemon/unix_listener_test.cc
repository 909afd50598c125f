// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/unix_listener.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace culvert::daemon {
namespace {

class UnixListenerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/culvert-listener-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    path_ = directory_ + "/a.sock";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_, path_;
};

TEST_F(UnixListenerTest, MakesTheFileWithItsModeAndGroupAndNothingElse) {
  auto socket = BindUnix({.path = path_, .mode = 0660, .group = geteuid() == 0 ? 4711 : getegid()});
  ASSERT_TRUE(socket.ok()) << socket.status();
  struct stat file {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0660u);
  EXPECT_EQ(file.st_gid, geteuid() == 0 ? 4711u : getegid());
  const auto entries = std::filesystem::directory_iterator(directory_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST_F(UnixListenerTest, NobodyConnectsBeforeItListensAndThenTheListenerIsKnown) {
  auto socket = BindUnix({.path = path_});
  ASSERT_TRUE(socket.ok());
  EXPECT_EQ(ListenerOf(path_).status().code(), absl::StatusCode::kNotFound);
  ASSERT_EQ(listen(socket->get(), 4), 0);
  EXPECT_EQ(ListenerOf(path_).value_or(-1), getpid());
}

TEST_F(UnixListenerTest, TakesThePlaceOfADeadOne) {
  {
    auto dead = BindUnix({.path = path_});
    ASSERT_TRUE(dead.ok());
  }
  EXPECT_EQ(ListenerOf(path_).status().code(), absl::StatusCode::kNotFound);  // the file is there, nobody listens
  auto next = BindUnix({.path = path_});
  ASSERT_TRUE(next.ok()) << next.status();
  ASSERT_EQ(listen(next->get(), 4), 0);
  EXPECT_TRUE(ListenerOf(path_).ok());
}

TEST_F(UnixListenerTest, PathsThatDoNotFitOrDoNotExistAreErrorsWithTheirName) {
  EXPECT_EQ(BindUnix({.path = "/tmp/" + std::string(200, 'x')}).status().code(), absl::StatusCode::kInvalidArgument);
  const absl::Status missing = BindUnix({.path = directory_ + "/no/such.sock"}).status();
  EXPECT_NE(missing.message().find("/no/such.sock"), absl::string_view::npos) << missing;
}

}  // namespace
}  // namespace culvert::daemon
