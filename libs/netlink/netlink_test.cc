// SPDX-License-Identifier: Apache-2.0
// Each test runs in a network namespace of its own: what it writes with our code it reads back with our code and with
// iproute2, which is somebody else's.
#include <gmock/gmock.h>
#include <linux/rtnetlink.h>
#include <poll.h>

#include <algorithm>

#include "libs/base/host.h"
#include "libs/netlink/address.h"
#include "libs/netlink/link.h"
#include "libs/netlink/monitor.h"
#include "libs/netlink/private_namespace.h"
#include "libs/netlink/route.h"
#include "libs/netlink/rule.h"

namespace culvert::netlink {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr uint8_t kProtocol = 118;

base::Prefix P(absl::string_view text) {
  return *base::Prefix::Parse(text);
}
base::IpAddress A(absl::string_view text) {
  return *base::IpAddress::Parse(text);
}

class NetlinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!EnterPrivateNamespace()) FAIL() << "needs CAP_SYS_ADMIN, for a network namespace of its own";
    ASSERT_TRUE(
        Shell("ip link add v0 type veth peer name v1 && ip addr add 10.1.0.1/24 dev v0 && ip link set v0 up && "
              "ip -6 addr add 2001:db8:1::1/64 dev v0 nodad && ip link set v1 up"));
    socket_.emplace(*Socket::Open());
    v0_ = FindLink(*socket_, "v0")->index;
  }
  Route Tunnel(absl::string_view destination, uint32_t mtu = 1400) {
    return {.destination = P(destination),
            .table = 220,
            .protocol = kProtocol,
            .metric = 100,
            .interface_index = v0_,
            .mtu = mtu};
  }

  std::optional<Socket> socket_;
  uint32_t v0_ = 0;
};

TEST_F(NetlinkTest, LinkUpAndMtu) {
  ASSERT_TRUE(Shell("ip link set v0 down"));
  EXPECT_FALSE(FindLink(*socket_, "v0")->up);
  ASSERT_TRUE(ConfigureLink(*socket_, v0_, true, 1380).ok());
  const Link link = *FindLink(*socket_, "v0");
  EXPECT_TRUE(link.up);
  EXPECT_EQ(link.mtu, 1380u);
  EXPECT_TRUE(absl::IsNotFound(FindLink(*socket_, "nowhere").status()));
  EXPECT_FALSE(ConfigureLink(*socket_, 4711, true, 1380).ok());
}

TEST_F(NetlinkTest, AddressesComeAndGo) {
  EXPECT_THAT(*ListAddresses(*socket_), Contains(InterfaceAddress{v0_, P("10.1.0.1/24")}));
  EXPECT_THAT(*ListAddresses(*socket_), Contains(InterfaceAddress{v0_, P("2001:db8:1::1/64")}));
  for (absl::string_view text : {"10.3.0.7/32", "2001:db8:3::7/128"}) {
    const InterfaceAddress virtual_ip{v0_, P(text)};
    EXPECT_TRUE(AddAddress(*socket_, virtual_ip).ok());
    EXPECT_TRUE(AddAddress(*socket_, virtual_ip).ok()) << "a second time changes nothing";
    EXPECT_THAT(*ListAddresses(*socket_), Contains(virtual_ip));
    EXPECT_TRUE(DeleteAddress(*socket_, virtual_ip).ok());
    EXPECT_TRUE(DeleteAddress(*socket_, virtual_ip).ok()) << "a second time changes nothing";
    EXPECT_THAT(*ListAddresses(*socket_), Not(Contains(virtual_ip)));
  }
}

TEST_F(NetlinkTest, RoutesOfOneTable) {
  EXPECT_THAT(*ListRoutes(*socket_, 220), IsEmpty()) << "a table nobody used yet";
  Route v4 = Tunnel("10.2.0.0/24");
  v4.source = A("10.1.0.1");
  const Route v6 = Tunnel("2001:db8:2::/48");
  const Route everything = Tunnel("0.0.0.0/0", 1300);
  Route bypass = Tunnel("10.2.0.128/25", 0);
  bypass.type = RouteType::kThrow;
  bypass.interface_index = 0;
  for (const Route& route : {v4, v6, everything, bypass}) {
    const absl::Status status = ReplaceRoute(*socket_, route);
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_THAT(*ListRoutes(*socket_, 220), UnorderedElementsAre(v4, v6, everything, bypass));

  v4.mtu = 1350;
  EXPECT_TRUE(ReplaceRoute(*socket_, v4).ok());
  EXPECT_THAT(*ListRoutes(*socket_, 220), UnorderedElementsAre(v4, v6, everything, bypass)) << "replaced";
  EXPECT_TRUE(
      Shell("ip route show table 220 | grep -q '^10.2.0.0/24 dev v0 proto 118 .*src 10.1.0.1 metric 100 .*mtu 1350'"));

  for (const Route& route : {v4, v6, everything, bypass, v4}) EXPECT_TRUE(DeleteRoute(*socket_, route).ok());
  EXPECT_THAT(*ListRoutes(*socket_, 220), IsEmpty());
}

TEST_F(NetlinkTest, TheMarkGoesPastTheTunnel) {
  ASSERT_TRUE(Shell("ip route add default via 10.1.0.254 mtu 1492"));
  ASSERT_TRUE(ReplaceRoute(*socket_, Tunnel("0.0.0.0/0", 1300)).ok());
  const Rule mark{
      .priority = base::kMarkRulePriority, .table = RT_TABLE_MAIN, .mark = base::kCulvertMark, .mask = 0xffffffff};
  const Rule tunnels{.priority = base::kRulePriority, .table = base::kRouteTable};
  for (const Rule& rule : {mark, tunnels, mark, tunnels}) EXPECT_TRUE(AddRule(*socket_, rule).ok());
  const std::vector<Rule> rules = *ListRules(*socket_);
  EXPECT_EQ(std::count(rules.begin(), rules.end(), mark), 1);
  EXPECT_EQ(std::count(rules.begin(), rules.end(), tunnels), 1);

  EXPECT_EQ(LookUpRoute(*socket_, A("192.0.2.2"))->table, 220u);
  const Route marked = *LookUpRoute(*socket_, A("192.0.2.2"), base::kCulvertMark);
  EXPECT_EQ(marked.table, static_cast<uint32_t>(RT_TABLE_MAIN));
  EXPECT_EQ(marked.gateway, A("10.1.0.254"));
  EXPECT_EQ(marked.interface_index, v0_);
  EXPECT_EQ(marked.source, A("10.1.0.1"));
  EXPECT_TRUE(absl::IsNotFound(LookUpRoute(*socket_, A("2001:db8:ffff::1")).status()));

  for (const Rule& rule : {mark, tunnels, mark}) EXPECT_TRUE(DeleteRule(*socket_, rule).ok());
  EXPECT_THAT(*ListRules(*socket_), Not(Contains(tunnels)));
}

TEST_F(NetlinkTest, MonitorTellsOthersChangesFromOurOwn) {
  Monitor monitor = *Monitor::Open(kProtocol);
  EXPECT_FALSE(monitor.Drain().any());
  ASSERT_TRUE(ReplaceRoute(*socket_, Tunnel("10.2.0.0/24")).ok());
  EXPECT_FALSE(monitor.Drain().routes) << "our own";

  ASSERT_TRUE(Shell("ip route add 10.9.0.0/24 dev v0"));
  EXPECT_TRUE(monitor.Drain().routes);
  ASSERT_TRUE(Shell("ip addr add 10.1.0.2/24 dev v0"));
  EXPECT_TRUE(monitor.Drain().addresses);
  ASSERT_TRUE(Shell("ip link set v0 mtu 1400"));
  pollfd readable{monitor.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&readable, 1, 1000), 1);
  EXPECT_TRUE(monitor.Drain().links);
}

}  // namespace
}  // namespace culvert::netlink
