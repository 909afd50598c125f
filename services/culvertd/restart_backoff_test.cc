// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/restart_backoff.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace culvert::culvertd {
namespace {

class FixedRng final : public base::Rng {
 public:
  explicit FixedRng(uint8_t octet) : octet_(octet) {}
  void Fill(base::MutableByteView out) override { std::fill(out.begin(), out.end(), octet_); }

 private:
  uint8_t octet_;
};

constexpr absl::Duration kShort = absl::Milliseconds(5);

TEST(RestartBackoff, FirstIsAtOnceThenDoublesToTheCap) {
  FixedRng rng(0);
  RestartBackoff backoff(&rng);
  EXPECT_EQ(backoff.Next(kShort), absl::ZeroDuration());
  EXPECT_EQ(backoff.Next(kShort), absl::Milliseconds(100));
  EXPECT_EQ(backoff.Next(kShort), absl::Milliseconds(200));
  EXPECT_EQ(backoff.Next(kShort), absl::Milliseconds(400));
  for (int i = 0; i < 100; ++i) EXPECT_LE(backoff.Next(kShort), RestartBackoff::kCap);
  EXPECT_EQ(backoff.Next(kShort), RestartBackoff::kCap);
}

TEST(RestartBackoff, AStableRunForgives) {
  FixedRng rng(0);
  RestartBackoff backoff(&rng);
  for (int i = 0; i < 5; ++i) backoff.Next(kShort);
  EXPECT_EQ(backoff.Next(RestartBackoff::kStable), absl::ZeroDuration());
  EXPECT_EQ(backoff.Next(kShort), absl::Milliseconds(100));
}

TEST(RestartBackoff, JitterTakesAtMostAQuarter) {
  FixedRng rng(255);
  RestartBackoff backoff(&rng);
  backoff.Next(kShort);
  const absl::Duration delay = backoff.Next(kShort);
  EXPECT_LT(delay, absl::Milliseconds(76));
  EXPECT_GE(delay, absl::Milliseconds(75));
}

}  // namespace
}  // namespace culvert::culvertd
