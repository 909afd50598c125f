// SPDX-License-Identifier: Apache-2.0
// Addresses that change under an IKE SA (RFC 4555).
#include "services/iked/engine/mobike.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

const base::IpAddress kElsewhere = *base::IpAddress::Parse("198.51.100.9");

TunnelConfig Mobile() {
  TunnelConfig t = Tunnel();
  t.mobike = true;
  t.local_address = {};
  return t;
}

TunnelConfig Home() {
  TunnelConfig t = Mirror(Tunnel());
  t.mobike = true;
  t.remote_endpoints = {};
  return t;
}

class MobikeTest : public ::testing::Test {
 protected:
  void Connect() {
    wire.b.Configure({Home()});
    wire.a.Configure({Mobile()});
    wire.Run();
    spi = wire.a.IkeSa().initiator_spi;
  }
  void MoveA(const base::IpAddress& to) {
    wire.a.address = to;
    wire.a.Handle(HostAddresses{{to}});
  }
  void ExpectAt(const base::IpAddress& address) {
    EXPECT_EQ(wire.a.IkeSa().initiator_spi, spi);
    EXPECT_EQ(wire.b.IkeSa().remote.address, address);
    EXPECT_EQ(wire.a.Child().sa.path.local.address, address);
    EXPECT_EQ(wire.b.Child().sa.path.remote.address, address);
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
    ExpectCarries(wire.a, wire.b);
  }
  MockWire wire;
  uint64_t spi = 0;
};

TEST_F(MobikeTest, IsNegotiatedAndFloatsToPort4500_Rfc4555_3_3) {
  Connect();
  EXPECT_THAT(wire.a.IkeSa().extensions, Contains("MOBIKE"));
  EXPECT_THAT(wire.b.IkeSa().extensions, Contains("MOBIKE"));
  EXPECT_TRUE(wire.history.back().send.nat_port);
}

TEST_F(MobikeTest, OneSideAloneDoesNotHaveIt) {
  TunnelConfig home = Home();
  home.mobike = false;
  wire.b.Configure({home});
  wire.a.Configure({Mobile()});
  wire.Run();
  EXPECT_THAT(wire.a.IkeSa().extensions, Not(Contains("MOBIKE")));
}

TEST_F(MobikeTest, TheIkeSaFollowsTheInitiatorsAddress_Rfc4555_3_5) {
  Connect();
  MoveA(kElsewhere);
  wire.Run();
  ExpectAt(kElsewhere);
  EXPECT_TRUE(wire.a.Saw(EventType::kPathChanged));
  EXPECT_TRUE(wire.b.Saw(EventType::kPathChanged));
  // The update, and the proof that b asks for.
  EXPECT_THAT(wire.log, ::testing::IsSupersetOf({"a INFORMATIONAL request 2", "b INFORMATIONAL response 2",
                                                 "b INFORMATIONAL request 0", "a INFORMATIONAL response 0"}));
  const size_t said = wire.log.size();
  wire.Advance(absl::Minutes(2));
  EXPECT_EQ(wire.log.size(), said);
}

// Somebody could make the peer point at a victim: ESP follows once that address has answered.
TEST_F(MobikeTest, NoEspGoesToAnAddressThatHasNotAnswered_Rfc4555_3_7) {
  Connect();
  const base::IpAddress before = wire.a.address;
  wire.passes = [](InFlight& flight) { return flight.text != "a INFORMATIONAL response 0"; };
  MoveA(kElsewhere);
  wire.Run();
  EXPECT_EQ(wire.b.IkeSa().remote.address, kElsewhere);
  EXPECT_EQ(wire.b.Child().sa.path.remote.address, before);
  wire.b.Handle(Rekey{1, "t", Part::kChild});  // waits for the proof, as all of ours does
  wire.Run();
  EXPECT_EQ(wire.b.Child().sa.path.remote.address, before);
  EXPECT_FALSE(wire.b.Saw(EventType::kPathChanged));
  wire.passes = nullptr;
  wire.Advance(absl::Seconds(10));
  ExpectAt(kElsewhere);
  EXPECT_TRUE(wire.b.Saw(EventType::kPathChanged));
}

// b has two addresses, and the path to the first dies without anybody's address changing.
TEST_F(MobikeTest, ASilentPathIsLeftForOneThatAnswers_Rfc4555_3_10) {
  const base::IpAddress first = wire.b.address, second = *base::IpAddress::Parse("198.51.100.2");
  TunnelConfig home = Home(), mobile = Mobile();
  home.local_address = {};
  mobile.dpd = {.enabled = true, .delay = absl::Seconds(10), .timeout = absl::Seconds(60)};
  wire.b.Configure({home});
  wire.b.Handle(HostAddresses{{first, second}});
  wire.a.Configure({mobile});
  wire.Run();
  spi = wire.a.IkeSa().initiator_spi;
  base::IpAddress dead = first;
  wire.passes = [&](InFlight& flight) {
    if (flight.send.remote.address == dead || flight.send.local.address == dead) return false;
    if (flight.send.remote.address != second) return true;
    wire.Inject(wire.b, flight.send);  // the wire knows b by its first address alone
    return false;
  };
  ASSERT_TRUE(wire.Until([&] { return wire.a.IkeSa().remote.address == second; }, absl::Seconds(30)));
  wire.Run();
  EXPECT_EQ(wire.a.IkeSa().initiator_spi, spi);
  EXPECT_EQ(wire.a.Child().sa.path.remote.address, second);
  EXPECT_EQ(wire.b.Child().sa.path.local.address, second);
  ExpectCarries(wire.a, wire.b);
  dead = second;  // and back: the address that was left is still one of b's
  ASSERT_TRUE(wire.Until([&] { return wire.a.IkeSa().remote.address == first; }, absl::Seconds(30)));
  wire.Run();
  EXPECT_EQ(wire.b.Child().sa.path.local.address, first);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
}

TEST_F(MobikeTest, APacketOrTwoLostIsNoSilence) {
  Connect();
  const size_t before = wire.log.size();
  int lost = 0;
  wire.passes = [&](InFlight&) { return ++lost > 2; };
  wire.a.Handle(Rekey{1, "t", Part::kChild});
  wire.Advance(absl::Seconds(5));
  EXPECT_EQ(wire.b.IkeSa().remote.address, wire.a.address);
  EXPECT_EQ(wire.log.size(), before + 6);  // the request thrice, its answer, and the Delete with its own
}

TEST_F(MobikeTest, ALostUpdateIsRepeatedAndASecondMoveFollows) {
  Connect();
  int lost = 0;
  wire.passes = [&](InFlight& flight) { return flight.from != &wire.a || ++lost > 2; };
  MoveA(kElsewhere);
  wire.Run();
  MoveA(*base::IpAddress::Parse("198.51.100.10"));
  wire.Advance(absl::Seconds(10));
  ExpectAt(*base::IpAddress::Parse("198.51.100.10"));
}

TEST_F(MobikeTest, ItOutlivesARekeyOfTheIkeSaByTheOtherSide) {
  Connect();
  wire.b.Handle(Rekey{1, "t", Part::kIke});
  wire.Advance(absl::Seconds(40));
  spi = wire.a.IkeSa().initiator_spi;
  MoveA(kElsewhere);
  wire.Run();
  ExpectAt(kElsewhere);
}

TEST_F(MobikeTest, WithoutAnyAddressItWaitsForOne) {
  Connect();
  wire.a.Handle(HostAddresses{{}});
  wire.Advance(absl::Seconds(5));
  MoveA(kElsewhere);
  wire.Run();
  ExpectAt(kElsewhere);
}

TEST_F(MobikeTest, NoNatIsToleratedWhereNoneIsAllowed_Rfc4555_3_9) {
  TunnelConfig home = Home(), mobile = Mobile();
  home.encapsulation = mobile.encapsulation = Encapsulation::kNever;
  wire.b.Configure({home});
  wire.a.Configure({mobile});
  wire.Run();
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
  MoveA(kElsewhere);
  wire.Run();
  EXPECT_NE(wire.b.IkeSa().remote.address, wire.nat_address);
}

TEST_F(MobikeTest, BehindANatTheUpdateFindsIt) {
  Connect();
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
  MoveA(kElsewhere);
  wire.Run();
  EXPECT_EQ(wire.b.IkeSa().remote.address, wire.nat_address);
  EXPECT_EQ(wire.b.Child().sa.path.remote.address, wire.nat_address);
  EXPECT_TRUE(wire.a.Child().sa.path.udp_encapsulation);
  EXPECT_TRUE(wire.b.Child().sa.path.udp_encapsulation);
}

}  // namespace
}  // namespace culvert::iked::testing
