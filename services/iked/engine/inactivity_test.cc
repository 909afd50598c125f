// SPDX-License-Identifier: Apache-2.0
// esp.inactivity: a closes what carries nothing for a minute; the datapath says what it carries.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::IsEmpty;

TunnelConfig Idle(Startup startup = Startup::kRoute) {
  TunnelConfig t = Tunnel();
  t.startup = startup;
  t.inactivity = absl::Seconds(60);
  return t;
}

class Inactivity : public ::testing::Test {
 protected:
  void Connect(TunnelConfig of_a = Idle()) {
    TunnelConfig of_b = Mirror(of_a);
    of_b.inactivity = {};
    wire.b.Configure({of_b});
    wire.a.Configure({std::move(of_a)});
    Traffic();
    ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  }
  void Traffic() {
    wire.a.Handle(Acquire{"t", {}, {}});
    wire.Run();
  }
  MockWire wire;
};

TEST_F(Inactivity, ASilentChildSaIsClosedAndTheTunnelWaitsForTraffic) {
  Connect();
  wire.Advance(absl::Seconds(59));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  wire.Advance(absl::Seconds(2));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kRouted);
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kNone);
  EXPECT_EQ(wire.a.Tunnel().attempts, 0u);
  EXPECT_EQ(wire.a.LastDiagnosis(), nullptr);
  EXPECT_THAT(wire.a.events, Contains(AllOf(Field(&Event::type, EventType::kChildSaDeleted),
                                            Field(&Event::message, "It carried nothing for esp.inactivity."))));
  EXPECT_THAT(wire.a.LiveChildren(), IsEmpty());
  EXPECT_THAT(wire.b.LiveChildren(), IsEmpty());
  EXPECT_EQ(wire.a.IkeSa().state, "ESTABLISHED");
  const size_t said = wire.log.size();
  wire.Advance(absl::Minutes(5));
  EXPECT_EQ(wire.log.size(), said);
  Traffic();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0"), 1);
  ExpectCarries(wire.a, wire.b);
}

TEST_F(Inactivity, TrafficInEitherDirectionCounts) {
  for (auto last : {&Host::last_in, &Host::last_out}) {
    MockWire fresh;
    fresh.b.Configure({Mirror(Tunnel())});
    fresh.a.Configure({Idle(Startup::kStart)});
    fresh.Run();
    const uint64_t child = fresh.a.Child().sa.id;
    for (int i = 0; i < 10; ++i) {
      fresh.a.*last = fresh.clock.BootTime();
      fresh.Advance(absl::Seconds(50));
    }
    EXPECT_EQ(fresh.a.Child().sa.id, child);
    fresh.Advance(absl::Seconds(11));
    EXPECT_NE(fresh.a.Child().sa.id, child);
  }
}

TEST_F(Inactivity, ARekeyIsNoTraffic) {
  TunnelConfig of_a = Idle();
  of_a.inactivity = absl::Seconds(150);
  of_a.esp_lifetime = absl::Seconds(60);
  of_a.esp_rekey_margin = absl::Seconds(10);
  Connect(of_a);
  wire.a.last_in = wire.clock.BootTime() + absl::Seconds(20);
  wire.Advance(absl::Seconds(165));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_TRUE(wire.a.Saw(EventType::kChildSaRekeyed));
  wire.Advance(absl::Seconds(6));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kRouted);
}

TEST_F(Inactivity, WhatNobodyCountsIsNotIdle) {
  wire.a.counts = false;
  Connect();
  wire.Advance(absl::Minutes(10));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

// START asks for it again at once, and counts no failure.
TEST_F(Inactivity, StartComesStraightBack) {
  Connect(Idle(Startup::kStart));
  const uint64_t child = wire.a.Child().sa.id;
  wire.Advance(absl::Seconds(61));
  EXPECT_NE(wire.a.Child().sa.id, child);
  EXPECT_EQ(wire.a.Tunnel().attempts, 0u);
}

TEST_F(Inactivity, AnOperatorsUpEndsWithTheTraffic) {
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure({Idle(Startup::kAdd)});
  wire.a.Handle(Initiate{1, "t"});
  wire.Run();
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  wire.Advance(absl::Minutes(10));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kIdle);
  EXPECT_THAT(wire.b.LiveChildren(), IsEmpty());
}

}  // namespace
}  // namespace culvert::iked::testing
