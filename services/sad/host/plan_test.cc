// SPDX-License-Identifier: Apache-2.0
#include "services/sad/host/plan.h"

#include <gmock/gmock.h>

#include "libs/base/host.h"
#include "services/sad/testing/fixtures.h"

namespace culvert::sad {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

HostState Gateway() {
  HostState state;
  state.tun = netlink::Link{.index = 9, .name = base::kTunName, .up = true, .loopback = false, .mtu = 1500};
  state.addresses = {{1, P("127.0.0.1/8")},
                     {2, P("192.0.2.1/24")},
                     {3, P("10.1.0.1/24")},
                     {3, P("10.1.0.2/24")},
                     {3, P("2001:db8:1::1/64")}};
  return state;
}

TEST(HostPlan, OneTunnel) {
  const HostPlan plan = MakePlan(*MakeGeneration(1, {MakeTunnel()}), Gateway());
  ASSERT_THAT(plan.routes, SizeIs(1));
  EXPECT_EQ(plan.routes[0].destination, P("10.2.0.0/24"));
  EXPECT_EQ(plan.routes[0].table, 220u);
  EXPECT_EQ(plan.routes[0].interface_index, 9u);
  EXPECT_EQ(plan.routes[0].source, A("10.1.0.1")) << "the first local address inside local.subnets";
  EXPECT_EQ(plan.routes[0].mtu, 1438u);
  EXPECT_EQ(plan.tun_mtu, 1438u);
  EXPECT_EQ(plan.path_mtus.at("to-b"), 1500u);
  EXPECT_THAT(plan.rules, SizeIs(4));
}

TEST(HostPlan, TheOuterInterfaceBoundsThePath) {
  HostState state = Gateway();
  state.outer_mtus["to-b"] = 1492;  // PPPoE
  EXPECT_EQ(MakePlan(*MakeGeneration(1, {MakeTunnel()}), state).routes.at(0).mtu, 1430u);
}

TEST(HostPlan, DisabledTunnelsLeaveNothing) {
  Tunnel disabled = MakeTunnel();
  disabled.enabled = false;
  const HostPlan plan = MakePlan(*MakeGeneration(1, {disabled}), Gateway());
  EXPECT_THAT(plan.routes, IsEmpty());
  EXPECT_THAT(plan.path_mtus, IsEmpty());
}

TEST(HostPlan, WithoutALocalAddressTheKernelChooses) {
  const HostPlan plan = MakePlan(*MakeGeneration(1, {MakeTunnel("x", "10.77.0.0/24", "10.2.0.0/24")}), Gateway());
  EXPECT_TRUE(plan.routes.at(0).source.is_none());
}

TEST(HostPlan, AVirtualAddressStandsOnTheTunnelInterfaceAndIsTheSource) {
  Tunnel tunnel = MakeTunnel();
  tunnel.local_subnets.clear();
  const auto generation = MakeGeneration(1, {tunnel})->With({{"to-b", {A("10.3.0.5"), A("2001:db8:3::5")}}});
  const HostPlan plan = MakePlan(*generation, Gateway());
  EXPECT_THAT(plan.addresses, testing::ElementsAre(P("10.3.0.5/32"), P("2001:db8:3::5/128")));
  EXPECT_EQ(plan.routes.at(0).source, A("10.3.0.5"));
  EXPECT_THAT(MakePlan(*generation->With({}), Gateway()).addresses, IsEmpty());
}

TEST(HostPlan, Ipv6NeverFallsBelowItsMinimum) {
  HostState state = Gateway();
  state.outer_mtus["six"] = 1280;
  const HostPlan plan = MakePlan(*MakeGeneration(1, {MakeTunnel("six", "2001:db8:1::/64", "2001:db8:2::/64")}), state);
  EXPECT_EQ(plan.routes.at(0).mtu, 1280u);
  EXPECT_EQ(plan.routes.at(0).source, A("2001:db8:1::1"));
}

TEST(HostPlan, SharedDestinationsAndPools) {
  Tunnel road = MakeTunnel("road", "10.1.0.0/24", "10.2.0.0/24");
  road.pool_ranges = {*ipsec::TrafficSelector::Parse("10.3.0.0-10.3.0.2")};
  HostState state = Gateway();
  state.outer_mtus["road"] = 1400;
  const HostPlan plan = MakePlan(*MakeGeneration(1, {MakeTunnel(), road}), state);
  ASSERT_THAT(plan.routes, SizeIs(3));
  EXPECT_EQ(plan.routes[0].mtu, 1338u) << "the narrower one";
  EXPECT_EQ(plan.routes[1].destination, P("10.3.0.0/31"));
  EXPECT_EQ(plan.routes[2].destination, P("10.3.0.2/32"));
  EXPECT_EQ(plan.tun_mtu, 1438u);
}

TEST(HostPlan, NoTunYet) {
  HostState state = Gateway();
  state.tun.reset();
  EXPECT_THAT(MakePlan(*MakeGeneration(1, {MakeTunnel()}), state).routes, IsEmpty());
}

}  // namespace
}  // namespace culvert::sad
