// SPDX-License-Identifier: Apache-2.0
// The guard on real packets, in a network namespace of its own: v0 (10.1.0.1, a LAN and a way out at once) is the
// gateway's, and culvert0 is a wire to nowhere that stands for the tunnel. The peer's end of v0 is another namespace.
#include "services/sad/guard/guard.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "libs/netlink/private_namespace.h"
#include "services/sad/guard/table_monitor.h"
#include "services/sad/testing/fixtures.h"

namespace culvert::sad {
namespace {

using netlink::Shell;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class GuardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!netlink::EnterPrivateNamespace()) FAIL() << "needs CAP_SYS_ADMIN, for a network namespace of its own";
    peer_ = absl::StrCat("cv-sad-guard-", getpid());
    // The peer answers for 10.2.0.1 in clear: what reaches it, leaked.
    ASSERT_TRUE(Shell(absl::StrCat(
        "ip netns add ", peer_, " && ip link add v0 type veth peer name v1 netns ", peer_,
        " && ip addr add 10.1.0.1/24 dev v0 && ip -6 addr add 2001:db8:1::1/64 dev v0 nodad && ip link set v0 up"
        " && ip link add culvert0 type veth peer name sink && ip link set sink up && ip link set culvert0 up arp off"
        " && ip -n ",
        peer_, " addr add 10.1.0.254/24 dev v1 && ip -n ", peer_, " link set v1 up && ip -n ", peer_,
        " addr add 10.2.0.1/32 dev v1 && ip -n ", peer_,
        " -6 addr add 2001:db8:1::254/64 dev v1 nodad"
        " && ip route add default via 10.1.0.254")));
    guard_.emplace(*Nftables::Open(), "");
  }
  void TearDown() override {
    if (!peer_.empty()) Shell(absl::StrCat("ip netns del ", peer_));
  }
  bool Ping(const std::string& options) { return Shell(absl::StrCat("ping -n -c1 -W1 ", options, " >/dev/null 2>&1")); }
  bool PeerPing(const std::string& options) {
    return Shell(absl::StrCat("ip netns exec ", peer_, " ping -n -c1 -W1 ", options, " >/dev/null 2>&1"));
  }
  uint64_t Blocked(const std::string& tunnel) { return (*guard_->Read())[tunnel].blocked_packets; }
  std::string Ruleset() {
    Shell("nft -s list ruleset > /tmp/" + peer_);
    std::stringstream text;
    text << std::ifstream("/tmp/" + peer_).rdbuf();
    unlink(("/tmp/" + peer_).c_str());
    return text.str();
  }

  std::string peer_;
  std::optional<Guard> guard_;
};

TEST_F(GuardTest, SelectorTrafficNeverLeavesInClear) {
  ASSERT_TRUE(Ping("10.2.0.1")) << "without the guard it leaks: the test can see it";
  const absl::Status status = guard_->Apply(MakeGeneration(1, {MakeTunnel()}));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_FALSE(Ping("10.2.0.1"));
  EXPECT_TRUE(Ping("10.1.0.254")) << "other traffic is nobody's business";
  EXPECT_EQ(Blocked("to-b"), 1u);
  EXPECT_EQ((*guard_->Read())["to-b"].rules, 2u);
}

TEST_F(GuardTest, SelectorTrafficIsNeverAcceptedInClear) {
  ASSERT_TRUE(PeerPing("-I 10.2.0.1 10.1.0.1"));
  ASSERT_TRUE(guard_->Apply(MakeGeneration(1, {MakeTunnel()})).ok());
  EXPECT_FALSE(PeerPing("-I 10.2.0.1 10.1.0.1"));
  EXPECT_TRUE(PeerPing("-I 10.1.0.254 10.1.0.1"));
  EXPECT_EQ(Blocked("to-b"), 1u) << "the request; no answer was made";
}

TEST_F(GuardTest, TheTunnelItselfIsFree) {
  ASSERT_TRUE(guard_->Apply(MakeGeneration(1, {MakeTunnel()})).ok());
  ASSERT_TRUE(Shell("ip route add 10.2.0.0/24 dev culvert0 src 10.1.0.1"));
  Ping("10.2.0.1");  // into the tunnel, which answers nothing
  EXPECT_EQ(Blocked("to-b"), 0u);
}

TEST_F(GuardTest, WhatCarriesTheTunnelPassesADefaultRoute) {
  ASSERT_TRUE(
      guard_
          ->Apply(MakeGeneration(1, {MakeTunnel("all", "0.0.0.0/0", "0.0.0.0/0"), MakeTunnel("all6", "::/0", "::/0")}))
          .ok());
  EXPECT_FALSE(Ping("10.1.0.254"));
  EXPECT_EQ(Blocked("all"), 1u);
  EXPECT_FALSE(Ping("2001:db8:1::254"));
  EXPECT_EQ(Blocked("all6"), 1u) << "the echo; neighbour discovery before it passed";
  EXPECT_TRUE(Ping("127.0.0.1"));
  // A marked socket is IKE's or ESP's. The answer comes back to port 4500.
  ASSERT_TRUE(Shell(absl::StrCat("python3 - ", peer_, R"py( <<'EOF'
import socket, subprocess, sys
echo = """import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.1.0.254', 4500))
s.settimeout(5)
print('up', flush=True)
data, sender = s.recvfrom(100)
s.sendto(data, sender)"""
peer = subprocess.Popen(["ip", "netns", "exec", sys.argv[1], "python3", "-c", echo], stdout=subprocess.PIPE)
peer.stdout.readline()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 36, 0x63760000)  # SO_MARK
s.bind(("10.1.0.1", 4500))
s.settimeout(5)
s.sendto(b"ike", ("10.1.0.254", 4500))
assert s.recv(100) == b"ike"
peer.wait()
EOF
)py")));
}

TEST_F(GuardTest, TheMoreSpecificTunnelCountsItsOwn) {
  ASSERT_TRUE(guard_->Apply(MakeGeneration(1, {MakeTunnel("all", "10.1.0.0/24", "0.0.0.0/0"), MakeTunnel()})).ok());
  Ping("10.2.0.1");
  EXPECT_EQ(Blocked("to-b"), 1u);
  EXPECT_EQ(Blocked("all"), 0u);
  Ping("10.1.0.254");
  EXPECT_EQ(Blocked("all"), 1u);
}

TEST_F(GuardTest, ATunnelOfOnePort) {
  Tunnel l2tp = MakeTunnel();
  l2tp.local_protocol = l2tp.remote_protocol = 17;
  l2tp.local_port = l2tp.remote_port = 1701;
  ASSERT_TRUE(guard_->Apply(MakeGeneration(1, {l2tp})).ok());
  EXPECT_TRUE(Ping("10.2.0.1")) << "ICMP is outside its selectors";
  Shell(
      "python3 -c \"import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
      "s.bind(('10.1.0.1', 1701)); s.sendto(b'x', ('10.2.0.1', 1701))\" 2>/dev/null");  // EPERM: it was dropped
  EXPECT_EQ(Blocked("to-b"), 1u);
}

TEST_F(GuardTest, CountsStayAndNothingDoublesOverCommits) {
  ASSERT_TRUE(guard_->Apply(MakeGeneration(1, {MakeTunnel(), MakeTunnel("to-c", "10.1.0.0/24", "10.3.0.0/24")})).ok());
  Ping("10.2.0.1");
  ASSERT_EQ(Blocked("to-b"), 1u);
  const std::string once = Ruleset();
  Guard restarted(*Nftables::Open(), "");
  ASSERT_TRUE(
      restarted.Apply(MakeGeneration(2, {MakeTunnel(), MakeTunnel("to-c", "10.1.0.0/24", "10.3.0.0/24")})).ok());
  EXPECT_EQ(Ruleset(), once);
  EXPECT_EQ((*restarted.Read())["to-b"].blocked_packets, 1u);

  Tunnel disabled = MakeTunnel("to-c", "10.1.0.0/24", "10.3.0.0/24");
  disabled.enabled = false;
  ASSERT_TRUE(restarted.Apply(MakeGeneration(3, {MakeTunnel(), disabled})).ok());
  EXPECT_THAT(Ruleset(), Not(HasSubstr("to-c")));
  EXPECT_THAT(Ruleset(), HasSubstr("leak-to-b"));
  EXPECT_FALSE(Ping("10.2.0.1"));
}

TEST_F(GuardTest, MendsWhatAnotherToolFlushed) {
  TableMonitor monitor = *TableMonitor::Open();
  ASSERT_TRUE(guard_->Apply(MakeGeneration(1, {MakeTunnel()})).ok());
  EXPECT_TRUE(monitor.Drain()) << "our own commit is heard too";
  EXPECT_FALSE(*guard_->Mend());
  EXPECT_FALSE(monitor.Drain());
  ASSERT_TRUE(Shell("nft flush ruleset"));
  EXPECT_TRUE(monitor.Drain());
  EXPECT_TRUE(*guard_->Mend());
  EXPECT_FALSE(Ping("10.2.0.1"));
  ASSERT_TRUE(Shell("nft flush chain inet culvert out"));
  EXPECT_TRUE(*guard_->Mend());
  EXPECT_FALSE(Ping("10.2.0.1"));
  EXPECT_FALSE(*guard_->Mend());
}

TEST_F(GuardTest, SelectorTrafficKeepsItsSourceWhateverMasquerades) {
  ASSERT_TRUE(guard_->Apply(MakeGeneration(1, {MakeTunnel()})).ok());
  EXPECT_THAT(Ruleset(), Not(HasSubstr("type nat"))) << "no NAT here, so no connection tracking for its sake";
  // Both chains see a packet into the tunnel; the counter behind the masquerade tells which source it left with.
  ASSERT_TRUE(
      Shell("nft 'add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; };"
            " add rule ip nat post masquerade; add table ip see; add chain ip see after { type filter hook"
            " postrouting priority 300; }; add rule ip see after ip saddr 10.1.0.9 counter'"));
  EXPECT_TRUE(*guard_->Mend());
  ASSERT_TRUE(
      Shell("ip addr add 10.1.0.9/32 dev v0; ip addr add 198.51.100.1/24 dev culvert0;"
            "ip route add 10.2.0.0/24 dev culvert0 src 10.1.0.9"));
  Ping("10.2.0.1");
  EXPECT_TRUE(Shell("nft list chain ip see after | grep -q 'packets 1 '"));
}

TEST_F(GuardTest, TheFileLoadsAtBoot) {
  const std::string file = absl::StrCat("/tmp/", peer_, ".nft");
  Guard guard(*Nftables::Open(), file);
  ASSERT_TRUE(guard.Apply(MakeGeneration(1, {MakeTunnel()})).ok());
  ASSERT_TRUE(guard.Save().ok());
  const std::string once = Ruleset();
  ASSERT_TRUE(Shell("nft -f " + file));
  EXPECT_EQ(Ruleset(), once) << "loading it over itself changes nothing";
  ASSERT_TRUE(Shell("nft flush ruleset && nft -f " + file));
  EXPECT_EQ(Ruleset(), once);
  EXPECT_FALSE(Ping("10.2.0.1"));
  unlink(file.c_str());
}

}  // namespace
}  // namespace culvert::sad
