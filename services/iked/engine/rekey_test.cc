// SPDX-License-Identifier: Apache-2.0
// CREATE_CHILD_SA: rekeys of CHILD_SAs and of the IKE SA, alone, refused and crossing (RFC 7296 1.3, 2.8, 2.25).
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

std::vector<std::string> Since(const MockWire& wire, size_t from) {
  return {wire.log.begin() + static_cast<std::ptrdiff_t>(from), wire.log.end()};
}

TEST(RekeyChild, TheInitiatorSendsAtOnceAndTheResponderOnFirstInbound) {
  MockWire wire;
  wire.Connect(Tunnel());
  const uint64_t old_a = wire.a.Child().sa.id;
  const uint64_t old_b = wire.b.Child().sa.id;
  const size_t from = wire.log.size();
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  EXPECT_THAT(Since(wire, from), ElementsAre("a CREATE_CHILD_SA request 2", "b CREATE_CHILD_SA response 2",
                                             "a INFORMATIONAL request 3", "b INFORMATIONAL response 3"));
  EXPECT_EQ(wire.a.Child().sa.replaces, old_a);
  EXPECT_EQ(wire.a.Child().sa.activation, Activation::kNow);
  EXPECT_EQ(wire.b.Child().sa.replaces, old_b);
  EXPECT_EQ(wire.b.Child().sa.activation, Activation::kOnFirstInbound);
  EXPECT_EQ(wire.a.children[old_a].grace, absl::Seconds(5));  // stragglers are still received
  EXPECT_EQ(wire.b.children[old_b].grace, absl::Seconds(5));
  EXPECT_EQ(wire.a.IkeSa().children.front().pfs, "x25519");
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(RekeyChild, WithoutPfsItDerivesFromTheIkeSa) {
  MockWire wire;
  wire.Connect(Tunnel("aes256gcm16-prfsha384-x25519", "aes128-sha256"));
  const base::Bytes old_key = base::ToBytes(wire.a.Child().sa.outbound.encryption_key.view());
  wire.b.Handle(Rekey{1, "t", Part::kChild});  // the responder of the IKE SA may rekey as well
  wire.Run();
  ExpectCarries(wire.a, wire.b);
  EXPECT_EQ(wire.a.IkeSa().children.front().pfs, "NONE");
  EXPECT_NE(base::ToBytes(wire.a.Child().sa.outbound.encryption_key.view()), old_key);
}

TEST(RekeyChild, TheAnswerWaitsUntilTheDatapathReceives) {
  MockWire wire;
  wire.Connect(Tunnel("aes256gcm16-prfsha384-x25519", "aes256gcm16"));
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  Send request = wire.a.outbox.front();
  wire.a.outbox.clear();
  wire.Inject(wire.b, request);
  EXPECT_TRUE(wire.b.outbox.empty());  // asked sad to install, and says nothing yet
  wire.b.HandleInbox();
  EXPECT_EQ(wire.b.outbox.size(), 1u);
}

TEST(RekeyChild, WrongGroupIsCorrectedOnce) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Tunnel("aes256gcm16-prfsha384-x25519", "aes256gcm16-ecp256"));
  wire.b.Configure({of_b});
  wire.a.Configure({Tunnel("aes256gcm16-prfsha384-x25519", "aes256gcm16-x25519-ecp256")});
  wire.Run();
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  EXPECT_EQ(wire.a.IkeSa().children.front().pfs, "ecp256");
  ExpectCarries(wire.a, wire.b);
}

TEST(RekeyChild, APfsMismatchIsFoundHereAndExplained) {
  MockWire wire;
  wire.b.Configure({Mirror(Tunnel("aes256gcm16-prfsha384-x25519", "aes256gcm16-ecp384"))});
  wire.a.Configure({Tunnel()});
  wire.Run();
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);  // IKE_AUTH does not negotiate a group
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kEspProposalMismatch);
  EXPECT_EQ(wire.a.LastDiagnosis()->phase, Phase::kCreateChildSa);
  EXPECT_THAT(wire.b.LastDiagnosis()->summary, ::testing::HasSubstr("DH: ours ecp384; theirs x25519"));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);  // the old one carries on, and the rekey is tried again
  EXPECT_EQ(wire.a.IkeSa().children.front().state, "INSTALLED");
}

// 2.8.1: each side rekeys the same CHILD_SA before it hears of the other's request.
TEST(RekeyChild, CrossingRekeysLeaveOnePair) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.b.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  wire.Advance(absl::Seconds(30));
  EXPECT_EQ(wire.a.IkeSa().children.size(), 1u);
  EXPECT_EQ(wire.b.IkeSa().children.size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(RekeyChild, AHundredTimesByItself) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.esp_lifetime = absl::Seconds(60);
  of_a.esp_rekey_margin = absl::Seconds(6);
  wire.Connect(of_a);
  bool gap = false;
  const absl::Duration end = wire.clock.Monotonic() + absl::Seconds(6000);
  while (wire.clock.Monotonic() < end) {
    wire.Advance(absl::Seconds(1));
    gap = gap || wire.a.LiveChildren().empty() || wire.b.LiveChildren().empty();
  }
  EXPECT_FALSE(gap);
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0"), 1);
  EXPECT_GE(wire.a.children.size(), 100u);
  ExpectCarries(wire.a, wire.b);
  EXPECT_LE(wire.a.IkeSa().children.size(), 2u);
}

TEST(RekeyChild, AnUnknownOneIsMadeAnew) {
  MockWire wire;
  wire.Connect(Tunnel());
  // b loses its CHILD_SA without a being told: its Delete and the answers to it never arrive.
  wire.passes = [](InFlight&) { return false; };
  wire.b.Handle(Terminate{1, "t", Part::kChild});
  wire.Run();
  wire.b.Handle(TimerFired{{TimerKind::kChildExpire, 0}});
  wire.passes = nullptr;
  wire.a.Handle(Rekey{2, "t", Part::kChild});
  wire.Advance(absl::Seconds(30));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(RekeyChild, TheDatapathMayAskForIt) {
  MockWire wire;
  wire.Connect(Tunnel());
  const uint64_t old = wire.a.Child().sa.id;
  wire.a.Handle(ChildExpire{old, false});
  wire.a.Handle(ChildExpire{old, false});  // twice is once
  wire.Run();
  EXPECT_EQ(Count(wire.log, "a CREATE_CHILD_SA request 2"), 1);
  EXPECT_NE(wire.a.Child().sa.id, old);
}

TEST(RekeyIke, ChildrenMoveToTheNewSa) {
  MockWire wire;
  wire.Connect(Tunnel());
  const IkeSaView before = wire.a.IkeSa();
  const size_t from = wire.log.size();
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  EXPECT_THAT(Since(wire, from), ElementsAre("a CREATE_CHILD_SA request 2", "b CREATE_CHILD_SA response 2",
                                             "a INFORMATIONAL request 3", "b INFORMATIONAL response 3"));
  const IkeSaView after = wire.a.IkeSa();
  EXPECT_NE(after.initiator_spi, before.initiator_spi);
  EXPECT_EQ(after.responder_spi, wire.b.IkeSa().responder_spi);
  EXPECT_EQ(after.children.front().spi_in, before.children.front().spi_in);
  EXPECT_TRUE(wire.b.Saw(EventType::kIkeSaRekeyed));
  // The new SA counts its messages from zero, and its CHILD_SA can be rekeyed by either side.
  wire.b.Handle(Rekey{2, "t", Part::kChild});
  wire.Run();
  EXPECT_THAT(wire.log, Contains("b CREATE_CHILD_SA request 0"));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(RekeyIke, ByTheResponderTheRolesTurn) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.b.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  EXPECT_TRUE(wire.b.IkeSa().initiator);
  EXPECT_FALSE(wire.a.IkeSa().initiator);
  wire.a.Handle(Rekey{2, "t", Part::kAll});
  wire.Run();
  ExpectCarries(wire.a, wire.b);
  EXPECT_TRUE(wire.a.IkeSa().initiator);
}

TEST(RekeyIke, CrossingRekeysLeaveOneSa) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.b.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(RekeyIke, CrossingAChildRekeyLosesNothing) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.b.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  ExpectCarries(wire.a, wire.b);
}

TEST(RekeyIke, ByItselfBeforeTheLifetimeEnds) {
  MockWire wire;
  TunnelConfig of_a = Tunnel();
  of_a.ike_lifetime = absl::Minutes(10);
  of_a.ike_rekey_margin = absl::Minutes(1);
  wire.Connect(of_a);
  wire.Advance(absl::Hours(2));
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0"), 1);
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

// CLOCK_BOOTTIME: what expired in the host's sleep is rekeyed at once on waking.
TEST(RekeyIke, ASuspendCountsTowardsLifetimes) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.Suspend(absl::Minutes(55));
  wire.Advance(absl::Seconds(5));
  EXPECT_GE(Count(wire.log, "a CREATE_CHILD_SA request 2"), 1);
  ExpectCarries(wire.a, wire.b);
}

}  // namespace
}  // namespace culvert::iked::testing
