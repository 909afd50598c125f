// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/message.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::FromHex;
using base::ToHex;

// A datagram of the given payload chain, in hexadecimal.
Bytes Datagram(uint8_t first, absl::string_view chain) {
  Bytes bytes =
      FromHex(absl::StrCat("1122334455667788"
                           "0000000000000000"
                           "00"
                           "10"
                           "02"
                           "00"
                           "00000000"
                           "00000000",
                           chain));
  bytes[kHeaderNextPayloadAt] = first;
  bytes[kHeaderLengthAt + 3] = static_cast<uint8_t>(bytes.size());
  bytes[kHeaderLengthAt + 2] = static_cast<uint8_t>(bytes.size() >> 8);
  return bytes;
}

DecodeError ErrorOf(const Bytes& datagram) {
  const auto message = DecodeMessage(datagram);
  EXPECT_FALSE(message.ok()) << ToHex(datagram);
  return message.ok() ? DecodeError::kHeaderShort : message.error();
}

// An initiator's first message, octet for octet as RFC 2408 draws it: the manual's defaults, and DPD's vendor ID.
constexpr char kMain1[] =
    "1122334455667788"
    "0000000000000000"
    "01100200"
    "00000000"
    "00000068"
    // SA: IPsec DOI, identity only, one proposal of one transform: 3DES, SHA-1, MODP-1536, PSK, 28800 seconds
    "0d000038"
    "00000001"
    "00000001"
    "0000002c"
    "01010001"
    "00000024"
    "01010000"
    "80010005"
    "80020002"
    "80030001"
    "80040005"
    "800b0001"
    "000c000400007080"
    // VID
    "00000014"
    "afcad71368a1f1c96b8696fc77570100";

TEST(Ikev1Message, Main1ReadsAndWritesTheSameOctets) {
  const auto message = DecodeMessage(FromHex(kMain1));
  ASSERT_TRUE(message.ok()) << message.malformed().ToString();
  EXPECT_EQ(message->ToString(), "MAIN [SA, VID]");
  EXPECT_EQ(message->cookies(), (CookiePair{0x1122334455667788, 0}));
  EXPECT_EQ(message->header.major_version, 1);
  const SaPayload* sa = message->Get<SaPayload>();
  ASSERT_NE(sa, nullptr);
  const std::vector<Attribute>& attributes = sa->proposals[0].transforms[0].attributes;
  EXPECT_EQ(Find(attributes, Phase1Attribute::kGroup)->Number(), 5u);
  EXPECT_EQ(Find(attributes, Phase1Attribute::kLifeDuration)->Number(), 28800u);
  EXPECT_EQ(Find(attributes, Phase1Attribute::kKeyLength), nullptr);
  EXPECT_EQ(ToHex(EncodeMessage(*message)), kMain1);
  EXPECT_EQ(ToHex(BodyOctets(*sa)), std::string(kMain1).substr(64, 104));
}

TEST(Ikev1Message, HeaderIsJudged) {
  const Bytes good = FromHex(kMain1);
  for (size_t size = 0; size < kIkeHeaderSize; ++size) {
    EXPECT_EQ(ErrorOf(Bytes(good.begin(), good.begin() + static_cast<long>(size))), DecodeError::kHeaderShort);
  }
  const auto with = [&good](size_t at, uint8_t value) {
    Bytes bytes = good;
    bytes[at] = value;
    return bytes;
  };
  EXPECT_EQ(ErrorOf(with(17, 0x20)), DecodeError::kMajorVersion);
  EXPECT_EQ(ErrorOf(with(17, 0x11)), DecodeError::kMinorVersion);
  EXPECT_EQ(ErrorOf(with(19, 0x08)), DecodeError::kFlags);
  EXPECT_EQ(ErrorOf(with(19, 0x01)), DecodeError::kEncryptionFlag);
  EXPECT_EQ(ErrorOf(with(27, 0xff)), DecodeError::kLengthMismatch);
  EXPECT_EQ(ErrorOf(with(24, 0xff)), DecodeError::kLengthMismatch);
  Bytes no_cookie = good;
  std::fill_n(no_cookie.begin(), 8, uint8_t{0});
  EXPECT_EQ(ErrorOf(no_cookie), DecodeError::kInitiatorSpiZero);
  EXPECT_TRUE(DecodeMessage(with(19, kFlagV1Commit)).ok());
}

TEST(Ikev1Message, TheChainIsJudged) {
  EXPECT_TRUE(DecodeMessage(Datagram(13, "00000008aabbccdd")).ok());
  EXPECT_EQ(ErrorOf(Datagram(13, "000000")), DecodeError::kPayloadShort);
  EXPECT_EQ(ErrorOf(Datagram(13, "00000003")), DecodeError::kPayloadLength);
  EXPECT_EQ(ErrorOf(Datagram(13, "0000ffff")), DecodeError::kPayloadLength);
  EXPECT_EQ(ErrorOf(Datagram(13, "0d000004")), DecodeError::kPayloadShort);
  EXPECT_EQ(ErrorOf(Datagram(13, "00800004")), DecodeError::kReserved);  // RFC 2408 5.3; IKEv2's critical bit
  std::string many;
  for (int i = 0; i < 65; ++i) absl::StrAppend(&many, i == 64 ? "00" : "0d", "000004");
  EXPECT_EQ(ErrorOf(Datagram(13, many)), DecodeError::kTooManyPayloads);
  EXPECT_EQ(DecodeMessage(Datagram(46, "00000004")).malformed(), (Malformed{DecodeError::kUnknownPayload, 46}));
  EXPECT_EQ(DecodeMessage(Datagram(5, "0000000801000000")).malformed().ToString(),
            "ID: an identity is empty, too long, or not as long as its type of address");
}

// RFC 2408 3: messages are multiples of four octets.
TEST(Ikev1Message, IsPaddedToFourOctets) {
  Message message{HeaderOf({1, 0}, ExchangeType::kMain), {VendorIdPayload{{1, 2, 3}}}};
  const Bytes padded = EncodeMessage(message);
  EXPECT_EQ(padded.size(), 36u);
  EXPECT_EQ(ToHex(padded).substr(56), "0000000701020300");
  const auto again = DecodeMessage(padded);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->payloads, message.payloads);
  EXPECT_TRUE(DecodeMessage(Datagram(13, "00000007010203")).ok());  // strongSwan sends none
  EXPECT_EQ(ErrorOf(Datagram(13, "0000000701020301")), DecodeError::kChainTrailing);
  EXPECT_EQ(ErrorOf(Datagram(13, "0000000400000000")), DecodeError::kChainTrailing);
}

// RFC 2409 5.5: with the generic headers of what follows HASH, and without the padding.
TEST(Ikev1Message, WhatFollowsTheHashIsWhatItCovers) {
  const Message message{HeaderOf({1, 2}, ExchangeType::kInformational, 7),
                        {HashPayload{{9, 9}}, DeletePayload{ProtocolId::kEsp, {}, {0xc0000001}}, VendorIdPayload{{5}}}};
  EXPECT_EQ(message.ToString(), "INFORMATIONAL [HASH, D, VID]");
  EXPECT_EQ(ToHex(OctetsAfterHash(message)),
            "0d0000100000000103040001c0000001"
            "0000000505");
  EXPECT_TRUE(OctetsAfterHash({message.header, {HashPayload{{9}}}}).empty());
}

TEST(Ikev1Message, FindsNotifications) {
  const Message message{
      HeaderOf({1, 2}, ExchangeType::kInformational, 7),
      {HashPayload{{9}}, NotifyPayload{NotifyType::kInitialContact}, NotifyPayload{NotifyType::kNoProposalChosen}}};
  EXPECT_EQ(message.ToString(), "INFORMATIONAL [HASH, N(INITIAL-CONTACT), N(NO-PROPOSAL-CHOSEN)]");
  EXPECT_TRUE(message.Has(NotifyType::kInitialContact));
  EXPECT_FALSE(message.Has(NotifyType::kRUThere));
  EXPECT_EQ(message.FirstErrorNotify()->type, NotifyType::kNoProposalChosen);
}

TEST(Ikev1Message, EachFaultHasItsNotification) {
  EXPECT_EQ(NotifyFor({DecodeError::kUnknownPayload}), NotifyType::kInvalidPayloadType);
  EXPECT_EQ(NotifyFor({DecodeError::kTransformMore}), NotifyType::kBadProposalSyntax);
  EXPECT_EQ(NotifyFor({DecodeError::kReserved}), NotifyType::kPayloadMalformed);
}

}  // namespace
}  // namespace culvert::wire::ikev1
