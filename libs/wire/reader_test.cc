// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/reader.h"

#include <gtest/gtest.h>

namespace culvert::wire {
namespace {

using base::Bytes;
using base::FromHex;
using base::ToHex;

TEST(Reader, TakesIntegersInNetworkOrder) {
  const Bytes bytes = FromHex("01020304050607080910111213141516");
  Reader reader(bytes);
  EXPECT_EQ(reader.U8(), 0x01);
  EXPECT_EQ(reader.U16(), 0x0203);
  EXPECT_EQ(reader.U32(), 0x04050607u);
  EXPECT_EQ(reader.U64(), 0x0809101112131415u);
  EXPECT_EQ(reader.remaining(), 1u);
  EXPECT_EQ(ToHex(reader.Rest()), "16");
  EXPECT_TRUE(reader.consumed());
}

TEST(Reader, TakesNothingWhenTooLittleIsLeft) {
  const Bytes bytes = FromHex("010203");
  Reader reader(bytes);
  EXPECT_FALSE(reader.U64().has_value());
  EXPECT_FALSE(reader.U32().has_value());
  EXPECT_FALSE(reader.Take(4).has_value());
  EXPECT_FALSE(reader.Sub(SIZE_MAX).has_value());
  EXPECT_EQ(reader.remaining(), 3u);
  EXPECT_EQ(reader.U16(), 0x0102);
}

TEST(Reader, ASubReaderCannotLeaveItsPart) {
  const Bytes bytes = FromHex("aabbccdd");
  Reader reader(bytes);
  Reader part = *reader.Sub(2);
  EXPECT_FALSE(part.U32().has_value());
  EXPECT_EQ(part.U16(), 0xaabb);
  EXPECT_TRUE(part.consumed());
  EXPECT_EQ(reader.U16(), 0xccdd);
}

TEST(Reader, ACopyMovesAlone) {
  const Bytes bytes = FromHex("aabb");
  Reader reader(bytes);
  Reader copy = reader;
  copy.Rest();
  EXPECT_EQ(reader.remaining(), 2u);
}

}  // namespace
}  // namespace culvert::wire
