// SPDX-License-Identifier: Apache-2.0
// Transport mode in the negotiation (RFC 7296 1.3.1, 2.23.1).
#include "services/iked/engine/transport.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

TunnelConfig Hosts() {
  TunnelConfig t = Tunnel();
  t.local_subnets = t.remote_subnets = {};
  t.mode = EspMode::kTransport;
  return t;
}

TEST(TransportMode, IsAskedForAndGranted_7) {
  MockWire wire;
  wire.Connect(Hosts());
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_TRUE(wire.a.Child().sa.transport);
  EXPECT_TRUE(wire.b.Child().sa.transport);
  EXPECT_TRUE(wire.a.IkeSa().children.front().transport);
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.local_selectors), "192.0.2.1/32");
  ExpectCarries(wire.a, wire.b);
}

TEST(TransportMode, StaysThroughRekeysByEitherSide) {
  MockWire wire;
  wire.Connect(Hosts());
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Advance(absl::Seconds(10));
  wire.b.Handle(Rekey{1, "t", Part::kAll});
  wire.Advance(absl::Seconds(40));
  EXPECT_TRUE(wire.a.Child().sa.transport);
  ExpectCarries(wire.a, wire.b);
}

TEST(TransportMode, APeerInTunnelModeIsRefusedByName_7) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Hosts());
  of_b.mode = EspMode::kTunnel;
  wire.b.Configure({of_b});
  wire.a.Configure({Hosts()});
  wire.Run();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kTransportRefused);
  EXPECT_EQ(wire.a.LastDiagnosis()->field, "tunnels[t].esp.mode");
  EXPECT_TRUE(wire.a.LiveChildren().empty());
}

TEST(TransportMode, ATunnelIsTheFallbackWhereThatIsAllowed_7) {
  MockWire wire;
  TunnelConfig of_a = Hosts();
  of_a.allow_tunnel_fallback = true;
  TunnelConfig of_b = Mirror(Hosts());
  of_b.mode = EspMode::kTunnel;
  wire.b.Configure({of_b});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_FALSE(wire.a.Child().sa.transport);
  EXPECT_FALSE(wire.b.Child().sa.transport);
}

TEST(TransportMode, AResponderInTransportModeRefusesTunnels_7) {
  MockWire wire;
  TunnelConfig of_a = Hosts();
  of_a.mode = EspMode::kTunnel;
  wire.b.Configure({Mirror(Hosts())});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kTransportRefused);
  EXPECT_TRUE(wire.b.LiveChildren().empty());
}

class BehindNat : public ::testing::Test {
 protected:
  BehindNat() {
    wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
    TunnelConfig of_b = Mirror(Hosts());
    of_b.remote_endpoints = {};
    of_b.remote_identity = Id("%any");
    wire.b.Configure({of_b});
  }
  MockWire wire;
};

TEST_F(BehindNat, EachSideSeesItsOwnAddresses_Rfc7296_2_23_1) {
  wire.a.Configure({Hosts()});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.local_selectors), "192.0.2.1/32");
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.remote_selectors), "192.0.2.2/32");
  EXPECT_EQ(ipsec::ToString(wire.b.Child().sa.remote_selectors), "203.0.113.7/32");
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Advance(absl::Seconds(10));
  EXPECT_EQ(ipsec::ToString(wire.b.Child().sa.remote_selectors), "203.0.113.7/32");
}

TEST_F(BehindNat, ASecondHostThatLooksTheSameIsRefusedByName_7) {
  wire.a.Configure({Hosts()});
  wire.Run();
  ASSERT_EQ(wire.b.LiveChildren().size(), 1u);
  // Another host behind the same NAT: another port, another identity.
  wire.nat_port_offset = 20'000;
  TunnelConfig of_other = Hosts();
  of_other.local_identity = Id("another.example");
  wire.a.Restart();
  wire.a.Configure({of_other});
  wire.Run();
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kTransportNatConflict);
  EXPECT_EQ(wire.b.LiveChildren().size(), 1u);
}

TEST(TfcPadding, IsKeptUpUnlessThePeerObjects_Rfc7296_1_3_1) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.tfc = 1000;
  wire.Connect(of_a);
  EXPECT_EQ(wire.a.Child().sa.tfc, 1000u);
  EXPECT_EQ(wire.b.Child().sa.tfc, 1000u);
}

}  // namespace
}  // namespace culvert::iked::testing
