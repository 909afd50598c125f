// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ike_header.h"

#include <gtest/gtest.h>

namespace culvert::wire {
namespace {

using base::Bytes;
using base::ByteView;
using base::FromHex;
using base::ToHex;

constexpr char kInit[] =
    "1122334455667788"
    "0000000000000000"
    "21"
    "20"
    "22"
    "08"
    "00000000"
    "0000001c";

TEST(IkeHeader, DecodesEveryField) {
  const IkeHeader header =
      *DecodeHeader(FromHex("1122334455667788"
                            "99aabbccddeeff00"
                            "2e"
                            "21"
                            "25"
                            "20"
                            "00000007"
                            "0000001c"));
  EXPECT_EQ(header.initiator_spi, 0x1122334455667788u);
  EXPECT_EQ(header.responder_spi, 0x99aabbccddeeff00u);
  EXPECT_EQ(header.next_payload, 46);
  EXPECT_EQ(header.major_version, 2);
  EXPECT_EQ(header.minor_version, 1);
  EXPECT_EQ(header.exchange_type, 37);
  EXPECT_TRUE(header.is_response());
  EXPECT_FALSE(header.from_initiator());
  EXPECT_EQ(header.message_id, 7u);
  EXPECT_EQ(header.length, 28u);
}

TEST(IkeHeader, RefusesWhatIsNotWhole) {
  const Bytes init = FromHex(kInit);
  EXPECT_TRUE(DecodeHeader(init).ok());
  for (size_t size = 0; size < init.size(); ++size) {
    EXPECT_EQ(DecodeHeader(ByteView(init).first(size)).error(), DecodeError::kHeaderShort) << size;
    EXPECT_FALSE(PeekHeader(ByteView(init).first(size)).has_value()) << size;
  }
  Bytes longer = init;
  longer.push_back(0);
  EXPECT_EQ(DecodeHeader(longer).error(), DecodeError::kLengthMismatch);
  Bytes lies = init;
  lies[kHeaderLengthAt] = 0xff;
  EXPECT_EQ(DecodeHeader(lies).error(), DecodeError::kLengthMismatch);
  Bytes no_spi = init;
  std::fill_n(no_spi.begin(), 8, uint8_t{0});
  EXPECT_EQ(DecodeHeader(no_spi).error(), DecodeError::kInitiatorSpiZero);
}

// RFC 2408 3.1: ISAKMP has the same header; major version 1, and flags of its own.
TEST(IkeHeader, PeeksAtIkev1) {
  const auto header =
      PeekHeader(FromHex("1122334455667788"
                         "0000000000000000"
                         "01"
                         "10"
                         "02"
                         "01"
                         "00000000"
                         "ffffffff"));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->major_version, 1);
  EXPECT_EQ(header->flags & kFlagV1Encryption, kFlagV1Encryption);
}

TEST(IkeHeader, EncodesWhatItDecodes) {
  const Bytes init = FromHex(kInit);
  Writer writer;
  EncodeHeader(*DecodeHeader(init), writer);
  FinishMessage(writer);
  Bytes expected = init;
  expected[kHeaderNextPayloadAt] = 0;  // there is no payload behind it
  EXPECT_EQ(ToHex(writer.view()), ToHex(expected));
}

}  // namespace
}  // namespace culvert::wire
