// SPDX-License-Identifier: Apache-2.0
// A tunnel's life: retransmission, loss, liveness, commands, new configurations, and being kept up for ever.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;

TEST(Retransmission, BeginsAfterHalfASecondAndBacksOff) {
  MockWire wire;
  wire.passes = [](InFlight&) { return false; };
  std::vector<double> sent;
  const absl::Duration start = wire.clock.Monotonic();
  wire.a.Configure({Tunnel()});
  size_t seen = 0;
  wire.Until(
      [&] {
        for (; seen < wire.log.size(); ++seen) sent.push_back(absl::ToDoubleSeconds(wire.clock.Monotonic() - start));
        return wire.a.Tunnel().state == TunnelState::kBackoff;
      },
      absl::Minutes(1));
  ASSERT_GE(sent.size(), 6u);  // jitter decides whether a seventh fits
  ASSERT_LE(sent.size(), 7u);
  EXPECT_NEAR(sent[1], 0.5, 0.06);
  for (size_t i = 2; i < sent.size(); ++i) {
    EXPECT_NEAR((sent[i] - sent[i - 1]) / (sent[i - 1] - sent[i - 2]), 1.8, 0.4) << i;
  }
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kNoResponse);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kPeerSilent);
  // Bit for bit the same (RFC 7296 2.1).
  EXPECT_EQ(*wire.history[0].send.bytes, *wire.history[1].send.bytes);
}

TEST(Retransmission, IcmpMakesTheDiagnosisSharper) {
  MockWire wire;
  wire.passes = [](InFlight&) { return false; };
  wire.a.Configure({Tunnel()});
  wire.Run();
  wire.a.Handle(PortUnreachable{{wire.b.address, 500}});
  wire.Advance(absl::Seconds(25));
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPortUnreachable);
}

TEST(Retransmission, EachLostMessageIsMadeUpFor) {
  for (size_t lost = 0; lost < 4; ++lost) {
    MockWire wire;
    size_t sent = 0;
    wire.passes = [&](InFlight&) { return sent++ != lost; };
    wire.Connect(Tunnel());
    wire.Advance(absl::Seconds(2));
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp) << lost;
    EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u) << lost;
    ExpectCarries(wire.a, wire.b);
  }
}

TEST(Retransmission, AResponderSendsItsStoredAnswerAndNothingByItself) {
  MockWire wire;
  wire.Connect(Tunnel());
  const Send auth_request = wire.history[2].send;
  const base::Bytes auth_response = *wire.history[3].send.bytes;
  wire.Inject(wire.b, auth_request);
  ASSERT_EQ(wire.b.outbox.size(), 1u);
  EXPECT_EQ(*wire.b.outbox.front().bytes, auth_response);
  EXPECT_EQ(wire.b.LiveChildren().size(), 1u);
  const size_t before = wire.log.size();
  wire.b.outbox.clear();
  wire.Advance(absl::Minutes(5));
  EXPECT_EQ(wire.log.size(), before);
}

TEST(Retransmission, AThirdOfAllDatagramsMayBeLostDoubledOrLate) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    MockWire wire;
    SeededRng chance(seed);
    wire.passes = [&](InFlight& flight) {
      const uint8_t roll = chance.Take(1).front();
      if (roll > 210) wire.Inject(flight.from == &wire.a ? wire.b : wire.a, flight.send);  // doubled
      return roll >= 80;
    };
    TunnelConfig of_a = Tunnel();
    of_a.esp_lifetime = absl::Seconds(60);
    of_a.esp_rekey_margin = absl::Seconds(12);
    wire.Connect(of_a);
    wire.Advance(absl::Minutes(10));
    wire.passes = nullptr;
    wire.Advance(absl::Minutes(5));
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp) << seed;
    EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u) << seed;
    ExpectCarries(wire.a, wire.b);
  }
}

TEST(Replay, AnOldRequestMovesNobody) {
  MockWire wire;
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.remote_endpoints = {};
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel()});
  wire.Run();
  Send replay = wire.history[2].send;
  replay.local = {*base::IpAddress::Parse("198.51.100.66"), 4500};
  wire.Inject(wire.b, replay);
  EXPECT_EQ(wire.b.IkeSa().remote.address, wire.nat_address);
}

TEST(Nat, ARebindingIsFollowedAfterOneAuthenticatedMessage) {
  MockWire wire;
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.remote_endpoints = {};
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel()});
  wire.Run();
  wire.nat_port_offset = 20'000;
  // A forgery from the new port moves nothing.
  Send forged = wire.history[2].send;
  auto bytes = std::make_shared<base::Bytes>(*forged.bytes);
  bytes->back() ^= 1;
  forged.bytes = bytes;
  forged.local = {wire.nat_address, 24500};
  wire.Inject(wire.b, forged);
  EXPECT_EQ(wire.b.IkeSa().remote.port, 14500);
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  EXPECT_EQ(wire.b.IkeSa().remote.port, 24500);
  EXPECT_EQ(wire.b.Child().sa.path.remote.port, 24500);
  EXPECT_TRUE(wire.b.Saw(EventType::kNatMappingChanged));
  // And so does a packet that the datapath authenticated.
  wire.b.Handle(NatMapping{wire.b.Child().sa.id, {wire.nat_address, 34500}});
  EXPECT_EQ(wire.b.Child().sa.path.remote.port, 34500);
}

TunnelConfig WithDpd() {
  TunnelConfig of_a = Tunnel();
  of_a.dpd = {.enabled = true, .delay = absl::Seconds(10), .timeout = absl::Seconds(30)};
  return of_a;
}

TEST(DeadPeer, IsFoundBetweenTimeoutAndTimeoutPlusDelay) {
  MockWire wire;
  wire.Connect(WithDpd());
  wire.Advance(absl::Seconds(47));
  wire.passes = [](InFlight&) { return false; };
  const absl::Duration cut = wire.clock.Monotonic();
  ASSERT_TRUE(wire.Until([&] { return wire.a.Tunnel().state != TunnelState::kUp; }, absl::Minutes(5)));
  const absl::Duration took = wire.clock.Monotonic() - cut;
  EXPECT_GE(took, absl::Seconds(30));
  EXPECT_LE(took, absl::Seconds(40));
  EXPECT_EQ(wire.a.engine->counters().Value("ipsec_dpd_timeouts_total", {"t"}), 1u);
  // RESTART: it comes back by itself, as one SA.
  wire.passes = nullptr;
  ASSERT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Minutes(2)));
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
}

TEST(DeadPeer, TrafficThatComesInSparesTheProbe) {
  MockWire wire;
  wire.Connect(WithDpd());
  const size_t before = wire.log.size();
  for (int i = 0; i < 100; ++i) {
    wire.a.last_in = wire.b.last_in = wire.clock.BootTime();
    wire.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(wire.log.size(), before);
  EXPECT_GT(wire.a.usage_queries, 5);
}

TEST(DeadPeer, AnIdlePeerIsAskedAndAnswers) {
  MockWire wire;
  wire.Connect(WithDpd());
  wire.Advance(absl::Seconds(35));
  EXPECT_GE(wire.a.engine->counters().Value("ipsec_dpd_probes_total", {"t", "answered"}), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

TEST(DeadPeer, ClearLeavesItDown) {
  MockWire wire;
  TunnelConfig of_a = WithDpd();
  of_a.dpd.action = DpdAction::kClear;
  wire.Connect(of_a);
  wire.passes = [](InFlight&) { return false; };
  wire.Advance(absl::Minutes(2));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kIdle);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kDeadPeer);
}

TEST(Startup, KeptUpForEver) {
  MockWire wire;
  bool away = true;
  wire.passes = [&](InFlight&) { return !away; };
  wire.a.Configure({Tunnel()});
  wire.b.Configure({Mirror(Tunnel())});
  wire.Advance(absl::Minutes(10));
  EXPECT_NE(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_GT(wire.a.Tunnel().attempts, 3u);
  away = false;
  EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(60)));
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().attempts, 0u);
}

TEST(Startup, FailingForDaysUsesUpNoSpis) {
  MockWire wire;
  wire.b.Configure({Mirror(Tunnel())}, {{"", "another key"}});
  wire.a.Configure({Tunnel()});
  wire.Advance(absl::Hours(48));
  EXPECT_GT(Count(wire.log, "a IKE_AUTH request 1"), 1000);
  EXPECT_EQ(wire.a.leases, 1);
  EXPECT_EQ(wire.b.leases, 1);
  EXPECT_EQ(wire.a.engine->History("t")->size(), 16u);
}

TEST(Startup, RouteWaitsForTraffic) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.startup = Startup::kRoute;
  wire.Connect(of_a);
  wire.Advance(absl::Minutes(5));
  EXPECT_TRUE(wire.log.empty());
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kRouted);
  for (int i = 0; i < 5; ++i) wire.a.Handle(Acquire{"t", {}, {}});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0"), 1);
}

TEST(Startup, IgnoreNeitherStartsNorAnswersUntilUp) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel());
  of_b.startup = Startup::kIgnore;
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel()});
  wire.Advance(absl::Seconds(10));
  EXPECT_EQ(wire.b.Tunnel().reason, TunnelReason::kStartupIgnore);
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kTunnelHeldDown);
  EXPECT_EQ(wire.b.LastDiagnosis()->field, "tunnels[t].startup");
  wire.b.Handle(Initiate{7, "t"});
  wire.Advance(absl::Seconds(10));
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  ASSERT_FALSE(wire.b.done.empty());
  EXPECT_TRUE(wire.b.done.back().status.ok());
  EXPECT_EQ(wire.b.done.back().request, 7u);
}

TEST(Commands, UpIsForgottenWhenTheTunnelIsDisabled) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.startup = Startup::kAdd;
  wire.Connect(of_a);
  wire.a.Handle(Initiate{1, "t"});
  wire.Run();
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  TunnelConfig off = Changed(of_a);
  off.enabled = false;
  wire.a.Configure({off});
  wire.Run();
  wire.a.Configure({of_a});
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kIdle);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kNone);
}

TEST(Commands, InitiateTellsWhyItFailed) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.startup = Startup::kAdd;
  wire.b.Configure({Mirror(Tunnel())}, {{"", "another key"}});
  wire.a.Configure({of_a});
  wire.a.Handle(Initiate{3, "t"});
  wire.a.Handle(Initiate{4, "nobody"});
  wire.Run();
  ASSERT_EQ(wire.a.done.size(), 2u);
  EXPECT_TRUE(absl::IsNotFound(wire.a.done[0].status));
  EXPECT_TRUE(absl::IsUnavailable(wire.a.done[1].status));
  EXPECT_EQ(wire.a.done[1].diagnosis->code, DiagnosisCode::kPeerRefusedAuthentication);
}

TEST(Commands, DownDeletesAtThePeerAndStaysDown) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Handle(Terminate{5, "t", Part::kAll});
  wire.Run();
  EXPECT_THAT(wire.log, Contains("a INFORMATIONAL request 2"));
  EXPECT_EQ(wire.a.done.back().ike_sas, 1u);
  EXPECT_EQ(wire.a.done.back().child_sas, 1u);
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_TRUE(wire.b.LiveChildren().empty());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kPeerDeleted);
  wire.Advance(absl::Minutes(5));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kIdle);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kOperatorDown);
  wire.a.Handle(Initiate{6, "t"});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

TEST(Commands, BothDeletingAtOnceIsNoFault) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Handle(Terminate{1, "t", Part::kAll});
  wire.b.Handle(Terminate{1, "t", Part::kAll});
  wire.Advance(absl::Seconds(30));
  EXPECT_TRUE(wire.a.engine->IkeSas().empty());
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
}

TEST(Commands, DrainSaysGoodbyeToEverybody) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Handle(Drain{9});
  wire.Run();
  EXPECT_EQ(wire.a.done.back().request, 9u);
  EXPECT_TRUE(wire.a.done.back().status.ok());
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  wire.Advance(absl::Minutes(2));
  EXPECT_TRUE(wire.a.engine->IkeSas().empty());
}

TEST(Commands, DrainDoesNotWaitForTheDead) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.passes = [](InFlight&) { return false; };
  wire.a.Handle(Drain{9});
  wire.Advance(absl::Seconds(4));
  EXPECT_TRUE(absl::IsDeadlineExceeded(wire.a.done.back().status));
}

TEST(Snapshot, AnUntouchedTunnelKeepsItsSas) {
  MockWire wire;
  TunnelConfig other = Tunnel();
  other.name = "other";
  other.remote_endpoints = {"192.0.2.99"};
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure({Tunnel(), other});
  wire.Run();
  const IkeSaView before = wire.a.Tunnel().ike_sas.front();
  wire.a.Configure({Tunnel(), Changed(other)});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().ike_sas.front().initiator_spi, before.initiator_spi);
  EXPECT_EQ(wire.a.Tunnel().ike_sas.front().children.front().spi_in, before.children.front().spi_in);
  EXPECT_EQ(wire.a.engine->generation(), 2u);
}

TEST(Snapshot, DisabledMeansADeleteToThePeer) {
  MockWire wire;
  wire.Connect(Tunnel());
  TunnelConfig off = Changed(Tunnel());
  off.enabled = false;
  wire.a.Configure({off});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kDisabled);
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_TRUE(wire.a.LiveChildren().empty());
}

TEST(Snapshot, RemovedMeansGone) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Configure(std::vector<TunnelConfig>{});
  wire.Run();
  EXPECT_TRUE(wire.a.engine->Tunnels().empty());
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
}

TEST(Snapshot, AChangedTunnelIsMadeAnew) {
  MockWire wire;
  wire.Connect(Tunnel());
  TunnelConfig other_suite = Changed(Tunnel("aes128gcm16-prfsha256-x25519"));
  wire.b.Configure({Mirror(other_suite)});
  wire.a.Configure({other_suite});
  wire.Advance(absl::Seconds(10));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().suite, "aes128gcm16-prfsha256-x25519");
  ExpectCarries(wire.a, wire.b);
}

TEST(Snapshot, AMissingLocalAddressBlocksUntilItIsBack) {
  MockWire wire;
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure(std::vector<TunnelConfig>{});
  wire.a.Handle(HostAddresses{{*base::IpAddress::Parse("192.0.2.200")}});
  wire.a.Configure({Tunnel()});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kBlocked);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kLocalAddressMissing);
  wire.a.Handle(HostAddresses{{wire.a.address}});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

TEST(Snapshot, WhatBlockedIsNoReasonToIdle) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.startup = Startup::kAdd;
  wire.a.Configure({of_a});
  wire.Run();
  wire.a.Handle(DatapathDetached{});
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kBlocked);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kDatapathUnavailable);
  wire.a.Handle(DatapathAttached{});
  wire.a.HandleInbox();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kIdle);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kNone);
}

TEST(Names, AreLookedUpAgainBeforeEachAttempt) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.remote_endpoints = {"gw-b.example"};
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure({of_a});
  wire.Advance(absl::Seconds(5));
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kNameNotResolved);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kNameNotResolved);
  wire.a.names["gw-b.example"] = {"192.0.2.2"};
  EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(60)));
}

TEST(Names, TheSecondAddressIsTriedWhenTheFirstIsSilent) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.remote_endpoints = {"192.0.2.77", "192.0.2.2"};
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure({of_a});
  EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(30)));
}

TEST(Datapath, WhenItComesBackItIsToldWhatLives) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Handle(DatapathDetached{});
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);  // what is installed goes on
  const Effects effects = wire.a.engine->Handle(DatapathAttached{});
  const auto* reconcile = std::get_if<ReconcileChildSas>(&effects.front());
  ASSERT_NE(reconcile, nullptr);
  EXPECT_THAT(reconcile->child_sas, ElementsAre(wire.a.Child().sa.id));
}

TEST(Lifetime, TheHardEndOfAChildSaIsADelete) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  wire.Connect(of_a);
  wire.a.Handle(ChildExpire{wire.a.Child().sa.id, true});
  wire.Run();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kLifetimeExpired);
  wire.Advance(absl::Seconds(5));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);  // START: a new one
  ExpectCarries(wire.a, wire.b);
}

}  // namespace
}  // namespace culvert::iked::testing
