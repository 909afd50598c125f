// SPDX-License-Identifier: Apache-2.0
// The fake child under names of ours: what counts is the program's file name and who listens.
#include "services/culvertd/orphans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "libs/base/clock.h"
#include "libs/daemon/unix_listener.h"
#include "services/culvertd/child_process.h"

namespace culvert::culvertd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OrphansTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/culvert-orphans-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    std::filesystem::create_directory(directory_ + "/run");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  ChildProcess Run(const std::string& program, const std::string& socket) {
    const std::string path = directory_ + "/" + program;
    std::filesystem::copy_file(CULVERT_FAKE_CHILD, path, std::filesystem::copy_options::skip_existing);
    const std::string file = directory_ + "/run/" + socket;
    auto listener = daemon::BindUnix({.path = file});
    EXPECT_TRUE(listener.ok()) << listener.status();
    auto child = ChildProcess::Spawn({.name = program,
                                      .argv = {path, directory_ + "/events", program, "serve"},
                                      .descriptors = {{"listen", listener->get()}}});
    EXPECT_TRUE(child.ok()) << child.status();
    while (!daemon::ListenerOf(file).ok()) sched_yield();
    return *std::move(child);
  }

  std::string directory_;
};

TEST_F(OrphansTest, AreToldToStopIkedFirst) {
  ChildProcess sad = Run("sad", "sad.sock"), iked = Run("iked", "iked.sock"), apid = Run("apid", "api.sock");
  EXPECT_THAT(StopOrphans(directory_, absl::Seconds(20)), ElementsAre("iked", "apid", "sad"));
  for (ChildProcess* child : {&sad, &iked, &apid}) EXPECT_EQ(child->Reap(), "exit 0");
  EXPECT_THAT(StopOrphans(directory_, absl::Seconds(20)), IsEmpty());
}

TEST_F(OrphansTest, AStrangerOnOurSocketIsLeftAlone) {
  ChildProcess stranger = Run("postgres", "sad.sock");
  EXPECT_THAT(StopOrphans(directory_, absl::Seconds(20)), IsEmpty());
  EXPECT_FALSE(stranger.WaitForEnd(absl::ZeroDuration()));
  stranger.Signal(SIGKILL);
  EXPECT_TRUE(stranger.WaitForEnd(absl::Seconds(20)));
  stranger.Reap();
}

}  // namespace
}  // namespace culvert::culvertd
