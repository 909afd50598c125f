// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/counter_keeper.h"

#include <gtest/gtest.h>

namespace culvert::metricsd {
namespace {

TEST(CounterKeeper, ASourceThatCountsAnewIsAddedToWhatItLost) {
  CounterKeeper keeper;
  EXPECT_EQ(keeper.Keep("a", 5, Restart::kFromZero), 5);
  EXPECT_EQ(keeper.Keep("a", 7, Restart::kFromZero), 7);
  EXPECT_EQ(keeper.Keep("a", 0, Restart::kFromZero), 7);  // restarted
  EXPECT_EQ(keeper.Keep("a", 2, Restart::kFromZero), 9);
  EXPECT_EQ(keeper.Keep("a", 1, Restart::kFromZero), 10);  // and again
}

TEST(CounterKeeper, ASourceThatResumesIsWaitedFor) {
  CounterKeeper keeper;
  EXPECT_EQ(keeper.Keep("a", 1000, Restart::kResumes), 1000);
  EXPECT_EQ(keeper.Keep("a", 0, Restart::kResumes), 1000);  // restarted, nothing read back yet
  EXPECT_EQ(keeper.Keep("a", 1200, Restart::kResumes), 1200);
}

TEST(CounterKeeper, WhatIsNoLongerShownIsForgotten) {
  CounterKeeper keeper;
  keeper.Keep("removed", 5, Restart::kFromZero);
  keeper.Keep("kept", 5, Restart::kFromZero);
  keeper.Sweep();
  keeper.Keep("kept", 6, Restart::kFromZero);
  keeper.Sweep();
  EXPECT_EQ(keeper.Keep("removed", 1, Restart::kFromZero), 1);  // a new tunnel of that name
  EXPECT_EQ(keeper.Keep("kept", 1, Restart::kFromZero), 7);
}

}  // namespace
}  // namespace culvert::metricsd
