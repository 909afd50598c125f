// SPDX-License-Identifier: Apache-2.0
#include "libs/base/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace culvert::base {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);

TEST(Secret, MovesLeaveNothingBehind) {
  Secret a = Secret::CopyOf(AsBytes("correct horse"));
  const Secret b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): the point of the test
  EXPECT_EQ(AsText(b.view()), "correct horse");
}

TEST(Secret, SlicesWithinItsRange) {
  const Secret a = Secret::CopyOf(AsBytes("abcdef"));
  EXPECT_EQ(AsText(a.Slice(2, 3).view()), "cde");
  EXPECT_DEATH(a.Slice(4, 3), "");
}

TEST(Bytes, HexRoundTripsAndRefusesJunk) {
  EXPECT_EQ(ToHex(FromHex("00ffA1")), "00ffa1");
  EXPECT_TRUE(FromHex("0").empty());
  EXPECT_TRUE(FromHex("zz").empty());
}

TEST(Bytes, ConstantTimeComparisonComparesLengthsToo) {
  EXPECT_TRUE(EqualConstantTime(AsBytes("abc"), AsBytes("abc")));
  EXPECT_FALSE(EqualConstantTime(AsBytes("abc"), AsBytes("abd")));
  EXPECT_FALSE(EqualConstantTime(AsBytes("abc"), AsBytes("ab")));
}

}  // namespace
}  // namespace culvert::base
