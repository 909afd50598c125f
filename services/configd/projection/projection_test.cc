// SPDX-License-Identifier: Apache-2.0
#include "services/configd/projection/projection.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>

#include "services/configd/form/field_options.h"
#include "services/configd/text/configuration_text.h"

namespace culvert::configd {
namespace {

using google::protobuf::Descriptor;

Configuration Read(absl::string_view text) {
  const ReadResult read = ReadConfiguration(text, {});
  EXPECT_TRUE(read.problems.empty());
  return read.configuration;
}

constexpr char kTwoTunnels[] = R"(
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.1, identifier: gw-a.example, subnets: [10.1.0.7/24] }
    remote: { endpoint: 192.0.2.2, identifier: "@gw-b.example", subnets: [10.2.0.0/24] }
    ike: { encryption: aes256, hash: sha256, dh_group: modp2048 }
  - name: roam
    profile: MODERN
    remote: { endpoint: any, subnets: [10.3.0.0/24] }
secrets:
  - { name: hex, psk: "0x0102030405", psk_previous: 0sAQIDBAUG, selectors: [gw-b.example] }
)";

// The names of secret fields that can be reached from a message.
void CollectSecrets(const Descriptor& type, std::set<const Descriptor*>* seen, std::vector<std::string>* secrets) {
  if (!seen->insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    if (IsSecret(*type.field(i))) secrets->push_back(type.field(i)->full_name());
    if (const Descriptor* part = type.field(i)->message_type()) CollectSecrets(*part, seen, secrets);
  }
}

std::vector<std::string> SecretsReachableFrom(const Descriptor& type) {
  std::set<const Descriptor*> seen;
  std::vector<std::string> secrets;
  CollectSecrets(type, &seen, &secrets);
  return secrets;
}

TEST(Projection, SecretsReachIkedAndNobodyElse) {
  EXPECT_EQ(SecretsReachableFrom(*config::v1::IkeSnapshot::descriptor()).size(), 8u);
  EXPECT_EQ(SecretsReachableFrom(*config::v1::DatapathSnapshot::descriptor()), std::vector<std::string>());
  EXPECT_EQ(SecretsReachableFrom(*config::v1::MetricsSnapshot::descriptor()), std::vector<std::string>());
}

// fields.md 18: iked negotiates it as sha256, sad allows no other, and both cut the ICV alike.
TEST(Projection, Sha256Of96BitsIsAKeywordOfItsOwn) {
  const Projections projections = Project(Read(R"(
tunnels:
  - name: t
    profile: MODERN
    remote: { endpoint: 192.0.2.2 }
    esp: { proposals: [aes128-sha256-sha1-modp2048], sha256_96: true }
)"));
  EXPECT_EQ(projections.ike.tunnels(0).esp_proposals(0), "aes128-sha256_96-sha1-modp2048");
  EXPECT_EQ(projections.datapath.tunnels(0).esp_proposals(0), "aes128-sha256_96-sha1-modp2048");
}

TEST(Projection, IsExplicitAndCanonical) {
  const auto snapshot = Project(Read(kTwoTunnels)).ike;
  ASSERT_EQ(snapshot.tunnels_size(), 2);
  const auto& tunnel = snapshot.tunnels(0);
  EXPECT_EQ(tunnel.local_subnets(0), "10.1.0.0/24") << "host bits masked";
  EXPECT_EQ(tunnel.remote_endpoints(0), "192.0.2.2");
  EXPECT_EQ(tunnel.remote_identity().type(), config::v1::Identity::Type::FQDN);
  EXPECT_EQ(tunnel.remote_identity().data(), "gw-b.example");
  EXPECT_EQ(tunnel.ike_proposals(0), "aes256-sha256-modp2048");
  EXPECT_EQ(tunnel.version(), config::v1::IkeVersion::IKEV2);
  EXPECT_EQ(tunnel.ike_lifetime_seconds(), 8 * 3600u);
  EXPECT_EQ(tunnel.ike_rekey_margin_seconds(), 2880u);
  EXPECT_EQ(tunnel.startup(), config::v1::Startup::START);
  EXPECT_TRUE(tunnel.dpd_enabled());

  const auto& roam = snapshot.tunnels(1);
  EXPECT_FALSE(roam.enabled());
  EXPECT_TRUE(roam.remote_endpoints().empty());
  EXPECT_EQ(roam.startup(), config::v1::Startup::ADD);
  EXPECT_EQ(roam.dpd_action(), config::v1::DpdAction::CLEAR);
  EXPECT_EQ(roam.remote_identity().type(), config::v1::Identity::Type::ANY);
  EXPECT_EQ(snapshot.half_open_limit(), 100'000u);
}

TEST(Projection, DecodesSecrets) {
  const auto snapshot = Project(Read(kTwoTunnels)).ike;
  EXPECT_EQ(snapshot.secrets(0).psk(), "\1\2\3\4\5");
  EXPECT_EQ(snapshot.secrets(0).psk_previous(), "\1\2\3\4\5\6");
  EXPECT_EQ(snapshot.secrets(0).selectors(0).data(), "gw-b.example");
}

// What a process does not care about does not touch its tunnels.
TEST(Projection, DigestsFollowWhatEachProcessSees) {
  const Configuration before = Read(kTwoTunnels);
  Configuration lifetime = before, firewall = before;
  lifetime.mutable_tunnels(0)->mutable_ike()->mutable_lifetime()->set_seconds(3600);
  firewall.mutable_tunnels(0)->mutable_local()->set_firewall(false);
  const auto ike = [](const Configuration& c, int i) { return Project(c).ike.tunnels(i).digest(); };
  const auto datapath = [](const Configuration& c, int i) { return Project(c).datapath.tunnels(i).digest(); };
  EXPECT_EQ(ike(before, 0).size(), 32u);
  EXPECT_NE(ike(lifetime, 0), ike(before, 0));
  EXPECT_EQ(ike(lifetime, 1), ike(before, 1));
  EXPECT_EQ(datapath(lifetime, 0), datapath(before, 0));
  EXPECT_NE(datapath(firewall, 0), datapath(before, 0));
  EXPECT_EQ(ike(firewall, 0), ike(before, 0));
}

TEST(Projection, WritingADefaultOutChangesNothing) {
  const Configuration before = Read(kTwoTunnels);
  Configuration typed = before;
  typed.mutable_tunnels(0)->mutable_ike()->mutable_lifetime()->set_seconds(8 * 3600);
  typed.mutable_tunnels(0)->mutable_authentication()->mutable_psk();
  EXPECT_EQ(Project(typed).ike.tunnels(0).digest(), Project(before).ike.tunnels(0).digest());
}

// RFC 8784. The tunnel carries the key, whose secret then authenticates nobody; another key is another tunnel.
TEST(Projection, APpkIsTheTunnelsAndNoPsk) {
  constexpr char kText[] = R"(
tunnels:
  - { name: t, profile: MODERN, remote: { endpoint: 192.0.2.2 }, authentication: { ppk: { id: quantum, required: true } } }
secrets:
  - { name: quantum, psk: "0x0102030405060708" }
  - { name: psk, psk: "something else" }
)";
  const auto snapshot = Project(Read(kText)).ike;
  const auto& authentication = snapshot.tunnels(0).authentication();
  EXPECT_EQ(authentication.local(), config::v1::AuthMethod::PSK);
  EXPECT_EQ(authentication.ppk_id(), "quantum");
  EXPECT_EQ(authentication.ppk(), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_TRUE(authentication.ppk_required());
  ASSERT_EQ(snapshot.secrets_size(), 1);
  EXPECT_EQ(snapshot.secrets(0).name(), "psk");
  Configuration other = Read(kText);
  other.mutable_secrets(0)->set_psk("0x0202030405060708");
  EXPECT_NE(Project(other).ike.tunnels(0).digest(), snapshot.tunnels(0).digest());
}

// fields.md 0.3: what the manual's page is when nothing is typed but who, where and the key.
TEST(Projection, TheProfileOfTheManualIsIkev1MainMode) {
  const auto tunnel = Project(Read(R"(
tunnels:
  - name: legacy
    local: { subnets: [10.1.0.0/24] }
    remote: { endpoint: 198.51.100.7, subnets: [10.9.0.0/16] }
)"))
                          .ike.tunnels(0);
  EXPECT_EQ(tunnel.version(), config::v1::IkeVersion::IKEV1);
  EXPECT_EQ(tunnel.mode(), config::v1::IkeMode::MAIN);
  EXPECT_EQ(tunnel.ike_proposals(0), "3des-sha1-modp1536");
  EXPECT_EQ(tunnel.esp_proposals(0), "3des-sha1-modp1536");
  EXPECT_EQ(tunnel.ike_lifetime_seconds(), 8 * 3600u);
  EXPECT_EQ(tunnel.esp_lifetime_seconds(), 8 * 3600u);
  EXPECT_EQ(tunnel.startup(), config::v1::Startup::START);
  EXPECT_FALSE(tunnel.dpd_enabled());
  EXPECT_FALSE(tunnel.allow_weak_aggressive_psk() || tunnel.allow_ikev1_fallback() || tunnel.has_xauth());
}

TEST(Projection, WhatIsOfIkev1Alone) {
  constexpr char kText[] = R"(
tunnels:
  - name: legacy
    remote: { endpoint: 198.51.100.7, subnets: [10.9.0.0/16] }
    ike: { mode: AGGRESSIVE, allow_weak_aggressive_psk: true }
    xauth: { enabled: true, username: alice, password: s3cret, users: [{ name: bob, password: builder }] }
)";
  const auto tunnel = Project(Read(kText)).ike.tunnels(0);
  EXPECT_EQ(tunnel.mode(), config::v1::IkeMode::AGGRESSIVE);
  EXPECT_TRUE(tunnel.allow_weak_aggressive_psk());
  EXPECT_TRUE(tunnel.xauth().enabled());
  EXPECT_EQ(tunnel.xauth().role(), config::v1::ClientServerRole::AUTO);
  EXPECT_EQ(tunnel.xauth().username(), "alice");
  EXPECT_EQ(tunnel.xauth().password(), "s3cret");
  EXPECT_EQ(tunnel.xauth().users(0).name(), "bob");
  EXPECT_EQ(tunnel.xauth().users(0).password(), "builder");
  Configuration other = Read(kText);
  other.mutable_tunnels(0)->mutable_xauth()->set_password("s3cre7");
  EXPECT_NE(Project(other).ike.tunnels(0).digest(), tunnel.digest());
}

TEST(Projection, NamesEveryTunnelForMetrics) {
  const auto snapshot = Project(Read(kTwoTunnels)).metrics;
  EXPECT_EQ(snapshot.tunnels(0).remote(), "192.0.2.2");
  EXPECT_EQ(snapshot.tunnels(0).ike_version(), "IKEV2");
  EXPECT_EQ(snapshot.tunnels(1).remote(), "any");
}

}  // namespace
}  // namespace culvert::configd
