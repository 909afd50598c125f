// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/nat.h"

#include "gtest/gtest.h"
#include "services/iked/engine/testing/virtual_world.h"

namespace culvert::iked {
namespace {

const base::Endpoint kA{*base::IpAddress::Parse("192.0.2.1"), 500};
const base::Endpoint kB{*base::IpAddress::Parse("192.0.2.2"), 500};
const base::Endpoint kTranslated{*base::IpAddress::Parse("203.0.113.7"), 1500};

wire::ikev2::Message FromA(Encapsulation encapsulation) {
  testing::SeededRng rng(1);
  wire::ikev2::Message message;
  AppendNatDetection(message.payloads, 1, 0, kA, kB, encapsulation, rng);
  return message;
}

TEST(NatDetection, SeesWhoStandsBehindOne) {
  const wire::ikev2::Message message = FromA(Encapsulation::kAuto);
  const NatSituation none = JudgeNat(message, 1, 0, kB, kA, Encapsulation::kAuto);
  EXPECT_TRUE(none.detection);
  EXPECT_FALSE(none.encapsulate());
  EXPECT_TRUE(JudgeNat(message, 1, 0, kB, kTranslated, Encapsulation::kAuto).remote);
  EXPECT_TRUE(JudgeNat(message, 1, 0, kTranslated, kA, Encapsulation::kAuto).local);
  EXPECT_TRUE(JudgeNat(message, 2, 0, kB, kA, Encapsulation::kAuto).remote);  // another SPI, another hash
}

TEST(NatDetection, ForceLooksLikeANatToThePeer) {
  EXPECT_TRUE(JudgeNat(FromA(Encapsulation::kForce), 1, 0, kB, kA, Encapsulation::kAuto).remote);
  EXPECT_TRUE(JudgeNat(FromA(Encapsulation::kAuto), 1, 0, kB, kA, Encapsulation::kForce).encapsulate());
}

TEST(NatDetection, NeverIsSilentAndDeaf) {
  EXPECT_TRUE(FromA(Encapsulation::kNever).payloads.empty());
  EXPECT_FALSE(JudgeNat(FromA(Encapsulation::kForce), 1, 0, kB, kA, Encapsulation::kNever).encapsulate());
}

TEST(NatDetection, APeerWithoutItIsNotEncapsulatedHoweverForced) {
  EXPECT_FALSE(JudgeNat({}, 1, 0, kB, kA, Encapsulation::kForce).encapsulate());
}

// The hash of RFC 7296 2.23, computed independently: SHA-1(SPIi | SPIr | 192.0.2.1 | 500).
TEST(NatDetection, HashIsOfSpisAddressAndPort) {
  EXPECT_EQ(base::ToHex(NatDetectionHash(0x0102030405060708, 0, kA)), "644b4575455bd6fcc1efe2be8162a9218e448e5f");
}

}  // namespace
}  // namespace culvert::iked
