// SPDX-License-Identifier: Apache-2.0
// Requests about one CHILD_SA that cross, in every order that a network and two computers can give them (RFC 7296
// 2.8.1, 2.25.1). Whatever happens, one pair is left, and both sides know it.
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

// Each round has other nonces, so that either side's exchange holds the lowest.
class Crossing : public ::testing::TestWithParam<int> {
 protected:
  Crossing() {
    wire.a.rng.Take(static_cast<size_t>(GetParam()));
    wire.Connect(Tunnel());
  }

  // The oldest datagram that `from` sent, given to the other; what it leads to stays in the other's inbox.
  void Pass(Host& from, Host& to) {
    ASSERT_FALSE(from.outbox.empty());
    const Send send = std::move(from.outbox.front());
    from.outbox.pop_front();
    wire.Inject(to, send);
  }
  void BothAskToRekey() {
    for (Host* host : {&wire.a, &wire.b}) {
      host->Handle(Rekey{1, "t", Part::kChild});
      host->HandleInbox();
      ASSERT_EQ(host->outbox.size(), 1u);
    }
  }
  void ExpectOnePair() {
    wire.Run();
    wire.Advance(absl::Minutes(1));
    EXPECT_EQ(wire.a.IkeSa().children.size(), 1u);
    EXPECT_EQ(wire.b.IkeSa().children.size(), 1u);
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
    EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
    EXPECT_EQ(wire.a.LastDiagnosis(), nullptr);
    EXPECT_EQ(wire.b.LastDiagnosis(), nullptr);
    ExpectCarries(wire.a, wire.b);
  }

  MockWire wire;
};

TEST_P(Crossing, RekeysThatBothSidesNotice) {
  BothAskToRekey();
  ExpectOnePair();
  EXPECT_EQ(wire.a.engine->counters().Value("ipsec_rekey_collisions_total", {"t", "child"}), 1u);
}

TEST_P(Crossing, ThePeersDeleteComesWhileOurAnswerIsBeingDerived) {
  BothAskToRekey();
  Pass(wire.a, wire.b);  // a's request
  Pass(wire.b, wire.a);  // b's
  wire.b.HandleInbox();
  wire.a.HandleInbox();
  Send answer_of_b = std::move(wire.b.outbox.front());
  wire.b.outbox.pop_front();
  Pass(wire.a, wire.b);  // a's answer: b is done, and deletes the old one or its own
  wire.b.HandleInbox();
  wire.Inject(wire.a, answer_of_b);  // a derives
  Pass(wire.b, wire.a);              // b's Delete
  ExpectOnePair();
}

TEST_P(Crossing, OurAnswerIsInBeforeThePeersRequestIsWorkedOff) {
  BothAskToRekey();
  Pass(wire.a, wire.b);
  Pass(wire.b, wire.a);  // a computes for b's request …
  wire.b.HandleInbox();
  Pass(wire.b, wire.a);  // … when b's answer comes, and its computation is done first
  ASSERT_EQ(wire.a.inbox.size(), 2u);
  std::swap(wire.a.inbox[0], wire.a.inbox[1]);
  ExpectOnePair();
}

TEST_P(Crossing, OnlyOneSideNotices) {
  BothAskToRekey();
  Send late = std::move(wire.a.outbox.front());
  wire.a.outbox.clear();
  wire.Run();  // b's rekey goes all the way
  ASSERT_EQ(wire.a.LiveChildren().size(), 1u);
  wire.Inject(wire.b, late);  // CHILD_SA_NOT_FOUND
  ExpectOnePair();
  EXPECT_EQ(wire.a.children.size(), 2u);  // no third was made
}

TEST_P(Crossing, ThePeersRekeyIsThroughBeforeOursIsSent) {
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  ASSERT_EQ(wire.a.inbox.size(), 1u);
  Input generated = std::move(wire.a.inbox.front());
  wire.a.inbox.clear();
  wire.b.Handle(Rekey{1, "t", Part::kChild});
  wire.Run();
  wire.a.inbox.push_back(std::move(generated));
  ExpectOnePair();
  EXPECT_EQ(wire.a.children.size(), 2u);
}

// The peer deletes, or rekeys, what it granted before its grant has come through.
TEST_P(Crossing, ADeleteOvertakesTheGrant) {
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.a.HandleInbox();
  Pass(wire.a, wire.b);
  wire.b.HandleInbox();
  wire.b.outbox.clear();  // lost
  wire.b.Handle(Terminate{2, "t", Part::kChild});
  wire.Run();
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.IkeSa().children.size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST_P(Crossing, ARekeyOvertakesTheGrant) {
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.a.HandleInbox();
  Pass(wire.a, wire.b);
  wire.b.HandleInbox();
  wire.b.outbox.clear();  // lost
  wire.b.Handle(Rekey{2, "t", Part::kChild});
  ExpectOnePair();
}

// a goes on to rekey what it made, while b still waits to hear of its own rekey: neither may build on what is
// undecided.
TEST_P(Crossing, ARekeyOfWhatIsNotDecidedWaits) {
  BothAskToRekey();
  Pass(wire.a, wire.b);
  Pass(wire.b, wire.a);
  Input for_b = std::move(wire.a.inbox.front());  // a's computation for b's request takes longer …
  wire.a.inbox.clear();
  wire.b.HandleInbox();
  Pass(wire.b, wire.a);
  wire.a.HandleInbox();  // … than all of its own rekey
  wire.a.Handle(Rekey{2, "t", Part::kChild});
  wire.a.HandleInbox();
  wire.a.inbox.push_back(std::move(for_b));
  wire.a.HandleInbox();
  ASSERT_EQ(wire.a.outbox.size(), 2u);
  Pass(wire.a, wire.b);
  wire.b.HandleInbox();
  EXPECT_EQ(wire.b.children.size(), 2u);  // refused
  ExpectOnePair();
}

TEST_P(Crossing, BothAskForANewOne) {
  for (Host* host : {&wire.a, &wire.b}) host->Handle(Terminate{1, "t", Part::kChild});
  wire.Run();
  for (Host* host : {&wire.a, &wire.b}) host->Handle(Acquire{"t", {}, {}});
  wire.Run();
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.IkeSa().children.size(), 1u);
  ExpectCarries(wire.a, wire.b);
}

INSTANTIATE_TEST_SUITE_P(Nonces, Crossing, ::testing::Range(0, 8));

}  // namespace
}  // namespace culvert::iked::testing
