// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/log_limiter.h"

#include <gtest/gtest.h>

namespace culvert::daemon {
namespace {

TEST(LogLimiter, AdmitsABurstThenOneForEachRefillAndCountsTheRest) {
  LogLimiter limiter(2, absl::Seconds(1));  // a token each 500 ms
  const absl::Duration start = absl::Hours(5);
  EXPECT_EQ(limiter.Admit(start), 0u);
  EXPECT_EQ(limiter.Admit(start), 0u);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(limiter.Admit(start + absl::Milliseconds(i)), std::nullopt);
  EXPECT_EQ(limiter.Admit(start + absl::Milliseconds(501)), 7u);
  EXPECT_EQ(limiter.Admit(start + absl::Milliseconds(502)), std::nullopt);
  EXPECT_EQ(limiter.Admit(start + absl::Hours(1)), 1u);  // long silence earns a burst and no more
  EXPECT_EQ(limiter.Admit(start + absl::Hours(1)), 0u);
  EXPECT_EQ(limiter.Admit(start + absl::Hours(1)), std::nullopt);
}

}  // namespace
}  // namespace culvert::daemon
