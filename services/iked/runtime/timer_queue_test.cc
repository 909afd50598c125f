// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/timer_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace culvert::iked {
namespace {

TEST(TimerQueueTest, FiresInOrderAndOnlyWhatIsDue) {
  TimerQueue<uint64_t> timers;
  timers.Arm(1, absl::Seconds(3));
  timers.Arm(2, absl::Seconds(1));
  timers.Arm(3, absl::Seconds(2));
  EXPECT_EQ(timers.Next(), absl::Seconds(1));
  EXPECT_EQ(timers.PopDue(absl::Milliseconds(999)), std::nullopt);
  EXPECT_EQ(timers.PopDue(absl::Seconds(2)), 2u);
  EXPECT_EQ(timers.PopDue(absl::Seconds(2)), 3u);
  EXPECT_EQ(timers.PopDue(absl::Seconds(2)), std::nullopt);
  EXPECT_EQ(timers.size(), 1u);
}

TEST(TimerQueueTest, ArmingAgainMovesAndCancelForgets) {
  TimerQueue<uint64_t> timers;
  timers.Arm(1, absl::Seconds(1));
  timers.Arm(1, absl::Seconds(5));
  EXPECT_EQ(timers.PopDue(absl::Seconds(4)), std::nullopt);
  timers.Cancel(1);
  timers.Cancel(1);
  EXPECT_EQ(timers.Next(), std::nullopt);
}

TEST(TimerQueueTest, AgreesWithAPlainMapOverRandomUse) {
  std::mt19937 random(1);
  TimerQueue<uint64_t> timers;
  std::map<uint64_t, absl::Duration> model;
  for (int i = 0; i < 20000; ++i) {
    const uint64_t key = random() % 50;
    const absl::Duration when = absl::Milliseconds(random() % 1000);
    switch (random() % 3) {
      case 0:
        timers.Arm(key, when);
        model[key] = when;
        break;
      case 1:
        timers.Cancel(key);
        model.erase(key);
        break;
      case 2:
        while (auto due = timers.PopDue(when)) {
          ASSERT_TRUE(model.contains(*due));
          ASSERT_LE(model[*due], when);
          model.erase(*due);
        }
        for (const auto& [k, w] : model) ASSERT_GT(w, when) << k;
    }
    ASSERT_EQ(timers.size(), model.size());
  }
}

}  // namespace
}  // namespace culvert::iked
