// SPDX-License-Identifier: Apache-2.0
// ike.reauth: instead of a rekey, a new IKE SA beside the one that lives, which goes when the new one stands (RFC 7296
// 2.8.3).
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

TunnelConfig Reauthenticating() {
  TunnelConfig of_a = Tunnel();
  of_a.reauth = true;
  of_a.ike_lifetime = absl::Minutes(10);
  of_a.ike_rekey_margin = absl::Minutes(1);
  of_a.rekey_jitter_percent = 0;
  return of_a;
}

TEST(Reauthentication, MakesBeforeItBreaks) {
  MockWire wire;
  wire.Connect(Reauthenticating());
  const uint64_t old_ike = wire.a.IkeSa().initiator_spi;
  const uint64_t old_child = wire.a.Child().sa.id;
  bool gap = false;
  wire.Until(
      [&] {
        gap = gap || wire.a.LiveChildren().empty() || wire.b.LiveChildren().empty();
        return wire.a.children.size() > 1 && wire.a.engine->IkeSas().size() == 1;
      },
      absl::Minutes(10));
  EXPECT_FALSE(gap);
  EXPECT_NE(wire.a.IkeSa().initiator_spi, old_ike);
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0"), 2);
  EXPECT_EQ(wire.a.children[old_child].grace, absl::Seconds(5));  // stragglers are still received
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Reauthentication, IsWhatTheViewsTell) {
  MockWire wire;
  wire.Connect(Reauthenticating());
  EXPECT_EQ(wire.a.IkeSa().reauth_in, absl::Minutes(9));
  EXPECT_EQ(wire.a.IkeSa().rekey_in, absl::InfiniteDuration());
  EXPECT_EQ(wire.b.IkeSa().reauth_in, absl::InfiniteDuration());  // it waits to be called
  MockWire rekeying;
  rekeying.Connect(Tunnel());
  EXPECT_EQ(rekeying.a.IkeSa().reauth_in, absl::InfiniteDuration());
  EXPECT_LT(rekeying.a.IkeSa().rekey_in, absl::Hours(8));
}

TEST(Reauthentication, WhateverUniqueSays) {
  MockWire wire;
  TunnelConfig of_a = Reauthenticating();
  of_a.unique = Unique::kAllow;
  wire.Connect(of_a);
  wire.Advance(absl::Minutes(11));
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Reauthentication, IsTheDialersToDo) {
  MockWire wire;
  wire.Connect(Reauthenticating());
  wire.Advance(absl::Hours(2));
  EXPECT_EQ(Count(wire.log, "b IKE_SA_INIT request 0"), 0);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(Reauthentication, IsTriedAgainWhileTheOldOneLives) {
  MockWire wire;
  wire.Connect(Reauthenticating());
  int refused = 0;
  wire.passes = [&](InFlight& flight) {
    return flight.text != "a IKE_SA_INIT request 0" || ++refused > 9;  // seven to an attempt
  };
  wire.Advance(absl::Seconds(9 * 60 + 45));
  EXPECT_GT(refused, 9);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_FALSE(wire.a.Saw(EventType::kIkeSaRekeyed));
  ExpectCarries(wire.a, wire.b);
}

}  // namespace
}  // namespace culvert::iked::testing
