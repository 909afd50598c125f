// SPDX-License-Identifier: Apache-2.0
// Both phases of IKEv1 between two engines: from the first message to a tunnel that carries (fields.md 4, 5).
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::ElementsAre;

TunnelConfig Ikev1(IkeMode mode) {
  TunnelConfig tunnel = Tunnel("3des-sha1-modp1536", "3des-sha1-modp1536");
  tunnel.version = IkeVersion::kIkev1;
  tunnel.ike_mode = mode;
  tunnel.allow_weak_aggressive_psk = true;
  return tunnel;
}

TEST(Ikev1Tunnel, MainModeTakesNineMessages) {
  MockWire wire;
  wire.Connect(Ikev1(IkeMode::kMain));
  EXPECT_THAT(wire.log,
              ElementsAre("a MAIN", "b MAIN", "a MAIN", "b MAIN", "a MAIN", "b MAIN", "a QUICK", "b QUICK", "a QUICK"));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
  EXPECT_EQ(wire.a.IkeSa().version, 1);
  EXPECT_EQ(wire.a.IkeSa().local_auth, "psk");
}

TEST(Ikev1Tunnel, AggressiveModeTakesSix) {
  MockWire wire;
  wire.Connect(Ikev1(IkeMode::kAggressive));
  EXPECT_THAT(wire.log, ElementsAre("a AGGRESSIVE", "b AGGRESSIVE", "a AGGRESSIVE", "a QUICK", "b QUICK", "a QUICK"));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

// fields.md 13: with FORCE, no ESP goes but in UDP.
TEST(Ikev1Tunnel, EncapsulationIsForced) {
  MockWire wire;
  TunnelConfig of_a = Ikev1(IkeMode::kMain);
  of_a.encapsulation = Encapsulation::kForce;
  wire.Connect(of_a);
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_TRUE(wire.a.Child().sa.path.udp_encapsulation);
  EXPECT_TRUE(wire.b.Child().sa.path.udp_encapsulation);
}

TEST(Ikev1Tunnel, BothSidesMayBegin) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Ikev1(IkeMode::kMain));
  of_b.startup = Startup::kStart;
  wire.b.Configure({of_b});
  wire.a.Configure({Ikev1(IkeMode::kMain)});
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
}

// reliability.md: 30 % of all datagrams lost.
TEST(Ikev1Tunnel, ComesUpThroughLoss) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    MockWire wire;
    SeededRng dice(seed);
    wire.passes = [&](const InFlight&) {
      uint8_t roll = 0;
      dice.Fill({&roll, 1});
      return roll >= 77;
    };
    wire.b.Configure({Mirror(Ikev1(seed % 2 == 0 ? IkeMode::kMain : IkeMode::kAggressive))});
    wire.a.Configure({Ikev1(seed % 2 == 0 ? IkeMode::kMain : IkeMode::kAggressive)});
    EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Minutes(3)));
  }
}

// A peer that was restarted and calls anew takes the place of what it forgot (INITIAL-CONTACT).
TEST(Ikev1Tunnel, ARestartedPeerTakesItsOwnPlace) {
  MockWire wire;
  wire.Connect(Ikev1(IkeMode::kMain));
  wire.a.Restart();
  wire.a.Configure({Ikev1(IkeMode::kMain)});
  wire.Advance(absl::Seconds(10));
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.LiveChildren().size(), 1u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Ikev1Tunnel, DownTellsThePeer) {
  MockWire wire;
  wire.Connect(Ikev1(IkeMode::kMain));
  wire.a.Handle(Terminate{.request = 1, .tunnel = "t"});
  wire.Run();
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_TRUE(wire.b.LiveChildren().empty());
}

}  // namespace
}  // namespace culvert::iked::testing
