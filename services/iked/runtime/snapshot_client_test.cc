// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/snapshot_client.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "services/iked/runtime/from_snapshot.h"
#include "services/iked/runtime/testing/fake_configd.h"
#include "services/iked/runtime/testing/loop_thread.h"
#include "services/iked/runtime/testing/snapshots.h"
#include "services/iked/runtime/testing/unix_server.h"

namespace culvert::iked {
namespace {

using ::testing::HasSubstr;

config::v1::IkeSnapshot Snapshot(uint64_t generation) {
  return testing::Snapshot(generation, {testing::Tunnel("to-b", "192.0.2.1", "192.0.2.2")});
}

class SnapshotClientTest : public ::testing::Test {
 protected:
  SnapshotClientTest() {
    loop_.Run([this] { client_->Start(); });
  }
  ~SnapshotClientTest() override {
    loop_.Stop();
    workers_.reset();
    client_.reset();
    server_.Stop();
  }

  testing::FakeConfigd configd_;
  testing::UnixServer server_{&configd_};
  testing::LoopThread loop_;
  std::unique_ptr<WorkerPool> workers_ = std::make_unique<WorkerPool>(1);
  testing::Transcript heard_;
  std::unique_ptr<SnapshotClient> client_ = std::make_unique<SnapshotClient>(
      loop_.loop(), *workers_, server_.Channel(),
      [this](Input input) {
        const auto& config = *std::get<SnapshotChanged>(input).config;
        heard_.Add(absl::StrCat("generation ", config.generation, " with ", config.tunnels.size(), " tunnels"));
      },
      [](std::vector<std::string>) {});
};

TEST_F(SnapshotClientTest, TakesOverAndReports) {
  configd_.Publish(Snapshot(3));
  EXPECT_EQ(heard_.WaitFor(1).at(0), "generation 3 with 1 tunnels");
  EXPECT_EQ(configd_.WaitForStatus(3), "");
  configd_.Publish(testing::Snapshot(4, {}));
  EXPECT_EQ(heard_.WaitFor(2).at(1), "generation 4 with 0 tunnels");
  EXPECT_EQ(configd_.WaitForStatus(4), "");
}

TEST_F(SnapshotClientTest, WhatItCannotReadIsReportedAndTheOldOneRunsOn) {
  configd_.Publish(Snapshot(3));
  ASSERT_EQ(configd_.WaitForStatus(3), "");
  config::v1::IkeSnapshot bad = Snapshot(4);
  bad.mutable_tunnels(0)->set_digest("other");
  bad.mutable_tunnels(0)->set_ike_proposals(0, "rot13");
  configd_.Publish(bad);
  configd_.Publish(Snapshot(5));
  EXPECT_EQ(configd_.WaitForStatus(5), "");
  EXPECT_EQ(heard_.WaitFor(2).size(), 2u) << "the bad one never reached the engine";
}

TEST_F(SnapshotClientTest, ConfigdMayDieAndComeBack) {
  configd_.Publish(Snapshot(3));
  ASSERT_EQ(configd_.WaitForStatus(3), "");
  configd_.BreakStream();
  EXPECT_EQ(heard_.WaitFor(2).at(1), "generation 3 with 1 tunnels") << "the next stream brings it again";
  EXPECT_EQ(configd_.streams(), 2);
}

TEST(FromSnapshotTest, NamesTheTunnelAndTheField) {
  config::v1::IkeSnapshot bad = Snapshot(1);
  bad.mutable_tunnels(0)->set_ike_proposals(0, "rot13");
  EXPECT_THAT(std::string(FromSnapshot(bad, nullptr).status().message()), HasSubstr("tunnels[to-b]: ike_proposals: "));
  bad = Snapshot(1);
  bad.mutable_tunnels(0)->set_startup(config::v1::Startup::UNSPECIFIED);
  EXPECT_THAT(std::string(FromSnapshot(bad, nullptr).status().message()), HasSubstr("tunnels[to-b]: startup is 0"));
}

TEST(FromSnapshotTest, EqualDigestSharesTheTunnelOfThePreviousSnapshot) {
  config::v1::IkeSnapshot first = Snapshot(1), same = Snapshot(2), other = Snapshot(3);
  other.mutable_tunnels(0)->set_digest("other");
  const auto one = FromSnapshot(first, nullptr).value();
  const auto two = FromSnapshot(same, one.get()).value();
  const auto three = FromSnapshot(other, two.get()).value();
  EXPECT_EQ(one->tunnels[0], two->tunnels[0]);
  EXPECT_NE(two->tunnels[0], three->tunnels[0]);
}

TEST(FromSnapshotTest, SecretsMoveOutOfTheMessage) {
  config::v1::IkeSnapshot snapshot = Snapshot(1);
  const std::string psk = snapshot.secrets(0).psk();
  const auto config = FromSnapshot(snapshot, nullptr).value();
  EXPECT_EQ(base::AsText(config->secrets[0].psk.view()), psk);
  EXPECT_EQ(snapshot.secrets(0).psk(), "");
}

TEST(FromSnapshotTest, EveryFieldArrives) {
  config::v1::IkeSnapshot snapshot = Snapshot(9);
  config::v1::IkeTunnel& in = *snapshot.mutable_tunnels(0);
  in.set_local_protocol(17);
  in.set_local_port(1701);
  in.set_ike_lifetime_seconds(600);
  in.set_esp_rekey_bytes(1 << 30);
  in.set_replay_window(64);
  in.set_dpd_enabled(true);
  in.set_dpd_delay_seconds(5);
  in.set_dpd_timeout_seconds(20);
  in.set_dpd_action(config::v1::DpdAction::CLEAR);
  in.set_fragmentation(config::v1::Fragmentation::FORCE);
  in.set_encapsulation(config::v1::Encapsulation::FORCE);
  in.set_address_family(config::v1::AddressFamily::IPV4);
  snapshot.set_cookie_threshold(5);
  const auto config = FromSnapshot(snapshot, nullptr).value();
  const TunnelConfig& out = *config->tunnels[0];
  EXPECT_EQ(config->generation, 9u);
  EXPECT_EQ(config->cookie_threshold, 5u);
  EXPECT_EQ(out.name, "to-b");
  EXPECT_TRUE(out.enabled);
  EXPECT_EQ(out.family, base::Family::kIPv4);
  EXPECT_EQ(out.local_address.ToString(), "192.0.2.1");
  EXPECT_EQ(out.remote_endpoints, std::vector<std::string>{"192.0.2.2"});
  EXPECT_EQ(out.local_subnets.at(0).ToString(), "10.1.0.0/24");
  EXPECT_EQ(out.local_protocol, 17);
  EXPECT_EQ(out.local_port, 1701);
  EXPECT_EQ(out.ike_proposals.at(0).ToString(), "aes128gcm16-prfsha256-x25519");
  EXPECT_EQ(out.ike_lifetime, absl::Minutes(10));
  EXPECT_EQ(out.esp_rekey_bytes, uint64_t{1} << 30);
  EXPECT_EQ(out.replay_window, 64u);
  EXPECT_EQ(out.dpd.timeout, absl::Seconds(20));
  EXPECT_EQ(out.dpd.action, DpdAction::kClear);
  EXPECT_EQ(out.fragmentation, Fragmentation::kForce);
  EXPECT_EQ(out.encapsulation, Encapsulation::kForce);
  EXPECT_EQ(out.startup, Startup::kStart);
  EXPECT_EQ(out.xauth, nullptr);
}

// fields.md 4 to 6.
TEST(FromSnapshotTest, WhatIsOfIkev1Arrives) {
  config::v1::IkeSnapshot snapshot = Snapshot(1);
  config::v1::IkeTunnel& in = *snapshot.mutable_tunnels(0);
  in.set_version(config::v1::IkeVersion::AUTO);
  in.set_mode(config::v1::IkeMode::AGGRESSIVE);
  in.set_allow_weak_aggressive_psk(true);
  in.set_allow_ikev1_fallback(true);
  config::v1::IkeXauth& xauth = *in.mutable_xauth();
  xauth.set_enabled(true);
  xauth.set_role(config::v1::ClientServerRole::SERVER);
  xauth.set_username("alice");
  xauth.set_password("s3cret");
  config::v1::IkeUser& bob = *xauth.add_users();
  bob.set_name("bob");
  bob.set_password("builder");
  const auto config = FromSnapshot(snapshot, nullptr).value();
  const TunnelConfig& out = *config->tunnels[0];
  EXPECT_EQ(out.version, IkeVersion::kAuto);
  EXPECT_EQ(out.ike_mode, IkeMode::kAggressive);
  EXPECT_TRUE(out.allow_weak_aggressive_psk);
  EXPECT_TRUE(out.allow_ikev1_fallback);
  ASSERT_NE(out.xauth, nullptr);
  EXPECT_EQ(out.xauth->role, ClientServerRole::kServer);
  EXPECT_EQ(out.xauth->username, "alice");
  EXPECT_EQ(base::AsText(out.xauth->password.view()), "s3cret");
  EXPECT_EQ(out.xauth->accounts->at(0).name, "bob");
  EXPECT_EQ(base::AsText(out.xauth->accounts->at(0).password.view()), "builder");
  EXPECT_EQ(xauth.password() + bob.password(), "") << "secrets move out of the message";
}

TEST(FromSnapshotTest, AnotherXauthPasswordIsAnotherFrame) {
  config::v1::IkeSnapshot before = Snapshot(1), after = Snapshot(2);
  before.mutable_tunnels(0)->mutable_xauth()->set_password("s3cret");
  after.mutable_tunnels(0)->mutable_xauth()->set_password("s3cre7");
  EXPECT_NE(FromSnapshot(before, nullptr).value()->tunnels[0]->frame,
            FromSnapshot(after, nullptr).value()->tunnels[0]->frame);
}

TEST(FromSnapshotTest, WhoIsAskedByXauth) {
  const auto client = [](ClientServerRole role, bool initiator) { return XauthConfig{.role = role}.client(initiator); };
  EXPECT_TRUE(client(ClientServerRole::kAuto, true));
  EXPECT_FALSE(client(ClientServerRole::kAuto, false));
  EXPECT_TRUE(client(ClientServerRole::kClient, false));
  EXPECT_FALSE(client(ClientServerRole::kServer, true));
}

}  // namespace
}  // namespace culvert::iked
