// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/fragment.h"

#include <gtest/gtest.h>

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
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

// A fragment is of the message's exchange, and in clear itself.
TEST(Ikev1Fragment, HasTheHeaderOfItsMessage) {
  const auto fragment = DecodeMessage(SplitMessage(LongMessage(), 7, 600).front());
  ASSERT_TRUE(fragment.ok());
  EXPECT_EQ(fragment->cookies(), (CookiePair{0x1122334455667788, 0x99aabbccddeeff00}));
  EXPECT_EQ(fragment->exchange(), ExchangeType::kMain);
  EXPECT_FALSE(fragment->header.encrypted());
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
