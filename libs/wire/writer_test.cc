// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/writer.h"

#include <gtest/gtest.h>

namespace culvert::wire {
namespace {

using base::Bytes;
using base::ToHex;

TEST(Writer, AppendsInNetworkOrder) {
  Writer writer;
  writer.U8(1);
  writer.U16(0x0203);
  writer.U32(0x04050607);
  writer.U64(0x08090a0b0c0d0e0f);
  writer.Zeros(2);
  writer.Append(Bytes{0xff});
  EXPECT_EQ(writer.size(), 18u);
  EXPECT_EQ(ToHex(std::move(writer).Take()), "0102030405060708090a0b0c0d0e0f0000ff");
}

TEST(Writer, LengthsNestAndAreKnownAtTheEndOfTheirScope) {
  Writer writer;
  {
    const Writer::Length outer(writer, 0, 4);
    writer.U8(0xaa);
    {
      const size_t start = writer.size();
      writer.U8(0xbb);
      const Writer::Length inner(writer, start, 2);
      writer.U8(0xcc);
    }
    writer.U8(0xdd);
  }
  EXPECT_EQ(ToHex(writer.view()), "0000000aaabb0004ccdd");
}

TEST(WriterDeathTest, ALengthThatDoesNotFitAborts) {
  EXPECT_DEATH(
      {
        Writer writer;
        const Writer::Length length(writer, 0, 2);
        writer.Zeros(65536);
      },
      "");
}

// RFC 7296 3.2: each payload's type stands in the one before it, the first one's in the header.
TEST(PayloadChain, PatchesTheNextPayloadOfThePayloadBefore) {
  Writer writer;
  writer.U8(0);
  PayloadChain chain(writer, 0);
  {
    const Writer::Length first = chain.Begin(33);
    writer.U8(0xaa);
  }
  { const Writer::Length second = chain.Begin(40, /*critical=*/true); }
  EXPECT_EQ(ToHex(writer.view()),
            "21"
            "28000005aa"
            "00800004");
  chain.SetNext(46);
  EXPECT_EQ(ToHex(writer.view()),
            "21"
            "28000005aa"
            "2e800004");
}

}  // namespace
}  // namespace culvert::wire
