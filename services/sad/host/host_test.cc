// SPDX-License-Identifier: Apache-2.0
// The host in a network namespace of its own: what a plan makes of it, and that nothing is doubled or left over.
#include "services/sad/host/host.h"

#include <gmock/gmock.h>
#include <poll.h>

#include "libs/base/host.h"
#include "libs/netlink/private_namespace.h"
#include "services/sad/testing/fixtures.h"

namespace culvert::sad {
namespace {

using netlink::Shell;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class HostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!netlink::EnterPrivateNamespace()) FAIL() << "needs CAP_SYS_ADMIN, for a network namespace of its own";
    ASSERT_TRUE(
        Shell("ip tuntap add culvert0 mode tun && ip link add wan type veth peer name wan1 &&"
              " ip link add lan type veth peer name lan1 && ip link set wan up mtu 1492 && ip link set wan1 up &&"
              " ip link set lan up && ip link set lan1 up && ip addr add 192.0.2.1/24 dev wan &&"
              " ip addr add 10.1.0.1/24 dev lan"));
    host_.emplace(*Host::Open());
  }
  absl::Status Apply(const Generation& generation) {
    return host_->Apply(MakePlan(generation, *host_->Survey(generation)));
  }
  bool Has(const std::string& what, const std::string& pattern) {
    return Shell("ip " + what + " | grep -Eq '" + pattern + "'");
  }
  bool Count(const std::string& what, int lines) {
    return Shell("test $(ip " + what + " | wc -l) -eq " + std::to_string(lines));
  }

  std::optional<Host> host_;
};

TEST_F(HostTest, RoutesRulesAndTheTunnelInterface) {
  const auto generation = MakeGeneration(1, {MakeTunnel()});
  const absl::Status status = Apply(*generation);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(Has("link show culvert0", "mtu 1430 .*")) << "1492 of the WAN less what ESP in UDP costs";
  EXPECT_TRUE(Has("link show culvert0", "<.*UP.*>"));
  EXPECT_TRUE(Has("route show table 220", "^10.2.0.0/24 dev culvert0 proto 118 .*src 10.1.0.1 .*mtu 1430"));
  EXPECT_TRUE(Has("rule", "^219:.*fwmark 0x63760000 lookup main"));
  EXPECT_TRUE(Has("rule", "^220:.*from all lookup 220"));
  EXPECT_TRUE(Has("-6 rule", "^220:.*from all lookup 220"));
  EXPECT_TRUE(Has("route get 10.2.0.9", "dev culvert0 table 220 src 10.1.0.1"));
  EXPECT_FALSE(Has("-6 addr show culvert0", "fe80"));
}

TEST_F(HostTest, ASecondSadTakesOverWhatItFinds) {
  const auto generation = MakeGeneration(1, {MakeTunnel()});
  ASSERT_TRUE(Apply(*generation).ok());
  host_.emplace(*Host::Open());  // as after kill -9
  ASSERT_TRUE(Apply(*generation).ok());
  EXPECT_TRUE(Count("rule", 5)) << "local, ours twice, main, default";
  EXPECT_TRUE(Count("route show table 220", 1));
}

TEST_F(HostTest, VirtualAddressesComeAndGo) {
  const auto generation = MakeGeneration(1, {MakeTunnel()});
  ASSERT_TRUE(Apply(*generation->With({{"to-b", {A("10.3.0.5")}}})).ok());
  EXPECT_TRUE(Has("addr show culvert0", "10.3.0.5/32"));
  EXPECT_TRUE(Has("route get 10.2.0.9", "dev culvert0 table 220 src 10.3.0.5"));
  EXPECT_THAT(*host_->Addresses(), SizeIs(2)) << "peers do not reach the gateway by a tunnelled address";
  host_.emplace(*Host::Open());  // as after kill -9
  ASSERT_TRUE(Apply(*generation).ok());
  EXPECT_FALSE(Has("addr show culvert0", "10.3.0.5"));
}

TEST_F(HostTest, DisablingRemovesItsRoutesAlone) {
  ASSERT_TRUE(Shell("ip route add 203.0.113.0/24 dev lan table 220"));
  const Tunnel other = MakeTunnel("to-c", "10.1.0.0/24", "10.3.0.0/24");
  Tunnel tunnel = MakeTunnel();
  ASSERT_TRUE(Apply(*MakeGeneration(1, {tunnel, other})).ok());
  tunnel.enabled = false;
  ASSERT_TRUE(Apply(*MakeGeneration(2, {tunnel, other})).ok());
  EXPECT_FALSE(Has("route show table 220", "10.2.0.0/24"));
  EXPECT_TRUE(Has("route show table 220", "10.3.0.0/24"));
  EXPECT_TRUE(Has("route show table 220", "203.0.113.0/24")) << "an administrator's own";
}

TEST_F(HostTest, ACleanStopLeavesNothing) {
  ASSERT_TRUE(Apply(*MakeGeneration(1, {MakeTunnel()})).ok());
  ASSERT_TRUE(host_->Clear().ok());
  EXPECT_TRUE(Count("rule", 3));
  EXPECT_TRUE(Count("route show table 220", 0));
  EXPECT_TRUE(host_->Clear().ok()) << "twice is once";
}

TEST_F(HostTest, FollowsAddressesAndPathMtu) {
  const auto generation = MakeGeneration(1, {MakeTunnel()});
  ASSERT_TRUE(Apply(*generation).ok());
  host_->Changed();
  ASSERT_TRUE(Shell("ip addr del 10.1.0.1/24 dev lan && ip addr add 10.1.0.7/24 dev lan && ip link set wan mtu 1400"));
  pollfd readable{host_->monitor_fd(), POLLIN, 0};
  ASSERT_EQ(poll(&readable, 1, 1000), 1);
  EXPECT_TRUE(host_->Changed());
  ASSERT_TRUE(Apply(*generation).ok());
  EXPECT_TRUE(Has("route show table 220", "src 10.1.0.7 .*mtu 1338"));
  EXPECT_THAT(*host_->Addresses(), Contains(A("10.1.0.7")));
  EXPECT_THAT(*host_->Addresses(), SizeIs(2));
}

TEST_F(HostTest, TheTunMayComeLater) {
  ASSERT_TRUE(Shell("ip link del culvert0"));
  const auto generation = MakeGeneration(1, {MakeTunnel()});
  EXPECT_TRUE(Apply(*generation).ok());
  host_->Changed();
  ASSERT_TRUE(Shell("ip tuntap add culvert0 mode tun"));
  EXPECT_TRUE(host_->Changed());
  EXPECT_TRUE(Apply(*generation).ok());
  EXPECT_TRUE(Has("route show table 220", "^10.2.0.0/24 dev culvert0"));
}

TEST_F(HostTest, ADefaultRouteDoesNotSwallowItsOwnPackets) {
  ASSERT_TRUE(Apply(*MakeGeneration(1, {MakeTunnel("all", "10.1.0.0/24", "0.0.0.0/0")})).ok());
  EXPECT_TRUE(Has("route get 192.0.2.2", "dev culvert0"));
  EXPECT_TRUE(Has("route get 192.0.2.2 mark 0x63760000", "dev wan"));
}

}  // namespace
}  // namespace culvert::sad
