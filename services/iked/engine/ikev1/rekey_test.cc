// SPDX-License-Identifier: Apache-2.0
// Rekeys of both phases of IKEv1, alone and crossing, between two engines.
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/ikev1/testing/tunnel.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Since(const MockWire& wire, size_t from) {
  return {wire.log.begin() + static_cast<std::ptrdiff_t>(from), wire.log.end()};
}

std::set<uint64_t> Ids(const Host& host) {
  std::set<uint64_t> ids;
  for (const InstalledChild* child : host.LiveChildren()) ids.insert(child->sa.id);
  return ids;
}

// Both ends have one IKE SA and one CHILD_SA, the same.
void ExpectOnePair(const MockWire& wire) {
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.a.LiveChildren().size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(Ikev1RekeyChild, NeitherSideSendsBeforeTheOtherHears) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  const uint64_t old_a = wire.a.Child().sa.id;
  const size_t from = wire.log.size();
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  EXPECT_THAT(Since(wire, from), ElementsAre("a QUICK", "b QUICK", "a QUICK"));
  // Message 3 may still be on its way: what it replaces goes on until then.
  EXPECT_EQ(wire.a.LiveChildren().size(), 2u);
  EXPECT_EQ(wire.a.LiveChildren().back()->sa.replaces, old_a);
  EXPECT_EQ(wire.a.LiveChildren().back()->sa.activation, Activation::kOnFirstInbound);
  EXPECT_EQ(wire.b.LiveChildren().back()->sa.activation, Activation::kOnFirstInbound);
  wire.Advance(absl::Seconds(10));
  EXPECT_THAT(Since(wire, from), ElementsAre("a QUICK", "b QUICK", "a QUICK", "a INFORMATIONAL"));
  EXPECT_EQ(wire.a.children[old_a].grace, absl::Seconds(5));
  ExpectOnePair(wire);
}

TEST(Ikev1RekeyChild, TheResponderOfPhase1MayAsWell) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel("aes128-sha256-ecp256", "aes128-sha256"));
  wire.b.Handle(Rekey{1, "t", Part::kChild});
  wire.Advance(absl::Seconds(10));
  EXPECT_EQ(wire.a.children.size(), 2u);
  ExpectOnePair(wire);
}

TEST(Ikev1RekeyChild, CrossingRekeysLeaveOnePair) {
  for (int seed = 0; seed < 8; ++seed) {  // nonces decide: both ways
    SCOPED_TRACE(seed);
    MockWire wire;
    wire.Connect(Ikev1Tunnel());
    for (int i = 0; i < seed; ++i) wire.a.rng.Take(1);
    wire.a.Handle(Rekey{1, "t", Part::kChild});
    wire.b.Handle(Rekey{1, "t", Part::kChild});
    wire.Run();
    wire.Advance(absl::Seconds(30));
    ExpectOnePair(wire);
    EXPECT_EQ(Ids(wire.a).size(), 1u);
  }
}

// b's request is lost at first, and comes when ours is through already: it was made for the same CHILD_SA.
TEST(Ikev1RekeyChild, ALateCrossingLeavesOnePair) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  bool lost = false;
  wire.passes = [&lost](InFlight& flight) { return flight.text != "b QUICK" || std::exchange(lost, true); };
  wire.b.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  ASSERT_TRUE(lost);
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Advance(absl::Seconds(30));
  ExpectOnePair(wire);
}

TEST(Ikev1RekeyChild, AHundredTimesByItself_19) {
  MockWire wire;
  TunnelConfig of_a = Ikev1Tunnel();
  of_a.esp_lifetime = absl::Seconds(60);
  of_a.esp_rekey_margin = absl::Seconds(6);
  wire.Connect(of_a);
  bool gap = false;
  for (int i = 0; i < 6000; ++i) {
    wire.Advance(absl::Seconds(1));
    gap = gap || wire.a.LiveChildren().empty() || wire.b.LiveChildren().empty();
    ASSERT_LE(wire.a.IkeSa().children.size(), 3u) << i;
  }
  EXPECT_FALSE(gap);
  EXPECT_GE(wire.a.children.size(), 100u);
  EXPECT_EQ(Count(wire.log, "a MAIN"), 3);
}

TEST(Ikev1RekeyIke, ANewPhase1TakesTheChildren) {
  MockWire wire;
  wire.Connect(SixPairs());
  const std::set<uint64_t> before = Ids(wire.a);
  const IkeSaView old = wire.a.IkeSa();
  const size_t from = wire.log.size();
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  EXPECT_THAT(Since(wire, from), ElementsAre("a MAIN", "b MAIN", "a MAIN", "b MAIN", "a MAIN", "b MAIN"));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  wire.Advance(absl::Seconds(10));
  EXPECT_THAT(Since(wire, from),
              ElementsAre("a MAIN", "b MAIN", "a MAIN", "b MAIN", "a MAIN", "b MAIN", "a INFORMATIONAL"));
  EXPECT_NE(wire.a.IkeSa().initiator_spi, old.initiator_spi);
  EXPECT_EQ(Ids(wire.a), before);
  EXPECT_EQ(wire.b.IkeSa().children.size(), 6u);
  EXPECT_TRUE(wire.b.Saw(EventType::kIkeSaRekeyed));
  ExpectCarries(wire.a, wire.b);
  // They are rekeyed under the new one.
  wire.b.Handle(Rekey{2, "t", Part::kChild});
  wire.Advance(absl::Seconds(30));
  EXPECT_EQ(Ids(wire.a).size(), 6u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Ikev1RekeyIke, ByTheResponderTheRolesTurn) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  wire.b.Handle(Rekey{1, "t", Part::kIke});
  wire.Advance(absl::Seconds(10));
  EXPECT_TRUE(wire.b.IkeSa().initiator);
  EXPECT_FALSE(wire.a.IkeSa().initiator);
  ExpectOnePair(wire);
}

TEST(Ikev1RekeyIke, CrossingPhase1sLeaveOne) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  const std::set<uint64_t> before = Ids(wire.a);
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.b.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(Ids(wire.a), before);
  ExpectOnePair(wire);
}

// Soon after is not at once: the newest is what its maker wants.
TEST(Ikev1RekeyIke, OneAfterAnotherIsNoCrossing) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  for (int i = 0; i < 8; ++i) {  // cookies must not decide
    SCOPED_TRACE(i);
    Host& maker = i % 2 == 0 ? wire.b : wire.a;
    maker.Handle(Rekey{1, "t", Part::kIke});
    wire.Advance(absl::Seconds(10));
    EXPECT_TRUE(maker.IkeSa().initiator);
    ExpectOnePair(wire);
  }
}

TEST(Ikev1RekeyIke, WhatIsUnderWayEndsFirst) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  bool lost = false;  // b's answer, once: the Quick Mode lasts longer than the new Phase 1
  wire.passes = [&lost](InFlight& flight) { return flight.text != "b QUICK" || std::exchange(lost, true); };
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.a.Handle(Rekey{2, "t", Part::kIke});
  wire.Run();
  ASSERT_TRUE(lost);
  wire.Advance(absl::Seconds(30));
  EXPECT_EQ(wire.a.children.size(), 2u);
  ExpectOnePair(wire);
}

TEST(Ikev1RekeyIke, ByItselfBeforeTheLifetimeEnds) {
  MockWire wire;
  TunnelConfig of_a = Ikev1Tunnel();
  of_a.ike_lifetime = absl::Minutes(10);
  of_a.ike_rekey_margin = absl::Minutes(1);
  wire.Connect(of_a);
  bool gap = false;
  for (int i = 0; i < 120; ++i) {
    wire.Advance(absl::Minutes(1));
    gap = gap || wire.a.LiveChildren().empty() || wire.b.LiveChildren().empty();
  }
  EXPECT_FALSE(gap);
  ExpectOnePair(wire);
}

TEST(Ikev1RekeyIke, TheShorterLifetimeHolds) {
  MockWire wire;
  TunnelConfig of_a = Ikev1Tunnel();
  TunnelConfig of_b = Mirror(of_a);
  of_a.ike_lifetime = absl::Minutes(10);
  wire.b.Configure({of_b});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.a.IkeSa().life_time, absl::Minutes(10));
  EXPECT_EQ(wire.b.IkeSa().life_time, absl::Minutes(10));
}

}  // namespace
}  // namespace culvert::iked::testing
