// SPDX-License-Identifier: Apache-2.0
// Deletes, notifications and dead peer detection of IKEv1 between two engines (RFC 2409 5.7, RFC 3706).
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/ikev1/testing/tunnel.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

TunnelConfig WithDpd() {
  TunnelConfig tunnel = Ikev1Tunnel();
  tunnel.dpd = {.enabled = true, .delay = absl::Seconds(10), .timeout = absl::Seconds(30)};
  return tunnel;
}

TEST(Ikev1Delete, ThePeerIsToldOfAllThatEnds) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  wire.a.Handle(Terminate{1, "t"});
  wire.Run();
  EXPECT_EQ(Count(wire.log, "a INFORMATIONAL"), 2);  // the CHILD_SA, which some peers would keep, and the ISAKMP SA
  EXPECT_TRUE(wire.a.engine->IkeSas().empty());
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_TRUE(wire.b.LiveChildren().empty());
  ASSERT_EQ(wire.a.done.size(), 1u);
  EXPECT_TRUE(wire.a.done.front().status.ok());
}

TEST(Ikev1Delete, AChildAlone) {
  MockWire wire;
  wire.Connect(SixPairs());
  wire.b.Handle(Terminate{1, "t", Part::kChild});
  wire.Run();
  EXPECT_EQ(wire.a.engine->IkeSas().size(), 1u);
  EXPECT_TRUE(wire.a.LiveChildren().empty());
  wire.Advance(absl::Seconds(5));  // a wants them up
  EXPECT_EQ(wire.a.LiveChildren().size(), 6u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Ikev1Delete, RepeatedAndForgedOnesChangeNothing) {
  MockWire wire;
  wire.Connect(SixPairs());
  wire.b.Handle(Terminate{1, "t", Part::kChild});
  wire.Run();
  const InFlight deletes = wire.history.back();
  wire.Advance(absl::Seconds(5));
  ASSERT_EQ(wire.a.LiveChildren().size(), 6u);
  wire.Inject(wire.a, deletes.send);
  wire.Run();
  EXPECT_EQ(wire.a.LiveChildren().size(), 6u);
  base::Bytes changed = *deletes.send.bytes;
  changed[40] ^= 1;
  Send forged = deletes.send;
  forged.bytes = std::make_shared<const base::Bytes>(changed);
  wire.Inject(wire.a, forged);
  wire.Run();
  EXPECT_EQ(wire.a.LiveChildren().size(), 6u);
}

// In clear anybody can say anything.
TEST(Ikev1Delete, InClearItIsCountedOnly) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  wire.a.Handle(Terminate{1, "t"});
  Send in_clear = wire.a.outbox.front();
  base::Bytes changed = *in_clear.bytes;
  changed[19] = 0;  // flags
  in_clear.bytes = std::make_shared<const base::Bytes>(changed);
  wire.a.outbox.clear();
  wire.Inject(wire.b, in_clear);
  EXPECT_EQ(wire.b.Invalid("unprotected"), 1u);
  EXPECT_EQ(wire.b.LiveChildren().size(), 1u);
}

TEST(Ikev1Delete, AnUpTunnelComesBack) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  wire.b.Handle(Terminate{1, "t", Part::kIke});
  wire.Advance(absl::Seconds(10));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_TRUE(wire.a.Saw(EventType::kIkeSaDeleted));
  ExpectCarries(wire.a, wire.b);
}

TEST(Ikev1Delete, ARemovedSubnetTakesItsPairsAlone_17) {
  MockWire wire;
  wire.Connect(SixPairs());
  const uint64_t spi = wire.a.IkeSa().initiator_spi;
  TunnelConfig fewer = Changed(SixPairs());
  fewer.local_subnets.erase(fewer.local_subnets.begin());
  TunnelConfig fewer_at_b = Changed(Mirror(SixPairs()));
  fewer_at_b.remote_subnets = fewer.local_subnets;
  wire.a.Configure({fewer});
  wire.b.Configure({fewer_at_b});
  wire.Advance(absl::Seconds(1));
  EXPECT_EQ(wire.a.IkeSa().initiator_spi, spi);
  EXPECT_EQ(wire.a.LiveChildren().size(), 4u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Ikev1Dpd, ASilentPeerIsAskedAndAnswers_14) {
  MockWire wire;
  wire.Connect(WithDpd());
  const int before = Count(wire.log, "a INFORMATIONAL");
  wire.Advance(absl::Seconds(11));
  EXPECT_GE(Count(wire.log, "a INFORMATIONAL"), before + 1);
  wire.Advance(absl::Minutes(5));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(Count(wire.log, "a MAIN"), 3);
}

TEST(Ikev1Dpd, ADeadPeerIsNoticedInTime_14) {
  MockWire wire;
  wire.Connect(WithDpd());
  const absl::Duration cut = wire.clock.Monotonic();
  wire.passes = [](InFlight&) { return false; };
  ASSERT_TRUE(wire.Until([&wire] { return wire.a.LiveChildren().empty(); }));
  const absl::Duration took = wire.clock.Monotonic() - cut;
  EXPECT_GE(took, absl::Seconds(30));
  EXPECT_LE(took, absl::Seconds(41));
  EXPECT_EQ(wire.a.engine->counters().Value("ipsec_dpd_timeouts_total", {"t"}), 1u);
  wire.passes = nullptr;
  wire.Advance(absl::Minutes(2));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(Ikev1Dpd, LostProbesAndAnswersAreRepeated) {
  MockWire wire;
  wire.Connect(WithDpd());
  int sent = 0;
  wire.passes = [&sent](InFlight& flight) { return flight.text != "b INFORMATIONAL" || ++sent % 3 == 0; };
  wire.Advance(absl::Minutes(10));
  EXPECT_EQ(Count(wire.log, "a MAIN"), 3);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

TEST(Ikev1Dpd, TrafficIsAnswerEnough_14) {
  MockWire wire;
  wire.Connect(WithDpd());
  const int before = Count(wire.log, "a INFORMATIONAL");
  for (int i = 0; i < 60; ++i) {
    wire.a.last_in = wire.b.last_in = wire.clock.BootTime();
    wire.Advance(absl::Seconds(5));
  }
  EXPECT_EQ(Count(wire.log, "a INFORMATIONAL"), before);
}

TEST(Ikev1Dpd, AReplayedProbeIsNoSignOfLife) {
  MockWire wire;
  wire.Connect(WithDpd());
  const size_t from = wire.history.size();
  wire.Advance(absl::Seconds(11));
  std::vector<InFlight> probes;
  for (size_t i = from; i < wire.history.size(); ++i) {
    if (wire.history[i].from == &wire.b) probes.push_back(wire.history[i]);
  }
  ASSERT_FALSE(probes.empty());
  wire.passes = [](InFlight&) { return false; };
  const absl::Duration cut = wire.clock.Monotonic();
  ASSERT_TRUE(wire.Until([&] {
    for (const InFlight& probe : probes) wire.Inject(wire.a, probe.send);
    return wire.a.LiveChildren().empty();
  }));
  EXPECT_LE(wire.clock.Monotonic() - cut, absl::Seconds(41));
}

}  // namespace
}  // namespace culvert::iked::testing
