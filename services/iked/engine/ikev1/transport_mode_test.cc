// SPDX-License-Identifier: Apache-2.0
// Transport mode of IKEv1: in the open, and through a NAT (RFC 3947 5).
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/ikev1/testing/tunnel.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

TunnelConfig Hosts() {
  TunnelConfig tunnel = Ikev1Tunnel();
  tunnel.local_subnets = tunnel.remote_subnets = {};
  tunnel.mode = EspMode::kTransport;
  return tunnel;
}

TEST(Ikev1Transport, IsAskedForAndGranted_7) {
  MockWire wire;
  wire.Connect(Hosts());
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_TRUE(wire.a.Child().sa.transport);
  EXPECT_TRUE(wire.b.Child().sa.transport);
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.local_selectors), "192.0.2.1/32");
  ExpectCarries(wire.a, wire.b);
}

// IKEv1's mode is part of the proposal: there is nothing else to grant.
TEST(Ikev1Transport, AnotherModeIsRefusedByName_7) {
  for (const bool transport_at_a : {true, false}) {
    MockWire wire;
    TunnelConfig of_a = Hosts();
    TunnelConfig of_b = Mirror(Hosts());
    (transport_at_a ? of_b : of_a).mode = EspMode::kTunnel;
    wire.b.Configure({of_b});
    wire.a.Configure({of_a});
    wire.Run();
    ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
    EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kTransportRefused);
    EXPECT_TRUE(wire.b.LiveChildren().empty());
  }
}

TEST(Ikev1Transport, AResponderMayFallBackToATunnel_7) {
  MockWire wire;
  TunnelConfig of_a = Hosts();
  of_a.mode = EspMode::kTunnel;
  TunnelConfig of_b = Mirror(Hosts());
  of_b.allow_tunnel_fallback = true;
  wire.b.Configure({of_b});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_FALSE(wire.b.Child().sa.transport);
}

TEST(Ikev1Transport, BehindANatEachSideSeesItsOwnAddresses_Rfc3947_5) {
  MockWire wire;
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
  TunnelConfig of_b = Mirror(Hosts());
  of_b.remote_endpoints = {};
  of_b.remote_identity = Id("%any");
  wire.b.Configure({of_b});
  wire.a.Configure({Hosts()});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_TRUE(wire.b.Child().sa.path.udp_encapsulation);
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.local_selectors), "192.0.2.1/32");
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.remote_selectors), "192.0.2.2/32");
  EXPECT_EQ(ipsec::ToString(wire.b.Child().sa.remote_selectors), "203.0.113.7/32");
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Advance(absl::Seconds(10));
  EXPECT_EQ(ipsec::ToString(wire.b.Child().sa.remote_selectors), "203.0.113.7/32");
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

}  // namespace
}  // namespace culvert::iked::testing
