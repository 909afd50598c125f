// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/event_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace culvert::iked {
namespace {

class EventLoopTest : public ::testing::Test {
 protected:
  base::SystemClock clock_;
  std::unique_ptr<EventLoop> loop_ = EventLoop::Create(clock_).value();
};

TEST_F(EventLoopTest, RunsPostedTasksInOrderOnItsOwnThread) {
  std::string order;
  std::thread other([&] {
    for (char c = 'a'; c <= 'e'; ++c) {
      loop_->Post([&, c] {
        EXPECT_TRUE(loop_->InLoopThread());
        order += c;
      });
    }
    loop_->Post([&] { loop_->Stop(); });
  });
  loop_->Run();
  other.join();
  EXPECT_EQ(order, "abcde");
}

TEST_F(EventLoopTest, TaskMayPostAnotherForTheNextTurn) {
  int turns = 0, turn_of_second = -1;
  loop_->AtEndOfTurn([&] { ++turns; });
  loop_->Post([&] {
    loop_->Post([&] {
      turn_of_second = turns;
      loop_->Stop();
    });
  });
  loop_->Run();
  EXPECT_EQ(turn_of_second, 1);
  EXPECT_EQ(turns, 2) << "the hook runs after the last turn too";
}

TEST_F(EventLoopTest, TimersFireInOrderAndCancelledOnesDoNot) {
  std::string order;
  loop_->After(absl::Milliseconds(3), [&] { order += "c"; });
  loop_->After(absl::Milliseconds(1), [&] { order += "a"; });
  const auto cancelled = loop_->After(absl::Milliseconds(2), [&] { order += "x"; });
  loop_->After(absl::Milliseconds(2), [&] { order += "b"; });
  loop_->Cancel(cancelled);
  loop_->After(absl::Milliseconds(5), [&] { loop_->Stop(); });
  loop_->Run();
  EXPECT_EQ(order, "abc");
}

TEST_F(EventLoopTest, WatchedDescriptorIsHeardUntilUnwatched) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  base::UniqueFd reader(ends[0]), writer(ends[1]);
  std::string heard;
  ASSERT_TRUE(loop_
                  ->Watch(reader.get(), EPOLLIN,
                          [&](uint32_t) {
                            char c;
                            ASSERT_EQ(read(reader.get(), &c, 1), 1);
                            heard += c;
                            if (c != '.') return;
                            loop_->Unwatch(reader.get());
                            ASSERT_EQ(write(writer.get(), "x", 1), 1);
                            loop_->Post([&] { loop_->Stop(); });
                          })
                  .ok());
  ASSERT_EQ(write(writer.get(), "ab.", 3), 3);
  loop_->Run();
  EXPECT_EQ(heard, "ab.");
}

TEST_F(EventLoopTest, AfterStopPostedTasksAreDropped) {
  loop_->Stop();
  loop_->Run();
  bool ran = false;
  loop_->Post([&] { ran = true; });
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace culvert::iked
