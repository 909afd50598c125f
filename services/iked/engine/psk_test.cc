// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/psk.h"

#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked {
namespace {

using testing::Id;

EngineConfig With(std::vector<ipsec::SecretSelectors> secrets) {
  EngineConfig config;
  for (const ipsec::SecretSelectors& secret : secrets) {
    config.secrets.push_back({secret.name, base::Secret::CopyOf(base::AsBytes(secret.name)), base::Secret()});
  }
  config.secret_matcher = ipsec::SecretMatcher(std::move(secrets));
  return config;
}

// fields.md 20: which secret each mode takes for one and the same peer, gw-b.example at 192.0.2.2, as either side. What
// a side knows of identities differs: a Main Mode responder nothing at all, an initiator whom it expects.
TEST(FindSecret, ByVersionModeAndRole) {
  const EngineConfig by_both = With({{"name", {Id("gw-b.example")}}, {"address", {Id("192.0.2.2")}}, {"rest", {}}});
  const EngineConfig by_name = With({{"name", {Id("gw-b.example")}}});
  const EngineConfig by_address = With({{"address", {Id("192.0.2.2")}}});
  const base::IpAddress here = base::IpAddress::Parse("192.0.2.1").value();
  const base::IpAddress there = base::IpAddress::Parse("192.0.2.2").value();
  const ipsec::Identity us = Id("gw-a.example"), them = Id("gw-b.example"), unknown;
  const ipsec::SecretQuery main_initiator{us, them, here, there, true};
  const ipsec::SecretQuery main_responder{unknown, unknown, here, there, true};
  const ipsec::SecretQuery aggressive_or_v2{us, them, here, there};
  struct Row {
    const char* story;
    const EngineConfig& config;
    const ipsec::SecretQuery& query;
    const char* used;
  };
  const Row rows[] = {
      {"main initiator, both", by_both, main_initiator, "address"},
      {"main initiator, only a name", by_name, main_initiator, "none"},
      {"main initiator, only an address", by_address, main_initiator, "address"},
      {"main responder, both", by_both, main_responder, "address"},
      {"main responder, only a name", by_name, main_responder, "none"},
      {"main responder, only an address", by_address, main_responder, "address"},
      {"aggressive and IKEv2, both", by_both, aggressive_or_v2, "name"},
      {"aggressive and IKEv2, only a name", by_name, aggressive_or_v2, "name"},
      {"aggressive and IKEv2, only an address", by_address, aggressive_or_v2, "address"},
  };
  for (const Row& row : rows) {
    const SecretConfig* found = FindSecret(row.config, row.query);
    EXPECT_EQ(found == nullptr ? "none" : base::AsText(found->psk.view()), row.used) << row.story;
  }
}

TEST(FindSecret, AnIdentityThatStandsForManyIsAPattern) {
  EXPECT_TRUE(IsPattern(Id("*.example")));
  EXPECT_TRUE(IsPattern(Id("C=CH, CN=*")));
  EXPECT_FALSE(IsPattern(Id("gw-b.example")));
  EXPECT_FALSE(IsPattern(Id("192.0.2.2")));
}

}  // namespace
}  // namespace culvert::iked
