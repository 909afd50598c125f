// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/protected.h"

#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"

namespace culvert::wire::ikev2 {
namespace {

using base::Bytes;
using base::ByteView;
using base::FromHex;
using base::Secret;
using base::ToHex;

// 0x10, 0x11, 0x12, … : the IV of RFC 7634's example.
class CountingRng final : public base::Rng {
 public:
  void Fill(base::MutableByteView out) override {
    for (uint8_t& octet : out) octet = next_++;
  }

 private:
  uint8_t next_ = 0x10;
};

crypto::Cipher CipherOf(absl::string_view text, uint8_t fill = 0x42) {
  const auto proposal = ipsec::ParseProposal(ipsec::Protocol::kIke, text).value();
  ipsec::Suite suite;
  suite.encr = proposal.encr.front();
  suite.integ = proposal.integ.empty() ? nullptr : proposal.integ.front();
  return crypto::Cipher::Create(suite, Secret::CopyOf(Bytes(suite.encr->keymat_bytes(), fill)),
                                Secret::CopyOf(Bytes(suite.integ == nullptr ? 0 : suite.integ->key_bytes, fill)))
      .value();
}

Message Auth(size_t certificate_size = 100) {
  Message message;
  message.header = {
      .initiator_spi = 1, .responder_spi = 2, .exchange_type = 35, .flags = kFlagInitiator, .message_id = 1};
  message.payloads = {Payload(PayloadType::kIdI, IdPayload{{ipsec::IdType::kFqdn, {'g', 'w'}}}),
                      CertPayload{CertEncoding::kX509Signature, Bytes(certificate_size, 0x30)},
                      AuthPayload{AuthMethod::kSharedKey, Bytes(32, 7)}};
  return message;
}

// RFC 7634 appendix B: a whole IKEv2 message, SET_WINDOW_SIZE of 10.
TEST(SealMessage, Rfc7634AppendixB) {
  ipsec::Suite suite;
  suite.encr = ipsec::FindKeyword("chacha20poly1305");
  const crypto::Cipher cipher =
      crypto::Cipher::Create(
          suite, Secret::CopyOf(FromHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3")),
          Secret())
          .value();
  const Bytes datagram = FromHex(
      absl::StrReplaceAll("c0c1c2c3c4c5c6c7 d0d1d2d3d4d5d6d7 2e202500 00000009 00000045"
                          "29000029 1011121314151617 61039470 1f8d017f 7c129248 89 6b71bfe2 5236efd7 cdc67066 906315b2",
                          {{" ", ""}}));

  const auto message = OpenMessage(cipher, datagram);
  ASSERT_TRUE(message.ok()) << message.malformed().ToString();
  EXPECT_EQ(message->ToString(), "INFORMATIONAL request 9 [N(SET_WINDOW_SIZE)]");
  EXPECT_EQ(message->GetNotify(NotifyType::kSetWindowSize)->data, (Bytes{0, 0, 0, 10}));

  CountingRng rng;
  EXPECT_EQ(ToHex(SealMessage(cipher, *message, rng)), ToHex(datagram));
}

class EveryCipher : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryCipher, OpensWhatWasSealedAndNoChangedOctet) {
  const crypto::Cipher cipher = CipherOf(GetParam());
  CountingRng rng;
  const Bytes datagram = SealMessage(cipher, Auth(), rng);
  EXPECT_EQ(SealedIn(datagram), PayloadType::kSk);
  const auto opened = OpenMessage(cipher, datagram);
  ASSERT_TRUE(opened.ok()) << opened.malformed().ToString();
  EXPECT_EQ(opened->payloads, Auth().payloads);
  EXPECT_EQ(opened->header.message_id, 1u);
  for (size_t i = 0; i < datagram.size(); ++i) {
    Bytes changed = datagram;
    changed[i] ^= 1;
    EXPECT_FALSE(OpenMessage(cipher, changed).ok()) << "octet " << i;
  }
  EXPECT_EQ(OpenMessage(CipherOf(GetParam(), 0x43), datagram).error(), DecodeError::kIntegrity);
}

TEST_P(EveryCipher, AnEmptyMessageIsSealedToo) {
  const crypto::Cipher cipher = CipherOf(GetParam());
  CountingRng rng;
  Message dpd;
  dpd.header = {.initiator_spi = 1, .responder_spi = 2, .exchange_type = 37, .message_id = 5};
  const auto opened = OpenMessage(cipher, SealMessage(cipher, dpd, rng));
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->payloads.empty());
}

TEST_P(EveryCipher, FragmentsCarryTheWholeAndFitTheirSize) {
  const crypto::Cipher cipher = CipherOf(GetParam());
  const Message message = Auth(3000);
  for (const size_t max_size : {128u, 576u, 1280u}) {
    CountingRng rng;
    Bytes chain;
    PayloadType first = PayloadType::kNone;
    const std::vector<Bytes> fragments = SealFragments(cipher, message, max_size, rng);
    ASSERT_GT(fragments.size(), 1u);
    for (size_t i = 0; i < fragments.size(); ++i) {
      EXPECT_LE(fragments[i].size(), max_size);
      EXPECT_EQ(SealedIn(fragments[i]), PayloadType::kSkf);
      const auto fragment = OpenFragment(cipher, fragments[i]);
      ASSERT_TRUE(fragment.ok()) << fragment.malformed().ToString();
      EXPECT_EQ(fragment->number, i + 1);
      EXPECT_EQ(fragment->total, fragments.size());
      EXPECT_EQ(fragment->header.message_id, 1u);
      if (i == 0) first = fragment->first_inner;
      chain.insert(chain.end(), fragment->text.begin(), fragment->text.end());
    }
    const auto payloads = DecodePayloads(first, chain);
    ASSERT_TRUE(payloads.ok());
    EXPECT_EQ(*payloads, message.payloads);
  }
}

TEST_P(EveryCipher, AFragmentIsNotForged) {
  const crypto::Cipher cipher = CipherOf(GetParam());
  CountingRng rng;
  const Bytes fragment = SealFragments(cipher, Auth(3000), 1280, rng).front();
  for (size_t i = 0; i < kIkeHeaderSize + kPayloadHeaderSize + 4; ++i) {  // number and total among them
    Bytes changed = fragment;
    changed[i] ^= 2;
    EXPECT_FALSE(OpenFragment(cipher, changed).ok()) << "octet " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(SealMessage, EveryCipher,
                         ::testing::Values("aes256gcm16-prfsha384-x25519", "chacha20poly1305-prfsha256-x25519",
                                           "aes128-sha256-modp2048", "3des-sha1-modp1536", "des-md5-modp768"));

TEST(SealFragments, WhatFitsIsPlainSk) {
  const crypto::Cipher cipher = CipherOf("aes256gcm16-prfsha384-x25519");
  CountingRng rng;
  const Message message = Auth();
  const std::vector<Bytes> one = SealFragments(cipher, message, 1280, rng);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(SealedIn(one.front()), PayloadType::kSk);
  EXPECT_EQ(SealFragments(cipher, message, one.front().size(), rng).size(), 1u);
  EXPECT_EQ(SealFragments(cipher, message, one.front().size() - 1, rng).size(), 2u);
}

TEST(OpenMessage, RefusesWhatIsNotSealedOrNotAlone) {
  const crypto::Cipher cipher = CipherOf("aes256gcm16-prfsha384-x25519");
  CountingRng rng;
  Message clear = Auth();
  EXPECT_EQ(OpenMessage(cipher, EncodeMessage(clear)).error(), DecodeError::kNotProtected);
  EXPECT_EQ(SealedIn(EncodeMessage(clear)), PayloadType::kNone);
  EXPECT_EQ(SealedIn({}), PayloadType::kNone);
  clear.payloads.clear();
  EXPECT_EQ(OpenMessage(cipher, EncodeMessage(clear)).error(), DecodeError::kNotProtected);

  // An unknown payload in clear, slipped in before SK or SKF.
  const Payload unknown(static_cast<PayloadType>(200), UnknownPayload{{1, 2, 3}});
  clear.payloads = {unknown, SkPayload{PayloadType::kNone, Bytes(64)}};
  EXPECT_EQ(OpenMessage(cipher, EncodeMessage(clear)).malformed(), (Malformed{DecodeError::kUnprotectedPayload, 200}));
  clear.payloads = {unknown, SkfPayload{PayloadType::kNone, 1, 2, Bytes(64)}};
  EXPECT_EQ(OpenFragment(cipher, EncodeMessage(clear)).malformed(), (Malformed{DecodeError::kUnprotectedPayload, 200}));

  // One for the other.
  EXPECT_EQ(OpenFragment(cipher, SealMessage(cipher, Auth(), rng)).error(), DecodeError::kNotProtected);
  EXPECT_EQ(OpenMessage(cipher, SealFragments(cipher, Auth(3000), 1280, rng).front()).error(),
            DecodeError::kNotProtected);
}

TEST(OpenMessage, ShortBodies) {
  const crypto::Cipher cipher = CipherOf("aes128-sha256-modp2048");
  for (size_t size = 0; size < 64; ++size) {
    Message message = Auth();
    message.payloads = {SkPayload{PayloadType::kNone, Bytes(size)}};
    EXPECT_EQ(OpenMessage(cipher, EncodeMessage(message)).error(), DecodeError::kIntegrity) << size;
    message.payloads = {SkfPayload{PayloadType::kNone, 1, 2, Bytes(size)}};
    EXPECT_EQ(OpenFragment(cipher, EncodeMessage(message)).error(), DecodeError::kIntegrity) << size;
  }
}

// An authentic peer that lies about its padding (RFC 7296 3.14).
TEST(OpenMessage, PadLengthBeyondTheText) {
  const crypto::Cipher cipher = CipherOf("aes256gcm16-prfsha384-x25519");
  Message message = Auth();
  Bytes body(8 + 4 + 16);
  body[8 + 3] = 4;  // four octets of text, the last of which says: four more are padding
  message.payloads = {SkPayload{PayloadType::kNone, body}};
  Bytes datagram = EncodeMessage(message);
  const base::MutableByteView view(datagram);
  cipher.Seal(view.first(kIkeHeaderSize + kPayloadHeaderSize), view.subspan(kIkeHeaderSize + kPayloadHeaderSize));
  EXPECT_EQ(OpenMessage(cipher, datagram).error(), DecodeError::kPadding);
}

}  // namespace
}  // namespace culvert::wire::ikev2
