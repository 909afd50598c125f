// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/state_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

namespace culvert::culvertd {
namespace {

using ::testing::HasSubstr;

class StateDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/culvert-state-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    parent_ = directory;
    options_ = {.path = parent_ + "/culvert", .uid_base = 61000, .give_away = geteuid() == 0};
  }
  void TearDown() override { std::filesystem::remove_all(parent_); }

  struct stat Stat(const std::string& name) {
    struct stat out {};
    EXPECT_EQ(stat((options_.path + name).c_str(), &out), 0) << name;
    return out;
  }

  std::string parent_;
  StateDirectoryOptions options_;
};

TEST_F(StateDirectoryTest, HasItsOwnersAndModesEvenIfSomebodyWidenedThem) {
  ASSERT_EQ(geteuid(), 0u) << "giving directories away needs root";
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(PrepareStateDirectory(options_).ok());
    EXPECT_EQ(Stat("/run").st_mode & 07777, 0755u);
    EXPECT_EQ(Stat("/run").st_uid, 0u);
    EXPECT_EQ(Stat("/config").st_mode & 07777, 0700u);
    EXPECT_EQ(Stat("/config").st_uid, 61001u);
    EXPECT_EQ(Stat("/guard").st_uid, 61003u);
    chmod((options_.path + "/config").c_str(), 0777);
  }
}

TEST_F(StateDirectoryTest, ALinkInTheWayIsRefused) {
  ASSERT_TRUE(PrepareStateDirectory(options_).ok());
  std::filesystem::remove(options_.path + "/config");
  std::filesystem::create_symlink("/etc", options_.path + "/config");
  const absl::Status status = PrepareStateDirectory(options_);
  EXPECT_THAT(std::string(status.message()), HasSubstr(options_.path + "/config"));
}

TEST_F(StateDirectoryTest, AnUnwritablePlaceIsNamed) {
  options_.path = "/proc/culvert";
  EXPECT_THAT(std::string(PrepareStateDirectory(options_).message()), HasSubstr("/proc/culvert"));
}

TEST_F(StateDirectoryTest, OneCulvertdAtATime) {
  ASSERT_TRUE(PrepareStateDirectory(options_).ok());
  {
    auto first = LockStateDirectory(options_.path);
    ASSERT_TRUE(first.ok()) << first.status();
    const absl::Status second = LockStateDirectory(options_.path).status();
    EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_THAT(std::string(second.message()), HasSubstr(absl::StrCat("(pid ", getpid(), ")")));
  }
  EXPECT_TRUE(LockStateDirectory(options_.path).ok());
}

}  // namespace
}  // namespace culvert::culvertd
