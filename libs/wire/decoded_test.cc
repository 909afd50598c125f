// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/decoded.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace culvert::wire {
namespace {

TEST(DecodeError, EveryReasonHasALabelAndAText) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(DecodeError::kUnexpectedPayload); ++i) {
    const auto error = static_cast<DecodeError>(i);
    EXPECT_FALSE(Text(error).empty()) << i;
    EXPECT_EQ(Name(error).find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), absl::string_view::npos) << Name(error);
    EXPECT_TRUE(names.insert(std::string(Name(error))).second) << Name(error);
  }
}

TEST(Malformed, NamesThePayload) {
  EXPECT_EQ((Malformed{DecodeError::kTsRange, 44}.ToString()), "TSi: a traffic selector's range ends before it starts");
  EXPECT_EQ((Malformed{DecodeError::kUnsupportedCritical, 200}.ToString()),
            "200: an unknown payload is marked critical");
  EXPECT_EQ(Malformed{DecodeError::kHeaderShort}.ToString(), "shorter than the IKE header");
}

Decoded<int> Half(int value) {
  if (value % 2 != 0) return DecodeError::kAttribute;
  return value / 2;
}
Decoded<std::string> HalfInWords(int value) {
  DECODE_OR_RETURN(const int half, Half(value));
  return std::to_string(half);
}

TEST(Decoded, CarriesAValueOrAReason) {
  EXPECT_EQ(*HalfInWords(8), "4");
  EXPECT_EQ(HalfInWords(8)->size(), 1u);
  EXPECT_EQ(HalfInWords(7).error(), DecodeError::kAttribute);
}

}  // namespace
}  // namespace culvert::wire
