// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/protected.h"

#include <gtest/gtest.h>

#include "libs/crypto/ikev1_keys.h"

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::FromHex;
using base::ToHex;

const ipsec::Algorithm& Cipher(absl::string_view keyword) {
  return *ipsec::FindKeyword(keyword);
}

Message Delete(uint32_t spi) {
  return {HeaderOf({0x1122334455667788, 0x99aabbccddeeff00}, ExchangeType::kInformational, 0x0badcafe),
          {HashPayload{Bytes(20, 7)}, DeletePayload{ProtocolId::kEsp, {}, {spi}}}};
}

TEST(Ikev1Protected, WhatIsSealedOpensWithEveryCipher) {
  for (const char* keyword : {"des", "3des", "aes128", "aes192", "aes256"}) {
    const ipsec::Algorithm& encr = Cipher(keyword);
    const Bytes key(encr.key_bytes, 3), iv(encr.iv_bytes, 4);
    const SealedMessage sealed = SealMessage(encr, key, iv, Delete(0xc0000001));
    EXPECT_EQ((sealed.datagram.size() - kIkeHeaderSize) % encr.block_bytes, 0u);
    EXPECT_EQ(ToHex(sealed.next_iv), ToHex(sealed.datagram).substr(2 * (sealed.datagram.size() - encr.block_bytes)));
    const auto opened = OpenMessage(encr, key, iv, sealed.datagram);
    ASSERT_TRUE(opened.ok()) << keyword << opened.malformed().ToString();
    EXPECT_EQ(opened->message.payloads, Delete(0xc0000001).payloads);
    EXPECT_TRUE(opened->message.header.encrypted());
    EXPECT_EQ(opened->next_iv, sealed.next_iv);
  }
}

// The whole of an Informational exchange as RFC 2409 has it. The figures are openssl's (enc -aes-128-cbc -nopad).
TEST(Ikev1Protected, OctetForOctet) {
  const Bytes key = FromHex("000102030405060708090a0b0c0d0e0f");
  const Bytes iv = crypto::ExchangeIv(crypto::Hash::kSha1, Bytes(16, 0xaa), 0x0badcafe, Cipher("aes128"));
  EXPECT_EQ(ToHex(iv), "ad16490c55808aaf8cd1c4c4d244f02c");
  EXPECT_EQ(ToHex(SealMessage(Cipher("aes128"), key, iv, Delete(0xc0000001)).datagram),
            "1122334455667788"
            "99aabbccddeeff00"
            "08100501"
            "0badcafe"
            "0000004c"
            "c9cb4569739a9416639645095fff1cebd4061982f94becf4591c28166e5a06ee8a5dadc7fd4d4e18b4c8d7d584c75758");
}

// Each message's IV is the last block of the one before: out of order, nothing opens.
TEST(Ikev1Protected, TheIvIsAChain) {
  const ipsec::Algorithm& encr = Cipher("aes128");
  const Bytes key(16, 1), iv(16, 2);
  const SealedMessage first = SealMessage(encr, key, iv, Delete(1));
  const SealedMessage second = SealMessage(encr, key, first.next_iv, Delete(2));
  const auto opened = OpenMessage(encr, key, iv, first.datagram);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(OpenMessage(encr, key, opened->next_iv, second.datagram)->message.payloads, Delete(2).payloads);
  EXPECT_FALSE(OpenMessage(encr, key, iv, second.datagram).ok());
}

TEST(Ikev1Protected, NoiseOfTheWrongKeyIsRefused) {
  const ipsec::Algorithm& encr = Cipher("aes128");
  const SealedMessage sealed = SealMessage(encr, Bytes(16, 1), Bytes(16, 2), Delete(1));
  int refused = 0;
  for (uint8_t key = 2; key < 102; ++key) {
    if (!OpenMessage(encr, Bytes(16, key), Bytes(16, 2), sealed.datagram).ok()) ++refused;
  }
  EXPECT_EQ(refused, 100);
}

TEST(Ikev1Protected, RefusesWhatIsNoCiphertext) {
  const ipsec::Algorithm& encr = Cipher("aes128");
  const Bytes key(16, 1), iv(16, 2);
  const auto error_of = [&](Bytes datagram) {
    datagram[kHeaderLengthAt + 3] = static_cast<uint8_t>(datagram.size());
    return OpenMessage(encr, key, iv, datagram).error();
  };
  Bytes sealed = SealMessage(encr, key, iv, Delete(1)).datagram;
  EXPECT_EQ(error_of(Bytes(sealed.begin(), sealed.begin() + kIkeHeaderSize)), DecodeError::kCiphertext);
  EXPECT_EQ(error_of(Bytes(sealed.begin(), sealed.end() - 1)), DecodeError::kCiphertext);
  sealed[19] = 0;
  EXPECT_EQ(error_of(sealed), DecodeError::kEncryptionFlag);
}

}  // namespace
}  // namespace culvert::wire::ikev1
