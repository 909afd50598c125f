// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/text.h"

#include <gtest/gtest.h>

namespace culvert::ctl {
namespace {

TEST(Text, Bytes) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(999), "999 B");
  EXPECT_EQ(BytesText(1000), "1.0 kB");
  EXPECT_EQ(BytesText(9'949), "9.9 kB");
  EXPECT_EQ(BytesText(9'950), "10 kB");
  EXPECT_EQ(BytesText(999'499), "999 kB");
  EXPECT_EQ(BytesText(999'500), "1.0 MB");
  EXPECT_EQ(BytesText(UINT64_MAX), "18 EB");
}

TEST(Text, Durations) {
  EXPECT_EQ(DurationText(absl::Seconds(-3)), "0s");  // clocks of two processes
  EXPECT_EQ(DurationText(absl::Seconds(59)), "59s");
  EXPECT_EQ(DurationText(absl::Seconds(185)), "3m05s");
  EXPECT_EQ(DurationText(absl::Minutes(130)), "2h10m");
  EXPECT_EQ(DurationText(absl::Hours(99)), "4d03h");
}

TEST(Text, Counts) {
  EXPECT_EQ(CountText(0, "tunnel"), "0 tunnels");
  EXPECT_EQ(CountText(1, "tunnel"), "1 tunnel");
}

}  // namespace
}  // namespace culvert::ctl
