// SPDX-License-Identifier: Apache-2.0
// IKE_SA_INIT and IKE_AUTH between two engines.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Handshake, FourMessagesMakeATunnel) {
  MockWire wire;
  wire.Connect(Tunnel());
  EXPECT_THAT(wire.log, ElementsAre("a IKE_SA_INIT request 0", "b IKE_SA_INIT response 0", "a IKE_AUTH request 1",
                                    "b IKE_AUTH response 1"));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
  const IkeSaView sa = wire.a.IkeSa();
  EXPECT_EQ(sa.state, "ESTABLISHED");
  EXPECT_EQ(sa.suite, "aes256gcm16-prfsha384-x25519");
  EXPECT_EQ(sa.local_id, "gw-a.example");
  EXPECT_EQ(sa.remote_id, "gw-b.example");
  EXPECT_EQ(sa.nat, Nat::kNone);
  EXPECT_EQ(sa.remote.port, 500);
  EXPECT_EQ(sa.children.front().state, "INSTALLED");
  EXPECT_EQ(sa.children.front().pfs, "UNVERIFIED");
  EXPECT_FALSE(wire.a.Child().sa.path.udp_encapsulation);
}

struct Suites {
  const char* ike;
  const char* esp;
};
class EverySuite : public ::testing::TestWithParam<Suites> {};
TEST_P(EverySuite, Works) {
  MockWire wire;
  wire.Connect(Tunnel(GetParam().ike, GetParam().esp));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().suite, wire.b.IkeSa().suite);
  ExpectCarries(wire.a, wire.b);
}
INSTANTIATE_TEST_SUITE_P(Handshake, EverySuite,
                         ::testing::Values(Suites{"aes128-sha1-modp1536", "aes128-sha1"},
                                           Suites{"aes192-sha256-modp2048", "aes192-sha256"},
                                           Suites{"aes256-sha384-modp3072", "aes256-sha384"},
                                           Suites{"aes256-sha512-modp4096", "aes256-sha512"},
                                           Suites{"3des-sha1-modp1536", "3des-sha1-modp1536"},
                                           Suites{"aes128gcm16-prfsha256-ecp256", "aes128gcm16-ecp256"},
                                           Suites{"aes192gcm16-prfsha384-ecp384", "aes192gcm16-ecp384"},
                                           Suites{"aes256gcm16-prfsha512-ecp521", "aes256gcm16-ecp521"},
                                           Suites{"chacha20poly1305-prfsha256-x25519", "chacha20poly1305-x25519"}));

TEST(Handshake, InvalidKeCostsOneRoundTrip) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel("aes256gcm16-prfsha384-ecp384"));
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel("aes256gcm16-prfsha384-x25519-ecp384")});
  wire.Run();
  EXPECT_THAT(wire.log, ElementsAre("a IKE_SA_INIT request 0", "b IKE_SA_INIT response 0", "a IKE_SA_INIT request 0",
                                    "b IKE_SA_INIT response 0", "a IKE_AUTH request 1", "b IKE_AUTH response 1"));
  EXPECT_EQ(wire.a.IkeSa().suite, "aes256gcm16-prfsha384-ecp384");
}

// 1.2: a group that we never offered is no reason to change ours.
TEST(Handshake, InvalidKeCannotDowngrade) {
  MockWire wire;
  wire.passes = [](InFlight& flight) {
    if (flight.from->name != "b") return true;
    const auto header = wire::PeekHeader(*flight.send.bytes);
    wire::ikev2::Message forged;
    forged.header = *header;
    forged.header.responder_spi = 0;
    forged.payloads.push_back(
        wire::ikev2::NotifyPayload{.type = wire::ikev2::NotifyType::kInvalidKePayload, .data = {0, 1}});  // modp768
    flight.send.bytes = std::make_shared<const base::Bytes>(EncodeMessage(forged));
    return true;
  };
  wire.Connect(Tunnel());
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0"), 1);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kBackoff);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kKeGroupMismatch);
}

TEST(Handshake, CookieIsReturned) {
  MockWire wire;
  EngineConfig config = WithSecret("key");
  config.cookie_threshold = 0;
  wire.b.Configure(std::move(config), {Mirror(Tunnel())});
  wire.a.Configure({Tunnel()}, {{"", "key"}});
  wire.Run();
  EXPECT_THAT(wire.log, ElementsAre("a IKE_SA_INIT request 0", "b IKE_SA_INIT response 0", "a IKE_SA_INIT request 0",
                                    "b IKE_SA_INIT response 0", "a IKE_AUTH request 1", "b IKE_AUTH response 1"));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.engine->counters().Value("ipsec_ike_cookies_sent_total", {}), 1u);
}

TEST(Handshake, NatMovesEverythingToPort4500) {
  MockWire wire;
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.remote_endpoints = {};
  of_b.startup = Startup::kAdd;
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel()});
  wire.Run();
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.history[1].send.remote.port, 10500);
  EXPECT_EQ(wire.history[2].send.local.port, 4500);
  EXPECT_TRUE(wire.history[2].send.nat_port);
  EXPECT_EQ(wire.a.IkeSa().nat, Nat::kLocal);
  EXPECT_EQ(wire.b.IkeSa().nat, Nat::kRemote);
  EXPECT_TRUE(wire.a.Child().sa.path.udp_encapsulation);
  EXPECT_EQ(wire.b.Child().sa.path.remote.ToString(), "203.0.113.7:14500");
  const int before = wire.a.keepalives;
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.keepalives - before, 3);  // one each 20 s (RFC 3948 4), by the side behind the NAT
  EXPECT_EQ(wire.b.keepalives, 0);
}

TEST(Handshake, ForcedEncapsulationUsesUdpWithoutANat) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.encapsulation = Encapsulation::kForce;
  TunnelConfig of_b = Mirror(Tunnel());
  wire.b.Configure({of_b});
  wire.a.Configure({of_a});
  wire.Run();
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().nat, Nat::kForced);
  EXPECT_EQ(wire.b.IkeSa().nat, Nat::kRemote);
  EXPECT_TRUE(wire.a.Child().sa.path.udp_encapsulation);
  EXPECT_TRUE(wire.b.Child().sa.path.udp_encapsulation);
  EXPECT_EQ(wire.a.IkeSa().remote.port, 4500);
}

TEST(Handshake, ADatapathThatPrefersUdpForces) {
  MockWire wire;
  wire.b.capabilities.prefers_udp = true;
  wire.Connect(Tunnel());
  EXPECT_EQ(wire.b.IkeSa().nat, Nat::kForced);
  EXPECT_TRUE(wire.a.Child().sa.path.udp_encapsulation);
}

TEST(Handshake, NeverSendsNoNatDetection) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.encapsulation = Encapsulation::kNever;
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure({of_a});
  wire.Run();
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_FALSE(wire.b.Child().sa.path.udp_encapsulation);
  for (const InFlight& flight : {wire.history[0], wire.history[1]}) {
    const auto message = wire::ikev2::DecodeMessage(*flight.send.bytes);
    EXPECT_FALSE(message->Has(wire::ikev2::NotifyType::kNatDetectionSourceIp)) << flight.text;
  }
}

TEST(Handshake, EveryDatagramCarriesTheConfiguredDscp) {
  MockWire wire;
  TunnelConfig tunnel = Tunnel();
  tunnel.ike_dscp = 48;
  int lost = 0;
  wire.passes = [&](InFlight& flight) { return flight.text != "b IKE_AUTH response 1" || lost++ > 0; };
  wire.Connect(tunnel);
  EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(2)));
  EXPECT_EQ(Count(wire.log, "b IKE_AUTH response 1"), 2);
  for (const InFlight& flight : wire.history) EXPECT_EQ(flight.send.dscp, 48) << flight.text;
}

TEST(Handshake, WrongKeyIsDiagnosedOnBothSides) {
  MockWire wire;
  wire.b.Configure({Mirror(Tunnel())}, {{"", "another key"}});
  wire.a.Configure({Tunnel()});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kBackoff);
  ASSERT_NE(wire.a.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerRefusedAuthentication);
  EXPECT_EQ(wire.a.LastDiagnosis()->field, "secrets[psk].psk");
  ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kPskMismatch);
  EXPECT_EQ(wire.b.LastDiagnosis()->tunnel, "t");
  EXPECT_TRUE(wire.a.LiveChildren().empty());
  EXPECT_TRUE(wire.b.LiveChildren().empty());
}

// From outside, an unknown identity and a wrong key are the same: as many messages, of the same size.
TEST(Handshake, AnUnknownIdentityIsAnsweredLikeAWrongKey) {
  MockWire wrong_key;
  wrong_key.b.Configure({Mirror(Tunnel())}, {{"", "another key"}});
  wrong_key.a.Configure({Tunnel()});
  wrong_key.Run();
  MockWire unknown;
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.remote_identity = Id("gw-c.example");
  unknown.b.Configure({of_b});
  unknown.a.Configure({Tunnel()});
  unknown.Run();
  EXPECT_EQ(unknown.log, wrong_key.log);
  EXPECT_EQ(unknown.history.back().send.bytes->size(), wrong_key.history.back().send.bytes->size());
  EXPECT_EQ(unknown.b.LastDiagnosis()->code, DiagnosisCode::kPeerIdMismatch);
  EXPECT_EQ(unknown.b.LastDiagnosis()->field, "tunnels[t].remote.identifier");
  EXPECT_THAT(unknown.b.LastDiagnosis()->summary, HasSubstr("expected=gw-c.example got=gw-a.example"));
}

TEST(Handshake, ThePeerMustBeWhoItShouldBe) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.remote_identity = Id("*.example.com");  // a pattern is not sent as IDr
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerIdMismatch);
  // RFC 7296 2.21.2: b believed the SA to be up, and is told otherwise.
  EXPECT_EQ(wire.log.back(), "b INFORMATIONAL response 2");
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_TRUE(wire.b.LiveChildren().empty());
}

TEST(Handshake, NoCommonProposalIsExplainedByTheDifference) {
  MockWire wire;
  wire.b.Configure({Mirror(Tunnel("aes128-sha256-modp2048"))});
  wire.a.Configure({Tunnel("aes256-sha256-modp2048")});
  wire.Run();
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kIkeProposalMismatch);
  EXPECT_THAT(wire.b.LastDiagnosis()->summary, HasSubstr("ENCR: ours aes128; theirs aes256"));
  EXPECT_EQ(wire.b.LastDiagnosis()->field, "tunnels[t].ike.proposals");
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kIkeProposalMismatch);
  EXPECT_EQ(wire.a.LastDiagnosis()->expected, "aes256-sha256-modp2048");
  EXPECT_EQ(wire.b.engine->half_open(), 0u);
}

TEST(Handshake, WrongSubnetsLeaveTheIkeSaAndSayWhichField) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.local_subnets = Subnets({"10.9.0.0/24"});
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel()});
  wire.Run();
  EXPECT_EQ(wire.a.IkeSa().state, "ESTABLISHED");  // RFC 7296 1.2
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kBackoff);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kTrafficSelectorsUnacceptable);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kTrafficSelectorsUnacceptable);
  EXPECT_EQ(wire.b.LastDiagnosis()->field, "tunnels[t].local.subnets");
  // The next attempt asks for a CHILD_SA alone.
  wire.Advance(absl::Seconds(2));
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0"), 1);
  EXPECT_GE(Count(wire.log, "a CREATE_CHILD_SA request 2"), 1);
}

TEST(Handshake, WrongEspProposalsAreExplained) {
  MockWire wire;
  wire.b.Configure({Mirror(Tunnel("aes256gcm16-prfsha384-x25519", "aes128gcm16"))});
  wire.a.Configure({Tunnel()});
  wire.Run();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kEspProposalMismatch);
  EXPECT_EQ(wire.a.LastDiagnosis()->field, "tunnels[t].esp.proposals");
  EXPECT_THAT(wire.b.LastDiagnosis()->summary, HasSubstr("ours aes128gcm16; theirs aes256gcm16"));
}

TEST(Handshake, SelectorsAreNarrowedToWhatBothAllow) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.local_subnets = Subnets({"10.1.0.0/16", "10.7.0.0/24"});
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kPartial);
  EXPECT_TRUE(wire.a.Saw(EventType::kNarrowed));
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.local_selectors), "10.1.0.0/24");
  ExpectCarries(wire.a, wire.b);
}

TEST(Handshake, WhatAPeerHasOfTheNetworksBehindATunnelForAnyPeerIsAllOfIt) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.remote_endpoints = {};
  of_b.remote_subnets = Subnets({"10.0.0.0/8"});
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel()});
  wire.Run();
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  EXPECT_FALSE(wire.b.Saw(EventType::kNarrowed));
  EXPECT_EQ(ipsec::ToString(wire.b.Child().sa.remote_selectors), "10.1.0.0/24");

  // Of the networks here it is to have all.
  MockWire less;
  of_b.local_subnets = Subnets({"10.2.0.0/24", "10.9.0.0/24"});
  less.b.Configure({of_b});
  less.a.Configure({Tunnel()});
  less.Run();
  EXPECT_EQ(less.b.Tunnel().state, TunnelState::kPartial);
  EXPECT_TRUE(less.b.Saw(EventType::kNarrowed));
}

TEST(Handshake, SeveralSubnetsShareOneChildSa) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.local_subnets = Subnets({"10.1.0.0/24", "10.3.0.0/24", "2001:db8:1::/48"});
  of_a.remote_subnets = Subnets({"10.2.0.0/24", "2001:db8:2::/48"});
  wire.Connect(of_a);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.Child().sa.local_selectors.size(), 3u);
}

TEST(Handshake, PerPairMakesOneChildSaAPair) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.layout = ChildSaLayout::kPerPair;
  of_a.local_subnets = Subnets({"10.1.0.0/24", "10.3.0.0/24", "10.5.0.0/24"});
  of_a.remote_subnets = Subnets({"10.2.0.0/24", "10.4.0.0/24"});
  wire.Connect(of_a);
  EXPECT_EQ(wire.a.LiveChildren().size(), 6u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().children.back().name, "t-6");
  ExpectCarries(wire.a, wire.b);
}

TEST(Handshake, OneAnyTunnelServesManyPeers) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.remote_endpoints = {};
  of_b.remote_identity = Id("%any");
  wire.b.Configure({of_b});
  TunnelConfig of_a = Tunnel();
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().remote_endpoint, "any");
}

TEST(Handshake, ThePreviousSecretStillOpensTheDoor) {
  {  // the responder has rotated, the initiator has not
    MockWire wire;
    wire.b.Configure(WithSecret("new", "old"), {Mirror(Tunnel())});
    wire.a.Configure({Tunnel()}, {{"", "old"}});
    wire.Run();
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  }
  {  // the other way round: a second handshake, at once
    MockWire wire;
    wire.b.Configure({Mirror(Tunnel())}, {{"", "old"}});
    wire.a.Configure(WithSecret("new", "old"), {Tunnel()});
    wire.Run();
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
    EXPECT_EQ(Count(wire.log, "a IKE_AUTH request 1"), 2);
  }
}

TEST(Handshake, AStrangerIsToldNoProposalChosen) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.remote_endpoints = {"198.51.100.9"};
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel()});
  wire.Run();
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kNoTunnelForPeer);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kBackoff);
}

TEST(Handshake, UniqueKeepRefusesTheSecond) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.unique = Unique::kKeep;
  wire.b.Configure({of_b});
  TunnelConfig of_a = Tunnel();
  TunnelConfig twin = of_a;
  twin.name = "twin";
  wire.a.Configure({of_a});
  wire.Run();
  wire.a.Configure({of_a, twin});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel("t").state, TunnelState::kUp);
  EXPECT_EQ(wire.a.Tunnel("twin").state, TunnelState::kBackoff);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 2u);  // one of them is a refusal that lingers
  EXPECT_EQ(wire.b.LiveChildren().size(), 1u);
}

TEST(Handshake, APeerThatRestartedReplacesItsOldSa) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Restart();
  wire.a.Configure({Tunnel()});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Handshake, BothStartingAtOnceLeaveOneSa) {
  for (int run = 0; run < 2; ++run) {
    MockWire wire;
    TunnelConfig of_b = Mirror(Tunnel());
    of_b.startup = Startup::kStart;
    if (run == 0) {
      wire.b.Configure({of_b});
      wire.a.Configure({Tunnel()});
    } else {
      wire.a.Configure({Tunnel()});
      wire.b.Configure({of_b});
    }
    wire.Advance(absl::Seconds(90));
    EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
    EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
    ExpectCarries(wire.a, wire.b);
  }
}

// Both have shown their hand in IKE_AUTH before either is heard: two SAs, and both sides must give up the same one.
TEST(Handshake, CrossingInIkeAuthLeavesOneSa) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.startup = Startup::kStart;
  std::vector<InFlight> held;
  wire.passes = [&](InFlight& flight) {
    if (flight.text.find("IKE_AUTH") == std::string::npos) return true;
    held.push_back(flight);
    return false;
  };
  const auto release = [&] {
    for (const InFlight& flight : std::exchange(held, {})) {
      wire.Inject(flight.from == &wire.a ? wire.b : wire.a, flight.send);
    }
    wire.Run();
  };
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel()});
  wire.Run();
  ASSERT_EQ(held.size(), 2u);
  release();  // the requests: each side has the other's SA
  ASSERT_EQ(held.size(), 2u);
  release();  // the answers: and now its own
  wire.passes = nullptr;
  wire.Advance(absl::Seconds(2));
  EXPECT_EQ(Count(wire.log, "a IKE_AUTH response 1") + Count(wire.log, "b IKE_AUTH response 1"), 2);
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  ExpectCarries(wire.a, wire.b);
  wire.Advance(absl::Minutes(2));
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0") + Count(wire.log, "b IKE_SA_INIT request 0"), 2);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

TEST(Handshake, UnsupportedTunnelsAreBlockedNotTried) {
  MockWire wire;
  TunnelConfig eap = Tunnel();  // by both sides, with a method that lets whoever answers guess
  eap.authentication.local = eap.authentication.remote = AuthKind::kEap;
  wire.a.Configure({eap});
  wire.Run();
  EXPECT_TRUE(wire.log.empty());
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kBlocked);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kNotSupported);
}

TEST(Handshake, ADatapathThatRefusesIsReportedToThePeer) {
  MockWire wire;
  wire.b.install_status = absl::PermissionDeniedError("not in its proposals");
  wire.Connect(Tunnel());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kInstallFailed);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerBusy);
  EXPECT_TRUE(wire.a.LiveChildren().empty());
}

}  // namespace
}  // namespace culvert::iked::testing
