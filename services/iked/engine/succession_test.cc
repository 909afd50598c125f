// SPDX-License-Identifier: Apache-2.0
// Rekeys of one IKE SA that cross, in every order that a network and two computers can give them (RFC 7296 2.8.2,
// 2.25.2). Whatever happens, one IKE SA is left, it has the CHILD_SA, and both sides know it.
#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

// Each round has other nonces, so that either side's exchange holds the lowest.
class Succession : public ::testing::TestWithParam<int> {
 protected:
  Succession() {
    wire.a.rng.Take(static_cast<size_t>(GetParam()));
    wire.Connect(Tunnel());
    spi_in = wire.a.IkeSa().children.front().spi_in;
  }

  Send Next(Host& from) {
    EXPECT_FALSE(from.outbox.empty());
    Send send = std::move(from.outbox.front());
    from.outbox.pop_front();
    return send;
  }
  // The oldest datagram that `from` sent, given to the other; what it leads to stays in the other's inbox.
  void Pass(Host& from, Host& to) { wire.Inject(to, Next(from)); }
  void BothAskToRekey() {
    for (Host* host : {&wire.a, &wire.b}) {
      host->Handle(Rekey{1, "t", Part::kIke});
      host->HandleInbox();
      ASSERT_EQ(host->outbox.size(), 1u);
    }
  }
  void ExpectOne() {
    wire.Run();
    wire.Advance(absl::Minutes(2));
    for (Host* host : {&wire.a, &wire.b}) {
      EXPECT_EQ(host->IkeSa().children.size(), 1u);
      EXPECT_EQ(host->Tunnel().state, TunnelState::kUp);
      EXPECT_EQ(host->LastDiagnosis(), nullptr);
    }
    EXPECT_EQ(wire.a.IkeSa().children.front().spi_in, spi_in);
    ExpectCarries(wire.a, wire.b);
    // Both can go on from here.
    wire.b.Handle(Rekey{2, "t", Part::kAll});
    wire.Run();
    wire.a.Handle(Rekey{2, "t", Part::kAll});
    wire.Run();
    ExpectCarries(wire.a, wire.b);
  }

  MockWire wire;
  uint32_t spi_in = 0;
};

TEST_P(Succession, BothSidesNotice) {
  BothAskToRekey();
  Pass(wire.a, wire.b);
  Pass(wire.b, wire.a);
  ExpectOne();
  EXPECT_EQ(wire.b.engine->counters().Value("ipsec_rekey_collisions_total", {"t", "ike"}), 1u);
}

TEST_P(Succession, OnlyOneSideNotices) {
  BothAskToRekey();
  const Send late = Next(wire.a);
  Pass(wire.b, wire.a);
  wire.a.HandleInbox();
  Pass(wire.a, wire.b);
  wire.b.HandleInbox();       // b is done, and about to delete the old one
  wire.Inject(wire.b, late);  // TEMPORARY_FAILURE
  std::reverse(wire.b.outbox.begin(), wire.b.outbox.end());
  ExpectOne();
}

TEST_P(Succession, TheDeleteOfTheOldOneComesBeforeAnyAnswer) {
  BothAskToRekey();
  wire.a.outbox.clear();  // lost
  ExpectOne();
}

TEST_P(Succession, OurAnswerIsInBeforeThePeersRequestIsWorkedOff) {
  BothAskToRekey();
  Pass(wire.a, wire.b);
  Pass(wire.b, wire.a);  // a computes for b's request …
  wire.b.HandleInbox();
  Pass(wire.b, wire.a);  // … when b's answer comes, and its computation is done first
  ASSERT_EQ(wire.a.inbox.size(), 2u);
  std::swap(wire.a.inbox[0], wire.a.inbox[1]);
  ExpectOne();
}

// b has decided, and uses what a still holds back, because b's answer to a is late.
TEST_P(Succession, UsedBeforeItIsDecidedHere) {
  BothAskToRekey();
  Pass(wire.a, wire.b);
  Pass(wire.b, wire.a);
  wire.b.HandleInbox();
  wire.a.HandleInbox();
  const Send late = Next(wire.b);
  Pass(wire.a, wire.b);
  wire.b.HandleInbox();
  wire.b.Handle(Rekey{2, "t", Part::kChild});
  wire.b.HandleInbox();
  std::reverse(wire.b.outbox.begin(), wire.b.outbox.end());
  wire.Run();
  wire.Inject(wire.a, late);
  wire.Run();
  wire.Advance(absl::Minutes(2));
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

// What the peer has granted is deleted there too, though our operator no longer wants any of it.
TEST_P(Succession, TakenDownInTheMiddle) {
  BothAskToRekey();
  Pass(wire.a, wire.b);
  Pass(wire.b, wire.a);
  wire.a.HandleInbox();
  wire.b.HandleInbox();
  Pass(wire.b, wire.a);  // a derives
  wire.a.Handle(Terminate{3, "t", Part::kAll});
  wire.Run();
  wire.Advance(absl::Seconds(50));
  EXPECT_THAT(wire.a.engine->IkeSas(), ::testing::IsEmpty());
  EXPECT_THAT(wire.b.engine->IkeSas(), ::testing::IsEmpty());
  EXPECT_THAT(wire.b.LiveChildren(), ::testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Nonces, Succession, ::testing::Range(0, 8));

}  // namespace
}  // namespace culvert::iked::testing
