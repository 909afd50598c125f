// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/message.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace culvert::wire::ikev2 {
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
                           "20"
                           "22"
                           "08"
                           "00000000"
                           "00000000",
                           chain));
  bytes[kHeaderNextPayloadAt] = first;
  bytes[kHeaderLengthAt + 3] = static_cast<uint8_t>(bytes.size());
  bytes[kHeaderLengthAt + 2] = static_cast<uint8_t>(bytes.size() >> 8);
  return bytes;
}

DecodeError ErrorOf(uint8_t first, absl::string_view chain) {
  const auto message = DecodeMessage(Datagram(first, chain));
  EXPECT_FALSE(message.ok()) << chain;
  return message.ok() ? DecodeError::kHeaderShort : message.error();
}

// An initiator's first message, octet for octet as RFC 7296 draws it.
constexpr char kIkeSaInit[] =
    "1122334455667788"
    "0000000000000000"
    "21202208"
    "00000000"
    "000000a4"
    // SA: one proposal of AES-GCM-256 with PRF-SHA-384 and Curve25519
    "22000028"
    "00000024"
    "01010003"
    "0300000c"
    "01000014"
    "800e0100"
    "03000008"
    "02000006"
    "00000008"
    "0400001f"
    // KE, group 31
    "28000028"
    "001f0000"
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    // Nonce
    "29000014"
    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
    // N(NAT_DETECTION_SOURCE_IP)
    "2900001c"
    "00004004"
    "000102030405060708090a0b0c0d0e0f10111213"
    // N(IKEV2_FRAGMENTATION_SUPPORTED)
    "00000008"
    "0000402e";

TEST(Message, DecodesIkeSaInit) {
  const auto message = DecodeMessage(FromHex(kIkeSaInit));
  ASSERT_TRUE(message.ok()) << message.malformed().ToString();
  EXPECT_EQ(message->ToString(),
            "IKE_SA_INIT request 0 [SA, KE, Nonce, N(NAT_DETECTION_SOURCE_IP), N(IKEV2_FRAGMENTATION_SUPPORTED)]");
  const auto* sa = message->Get<SaPayload>();
  ASSERT_NE(sa, nullptr);
  const Proposal expected{1, ProtocolId::kIke, {}, {{1, 20, 256}, {2, 6}, {4, 31}}};
  EXPECT_EQ(sa->proposals, std::vector<Proposal>{expected});
  EXPECT_EQ(message->Get<KePayload>()->group, 31);
  EXPECT_EQ(message->Get<KePayload>()->data.size(), 32u);
  EXPECT_EQ(message->Get<NoncePayload>()->data.size(), 16u);
  EXPECT_TRUE(message->Has(NotifyType::kIkev2FragmentationSupported));
  EXPECT_EQ(message->GetNotify(NotifyType::kNatDetectionSourceIp)->data.size(), 20u);
  EXPECT_EQ(message->GetNotify(NotifyType::kCookie), nullptr);
  EXPECT_EQ(message->FirstErrorNotify(), nullptr);
  EXPECT_EQ(message->All<NotifyPayload>().size(), 2u);
  EXPECT_EQ(message->Get<TsPayload>(PayloadType::kTsI), nullptr);
  EXPECT_EQ(message->Get<EapPayload>(), nullptr);
}

TEST(Message, EncodesWhatItDecodes) {
  EXPECT_EQ(ToHex(EncodeMessage(*DecodeMessage(FromHex(kIkeSaInit)))), ToHex(FromHex(kIkeSaInit)));
}

TEST(Message, EveryPrefixOfAMessageIsRefused) {
  Bytes whole = FromHex(kIkeSaInit);
  for (size_t size = 0; size < whole.size(); ++size) {
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(DecodeMessage(cut).ok()) << size;
    if (size < kIkeHeaderSize) continue;
    cut[kHeaderLengthAt + 3] = static_cast<uint8_t>(size);  // with a header that admits to it
    // The header alone names a first payload that is not there; what follows ends in the middle of the chain.
    EXPECT_FALSE(DecodeMessage(cut).ok()) << size;
  }
}

TEST(Message, OnlyMajorVersion2) {
  for (const uint8_t version : {0x00, 0x10, 0x30, 0xf0}) {
    Bytes bytes = FromHex(kIkeSaInit);
    bytes[17] = version;
    EXPECT_EQ(DecodeMessage(bytes).error(), DecodeError::kMajorVersion);
  }
  Bytes minor = FromHex(kIkeSaInit);
  minor[17] = 0x2f;  // a minor version we do not know changes nothing (RFC 7296 2.5)
  EXPECT_TRUE(DecodeMessage(minor).ok());
}

TEST(Chain, EmptyIsAMessage) {
  EXPECT_TRUE(DecodeMessage(Datagram(0, "")).ok());
  EXPECT_EQ(ErrorOf(0, "00"), DecodeError::kChainTrailing);
}

TEST(Chain, LengthsThatLie) {
  EXPECT_EQ(ErrorOf(43, ""), DecodeError::kPayloadShort);
  EXPECT_EQ(ErrorOf(43, "000000"), DecodeError::kPayloadShort);
  EXPECT_EQ(ErrorOf(43, "00000003"), DecodeError::kPayloadLength);  // below its own header
  EXPECT_EQ(ErrorOf(43, "00000000"), DecodeError::kPayloadLength);
  EXPECT_EQ(ErrorOf(43, "00000005"), DecodeError::kPayloadLength);  // beyond the message
  EXPECT_EQ(ErrorOf(43, "0000ffff"), DecodeError::kPayloadLength);
  EXPECT_EQ(ErrorOf(43, "0000000400"), DecodeError::kChainTrailing);
  EXPECT_EQ(ErrorOf(43, "2b000004"), DecodeError::kPayloadShort);  // announces one more
}

TEST(Chain, AtMost64Payloads) {
  std::string chain;
  for (int i = 0; i < 63; ++i) absl::StrAppend(&chain, "2b000004");
  EXPECT_TRUE(DecodeMessage(Datagram(43, chain + "00000004")).ok());
  EXPECT_EQ(ErrorOf(43, chain + "2b00000400000004"), DecodeError::kTooManyPayloads);
}

// RFC 7296 2.5: unknown and critical is an error that names the type; unknown alone is skipped; the bit means nothing
// on a payload we know. Payload types of IKEv1 (1 to 13) are unknown here like any other.
TEST(Chain, CriticalBit) {
  for (const uint8_t type : {1, 5, 13, 32, 49, 54, 200, 255}) {
    const auto refused = DecodeMessage(Datagram(type, "00800005aa"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.malformed(), (Malformed{DecodeError::kUnsupportedCritical, type}));
    const NotifyPayload answer = NotifyFor(refused.malformed());
    EXPECT_EQ(answer.type, NotifyType::kUnsupportedCriticalPayload);
    EXPECT_EQ(answer.data, Bytes{type});

    const auto skipped = DecodeMessage(Datagram(type, "00000005aa"));
    ASSERT_TRUE(skipped.ok());
    EXPECT_EQ(skipped->Get<UnknownPayload>()->data, Bytes{0xaa});
  }
  EXPECT_TRUE(DecodeMessage(Datagram(43, "00800005aa")).ok());
}

TEST(Chain, SkIsTheLastPayloadWhateverItsNextPayloadSays) {
  const auto message = DecodeMessage(Datagram(46, "23000008deadbeef"));
  ASSERT_TRUE(message.ok());
  const auto* sk = message->Get<SkPayload>();
  ASSERT_NE(sk, nullptr);
  EXPECT_EQ(sk->first_inner, PayloadType::kIdI);
  EXPECT_EQ(ToHex(sk->body), "deadbeef");
  EXPECT_EQ(EncodeMessage(*message), Datagram(46, "23000008deadbeef"));
  EXPECT_EQ(ErrorOf(46, "2b000008deadbeef00000004"), DecodeError::kChainTrailing);
}

TEST(Chain, DecodesWhatIsInsideSk) {
  const EncodedPayloads inner =
      EncodePayloads({NotifyPayload{NotifyType::kInitialContact}, NoncePayload{Bytes(16, 1)}});
  EXPECT_EQ(inner.first, PayloadType::kNotify);
  const auto payloads = DecodePayloads(inner.first, inner.chain);
  ASSERT_TRUE(payloads.ok());
  EXPECT_EQ(payloads->size(), 2u);
  const EncodedPayloads none = EncodePayloads({});
  EXPECT_EQ(none.first, PayloadType::kNone);
  EXPECT_TRUE(none.chain.empty());
}

TEST(NotifyFor, TellsVersionAndSyntaxApart) {
  EXPECT_EQ(NotifyFor({DecodeError::kMajorVersion}).type, NotifyType::kInvalidMajorVersion);
  EXPECT_EQ(NotifyFor({DecodeError::kTsRange, 44}).type, NotifyType::kInvalidSyntax);
}

TEST(Names, NumbersWithoutANameComeOutAsNumbers) {
  EXPECT_EQ(ToString(NotifyType::kNoProposalChosen), "NO_PROPOSAL_CHOSEN");
  EXPECT_EQ(ToString(static_cast<NotifyType>(41999)), "41999");
  EXPECT_EQ(ToString(static_cast<ExchangeType>(99)), "99");
  EXPECT_EQ(ToString(AuthMethod::kSharedKey), "PSK");
  EXPECT_EQ(ToString(ProtocolId::kEsp), "ESP");
  EXPECT_TRUE(IsError(NotifyType::kChildSaNotFound));
  EXPECT_FALSE(IsError(NotifyType::kInitialContact));
}

}  // namespace
}  // namespace culvert::wire::ikev2
