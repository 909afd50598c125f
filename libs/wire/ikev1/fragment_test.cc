// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/fragment.h"

#include <gtest/gtest.h>

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::FromHex;
using Outcome = FragmentAssembly::Outcome;

// An encrypted message of 1500 octets or so; what is inside does not matter here.
Bytes LongMessage() {
  Message message{HeaderOf({0x1122334455667788, 0x99aabbccddeeff00}, ExchangeType::kMain),
                  {CertPayload{CertEncoding::kX509Signature, Bytes(1497, 0x5a)}}};
  message.header.flags = kFlagV1Encryption;
  return EncodeMessage(message);
}

FragmentPayload FragmentIn(const Bytes& datagram) {
  const auto message = DecodeMessage(datagram);
  EXPECT_TRUE(message.ok());
  EXPECT_EQ(message->payloads.size(), 1u);
  return *message->Get<FragmentPayload>();
}

FragmentPayload Piece(uint8_t number, bool last = false, uint16_t id = 1) {
  return {id, number, last, {number}};
}

TEST(Ikev1Fragment, PiecesInAnyOrderMakeTheWhole) {
  const Bytes whole = LongMessage();
  const std::vector<Bytes> datagrams = SplitMessage(whole, 7, 600);
  ASSERT_EQ(datagrams.size(), 3u);
  FragmentAssembly assembly;
  for (const size_t i : {2, 0, 0, 1}) {
    EXPECT_LE(datagrams[i].size(), 600u);
    const FragmentPayload fragment = FragmentIn(datagrams[i]);
    EXPECT_EQ(fragment.id, 7);
    EXPECT_EQ(fragment.number, i + 1);
    EXPECT_EQ(fragment.last, i == 2);
    const FragmentAssembly::Added added = assembly.Add(fragment);
    EXPECT_EQ(added.outcome, i == 1 ? Outcome::kComplete : Outcome::kWaiting);
    EXPECT_EQ(added.whole, i == 1 ? whole : Bytes{});
  }
  EXPECT_TRUE(assembly.empty());
  EXPECT_EQ(assembly.octets(), 0u);
}

// Whatever it is a piece of, a fragment is of phase 1's exchange, and in clear itself.
TEST(Ikev1Fragment, IsOfPhase1) {
  const auto fragment = DecodeMessage(SplitMessage(LongMessage(), 7, 600, ExchangeType::kAggressive).front());
  ASSERT_TRUE(fragment.ok());
  EXPECT_EQ(fragment->cookies(), (CookiePair{0x1122334455667788, 0x99aabbccddeeff00}));
  EXPECT_EQ(fragment->exchange(), ExchangeType::kAggressive);
  EXPECT_EQ(fragment->header.message_id, 0u);
  EXPECT_FALSE(fragment->header.encrypted());
}

// Main Mode's third message, and Quick Mode's first, as strongSwan 5.9.8 cuts them.
TEST(Ikev1Fragment, AsStrongSwanCutsThem) {
  FragmentAssembly assembly;
  const auto add = [&assembly](const char* hex) { return assembly.Add(FragmentIn(FromHex(hex))).whole; };
  EXPECT_TRUE(add("06a338fb5574583e7f087e1607bc2d658410020000000000000000980000007c0001010006a338fb5574583e7f087e16"
                  "07bc2d650410020000000000000000d40a00006460a99ee70093ab84b73386d25252d3f2426c660881621a5aaf35a06a"
                  "1de6ab4475b7a647b9b064d3d2154ac7aa2689d128e66bf213e807377027ef89e73357f59734d305344aacb541b6ddb5"
                  "c5cd0334ff9c4878")
                  .empty());
  const auto main3 = DecodeMessage(
      add("06a338fb5574583e7f087e1607bc2d658410020000000000000000840000006800010201149ee5e7f5fab609c1a7f796"
          "14000024d2b4006b62ef3ffb19673fb557c157794a6409eb0bfd9b6872442e26bf58c4b61400001869bf66fb16adc585"
          "aff4b44aeca4b422d9db4fff000000186dcad68533e82d57559ddf1d7f6d3ad21c2e0291"));
  ASSERT_TRUE(main3.ok()) << main3.malformed().ToString();
  EXPECT_EQ(main3->ToString(), "MAIN [KE, Nonce, NAT-D, NAT-D]");

  EXPECT_TRUE(add("06a338fb5574583e7f087e1607bc2d65841002000000000000000094000000780001010006a338fb5574583e7f087e16"
                  "07bc2d6508102001d0e68a4d000000bc82477bd62ed6fd43d28fb3cc11b6f26c14ffaef7fcee2b50a54bb1f4fde9b5e6"
                  "30f14c6102a04be8d3126aaca69dcdfb689ec834348669a59b0883f400a57ca5a09786a8e0c721d19c92230839a96222"
                  "6c00836c")
                  .empty());
  const auto quick1 = DecodeIsakmpHeader(
      add("06a338fb5574583e7f087e1607bc2d6584100200000000000000007000000054000102016867f2a7a53c9a689dbed6b0"
          "480dd1cf7b899827a237ad5824242d8c600d838b3f417e0a68dd0bbd513ef29cf7e5dd2eb81e22625d6ca1fb2c8e1cbc"
          "018f83747279a92e8986045777e972e7"));
  ASSERT_TRUE(quick1.ok());
  EXPECT_EQ(quick1->exchange_type, static_cast<uint8_t>(ExchangeType::kQuick));
  EXPECT_TRUE(quick1->encrypted());
}

TEST(Ikev1Fragment, WhatFitsGoesWhole) {
  const Bytes whole = LongMessage();
  EXPECT_EQ(SplitMessage(whole, 7, whole.size()), std::vector<Bytes>{whole});
  EXPECT_EQ(SplitMessage(whole, 7, whole.size() - 1).size(), 2u);
}

TEST(Ikev1Fragment, AnotherIdentifierBeginsAnew) {
  FragmentAssembly assembly;
  EXPECT_EQ(assembly.Add(Piece(1)).outcome, Outcome::kWaiting);
  EXPECT_EQ(assembly.Add(Piece(2, true, 2)).outcome, Outcome::kWaiting);
  EXPECT_EQ(assembly.Add(Piece(1, false, 2)).whole, (Bytes{1, 2}));
}

// strongSwan gives every message the same identifier.
TEST(Ikev1Fragment, OtherOctetsUnderAKnownNumberBeginAnew) {
  FragmentAssembly assembly;
  assembly.Add({1, 1, false, {9}});
  assembly.Add({1, 2, false, {9}});
  EXPECT_EQ(assembly.Add({1, 1, false, {1}}).outcome, Outcome::kWaiting);
  EXPECT_EQ(assembly.octets(), 1u);
  EXPECT_EQ(assembly.Add({1, 2, true, {2}}).whole, (Bytes{1, 2}));
}

TEST(Ikev1Fragment, ContradictionsChangeNothing) {
  FragmentAssembly assembly;
  assembly.Add(Piece(3, true));
  EXPECT_EQ(assembly.Add(Piece(4)).outcome, Outcome::kRefused);        // beyond the last
  EXPECT_EQ(assembly.Add(Piece(2, true)).outcome, Outcome::kRefused);  // another last
  EXPECT_EQ(assembly.Add(Piece(5, true)).outcome, Outcome::kRefused);
  assembly.Add(Piece(1));
  EXPECT_EQ(assembly.Add(Piece(2)).whole, (Bytes{1, 2, 3}));

  assembly.Add(Piece(3));
  EXPECT_EQ(assembly.Add(Piece(2, true)).outcome, Outcome::kRefused);  // the last one is not behind the rest
}

TEST(Ikev1Fragment, IsBounded) {
  FragmentAssembly assembly;
  for (int number = 1; number <= 65; ++number) {
    const FragmentPayload piece{1, static_cast<uint8_t>(number), false, Bytes(1000)};
    EXPECT_EQ(assembly.Add(piece).outcome, Outcome::kWaiting);
  }
  EXPECT_EQ(assembly.Add({1, 66, false, Bytes(1000)}).outcome, Outcome::kRefused);
  EXPECT_EQ(assembly.octets(), 65000u);
}

}  // namespace
}  // namespace culvert::wire::ikev1
