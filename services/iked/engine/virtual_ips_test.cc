// SPDX-License-Identifier: Apache-2.0
// Addresses by configuration payload (RFC 7296 2.19, 3.15): b is the gateway with a pool, a asks.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const base::IpAddress kAny4 = base::IpAddress::AnyOf(base::Family::kIPv4);
const base::IpAddress kAny6 = base::IpAddress::AnyOf(base::Family::kIPv6);

TunnelConfig Client() {
  TunnelConfig t = Tunnel();
  t.local_subnets = {};
  t.virtual_ips = {kAny4};
  return t;
}

TunnelConfig Server() {
  TunnelConfig t = Mirror(Client());
  t.virtual_ips = {};
  t.remote_endpoints = {};
  t.remote_identity = Id("%any");
  t.virtual_ip_pools = {"road"};
  return t;
}

EngineConfig WithPool(std::vector<std::string> ranges) {
  EngineConfig config = WithSecret("correct horse battery staple");
  PoolConfig pool{.name = "road", .ranges = {}, .dns = {*base::IpAddress::Parse("10.2.0.53")}};
  for (const std::string& range : ranges) pool.ranges.push_back(*ipsec::TrafficSelector::Parse(range));
  config.pools = {pool};
  return config;
}

std::vector<std::string> OnTheBox(const Host& host) {
  std::vector<std::string> texts;
  const auto it = host.virtual_ips.find("t");
  if (it == host.virtual_ips.end()) return texts;
  for (const base::IpAddress& address : it->second) texts.push_back(address.ToString());
  return texts;
}

TEST(VirtualIps, AnAddressIsAskedForGivenAndNarrowedTo_Rfc7296_2_19) {
  MockWire wire;
  wire.b.Configure(WithPool({"10.3.0.0/24"}), {Server()});
  wire.a.Configure({Client()});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  EXPECT_THAT(wire.a.IkeSa().local_vips, ElementsAre("10.3.0.1"));
  EXPECT_THAT(wire.b.IkeSa().remote_vips, ElementsAre("10.3.0.1"));
  EXPECT_THAT(OnTheBox(wire.a), ElementsAre("10.3.0.1"));
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.local_selectors), "10.3.0.1/32");
  EXPECT_EQ(ipsec::ToString(wire.b.Child().sa.remote_selectors), "10.3.0.1/32");
  EXPECT_FALSE(wire.a.Saw(EventType::kNarrowed));
  const auto told = std::find_if(wire.a.events.begin(), wire.a.events.end(),
                                 [](const Event& event) { return event.type == EventType::kVirtualIpAssigned; });
  ASSERT_NE(told, wire.a.events.end());
  EXPECT_EQ(told->message, "The peer gave us 10.3.0.1; its name servers are 10.2.0.53.");
  ExpectCarries(wire.a, wire.b);
}

TEST(VirtualIps, BothFamilies) {
  MockWire wire;
  TunnelConfig client = Client();
  client.virtual_ips = {kAny4, kAny6};
  client.remote_subnets = Subnets({"10.2.0.0/24", "2001:db8:2::/48"});
  TunnelConfig server = Server();
  server.local_subnets = client.remote_subnets;
  wire.b.Configure(WithPool({"10.3.0.0/24", "2001:db8:3::5-2001:db8:3::9"}), {server});
  wire.a.Configure({client});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_THAT(OnTheBox(wire.a), ElementsAre("10.3.0.1", "2001:db8:3::5"));
  ExpectCarries(wire.a, wire.b);
}

TEST(VirtualIps, TheySurviveRekeysOfBothKinds) {
  MockWire wire;
  wire.b.Configure(WithPool({"10.3.0.0/24"}), {Server()});
  wire.a.Configure({Client()});
  wire.Run();
  for (const Part part : {Part::kIke, Part::kChild, Part::kIke}) {
    wire.a.Handle(Rekey{1, "t", part});
    wire.Advance(absl::Seconds(40));
    EXPECT_THAT(OnTheBox(wire.a), ElementsAre("10.3.0.1"));
    EXPECT_EQ(ipsec::ToString(wire.a.LiveChildren().front()->sa.local_selectors), "10.3.0.1/32");
    ExpectCarries(wire.a, wire.b);
  }
}

TEST(VirtualIps, GivenBackWithTheIkeSaAndTheSameAgainAfterwards) {
  MockWire wire;
  wire.b.Configure(WithPool({"10.3.0.0/24"}), {Server()});
  wire.a.Configure({Client()});
  wire.Run();
  wire.a.Handle(Terminate{1, "t", Part::kAll});
  wire.Run();
  EXPECT_THAT(OnTheBox(wire.a), IsEmpty());
  EXPECT_TRUE(wire.b.Saw(EventType::kVirtualIpReleased));
  wire.a.Handle(Initiate{2, "t"});
  wire.Run();
  EXPECT_THAT(OnTheBox(wire.a), ElementsAre("10.3.0.1"));
}

TEST(VirtualIps, AnEmptyPoolSaysSoOnBothSides) {
  MockWire wire;
  wire.b.Configure(WithPool({"2001:db8:3::/64"}), {Server()});
  wire.a.Configure({Client()});
  wire.Run();
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kAddressPoolEmpty);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kVirtualIpMissing);
  EXPECT_EQ(wire.a.LastDiagnosis()->received, "INTERNAL_ADDRESS_FAILURE");
  EXPECT_THAT(wire.a.LiveChildren(), IsEmpty());
}

TEST(VirtualIps, AGatewayWithoutPoolsGivesNone) {
  MockWire wire;
  TunnelConfig server = Server();
  server.virtual_ip_pools = {};
  wire.b.Configure({server});
  wire.a.Configure({Client()});
  wire.Run();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kVirtualIpMissing);
  EXPECT_THAT(wire.a.LiveChildren(), IsEmpty());
}

TEST(VirtualIps, AClientThatDoesNotAskIsToldSo_Rfc7296_3_10_1) {
  MockWire wire;
  wire.b.Configure(WithPool({"10.3.0.0/24"}), {Server()});
  wire.a.Configure({Tunnel()});
  wire.Run();
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kVirtualIpMissing);
  EXPECT_THAT(wire.a.LiveChildren(), IsEmpty());
}

TEST(VirtualIps, SadHearsThemAgainAfterItsRestart) {
  MockWire wire;
  wire.b.Configure(WithPool({"10.3.0.0/24"}), {Server()});
  wire.a.Configure({Client()});
  wire.Run();
  wire.a.virtual_ips.clear();
  wire.a.Handle(DatapathDetached{});
  wire.a.Handle(DatapathAttached{wire.a.capabilities});
  EXPECT_THAT(OnTheBox(wire.a), ElementsAre("10.3.0.1"));
}

}  // namespace
}  // namespace culvert::iked::testing
