// SPDX-License-Identifier: Apache-2.0
// One CHILD_SA for all pairs of subnets, or one for each (child_sa_layout; RFC 7296 2.9, 2.9.2).
#include <algorithm>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

// 3 x 2 subnets, one CHILD_SA each.
TunnelConfig SixPairs() {
  TunnelConfig t = Tunnel();
  t.frame = "frame";
  t.layout = ChildSaLayout::kPerPair;
  t.local_subnets = Subnets({"10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"});
  t.remote_subnets = Subnets({"10.2.0.0/24", "10.2.1.0/24"});
  return t;
}

std::set<uint64_t> Ids(const Host& host) {
  std::set<uint64_t> ids;
  for (const InstalledChild* child : host.LiveChildren()) ids.insert(child->sa.id);
  return ids;
}

TEST(Layout, SixPairsSurviveARekeyOfTheIkeSa_17) {
  MockWire wire;
  wire.Connect(SixPairs());
  EXPECT_EQ(Ids(wire.a).size(), 6u);
  const std::set<uint64_t> before = Ids(wire.a);
  const uint64_t spi = wire.a.IkeSa().initiator_spi;
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  EXPECT_NE(wire.a.IkeSa().initiator_spi, spi);
  EXPECT_EQ(Ids(wire.a), before);
  ExpectCarries(wire.a, wire.b);
}

TEST(Layout, RemovingASubnetDeletesItsPairsAlone_17) {
  MockWire wire;
  wire.Connect(SixPairs());
  const std::set<uint64_t> before = Ids(wire.a);
  const uint64_t spi = wire.a.IkeSa().initiator_spi;
  TunnelConfig fewer = Changed(SixPairs());
  fewer.local_subnets = Subnets({"10.1.1.0/24", "10.1.2.0/24"});
  wire.a.Configure({fewer});
  TunnelConfig fewer_at_b = Changed(Mirror(SixPairs()));
  fewer_at_b.remote_subnets = fewer.local_subnets;
  wire.b.Configure({fewer_at_b});
  wire.Run();
  EXPECT_EQ(wire.a.IkeSa().initiator_spi, spi);
  const std::set<uint64_t> after = Ids(wire.a);
  EXPECT_EQ(after.size(), 4u);
  EXPECT_TRUE(std::includes(before.begin(), before.end(), after.begin(), after.end()));
  for (const InstalledChild* child : wire.a.LiveChildren()) {
    EXPECT_NE(child->sa.local_selectors.front().ToString(), "10.1.0.0/24");
  }
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
  // Rekeyed under its new number, each stays what it was.
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Advance(absl::Seconds(20));
  EXPECT_EQ(Ids(wire.a).size(), 4u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Layout, AddingASubnetAddsItsPairsAlone_17) {
  MockWire wire;
  TunnelConfig fewer = SixPairs();
  fewer.local_subnets.pop_back();
  wire.b.Configure({Mirror(SixPairs())});
  wire.a.Configure({fewer});
  wire.Run();
  const std::set<uint64_t> before = Ids(wire.a);
  EXPECT_EQ(before.size(), 4u);
  wire.a.Configure({Changed(SixPairs())});
  wire.Run();
  const std::set<uint64_t> after = Ids(wire.a);
  EXPECT_EQ(after.size(), 6u);
  EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
}

TEST(Layout, AnythingElseThatChangesStartsOver) {
  MockWire wire;
  wire.Connect(SixPairs());
  const uint64_t spi = wire.a.IkeSa().initiator_spi;
  TunnelConfig changed = Changed(SixPairs());
  changed.frame = "another frame";
  wire.a.Configure({changed});
  wire.Advance(absl::Seconds(5));
  EXPECT_NE(wire.a.IkeSa().initiator_spi, spi);
}

// A peer with a CHILD_SA configuration for each pair, as strongSwan has it, narrows our combined offer to its first.
TEST(Layout, AutoLearnsFromAPeerThatGrantsOnePair_17) {
  MockWire wire;
  TunnelConfig of_a = SixPairs();
  of_a.layout = ChildSaLayout::kAuto;
  wire.b.Configure({Mirror(SixPairs())});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(Ids(wire.a).size(), 6u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(Layout, AutoStaysCombinedWhereThePeerTakesIt) {
  MockWire wire;
  TunnelConfig of_a = SixPairs();
  of_a.layout = ChildSaLayout::kAuto;
  wire.Connect(of_a);
  EXPECT_EQ(Ids(wire.a).size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

}  // namespace
}  // namespace culvert::iked::testing
