// SPDX-License-Identifier: Apache-2.0
// Several endpoints in order, and the way back (remote.endpoints, remote.failback).
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

// b is the second endpoint; the first is a host that answers when a test lets it: b as well, under another address.
class Endpoints : public ::testing::Test {
 protected:
  Endpoints() {
    wire.passes = [this](InFlight& flight) {
      if (flight.send.remote.address == kFirst) {
        if (!first_lives) return false;
        flight.send.remote.address = wire.b.address;
      } else if (flight.from == &wire.b && by_first) {
        flight.send.local.address = kFirst;
      }
      return true;
    };
    TunnelConfig of_a = Tunnel();
    of_a.remote_endpoints = {"192.0.2.9", "192.0.2.2"};
    of_a.failback = absl::Minutes(2);
    of_a.encapsulation = Encapsulation::kNever;
    TunnelConfig of_b = Mirror(Tunnel());
    of_b.encapsulation = Encapsulation::kNever;
    wire.b.Configure({of_b});
    wire.a.Configure({of_a});
  }

  const base::IpAddress kFirst = *base::IpAddress::Parse("192.0.2.9");
  MockWire wire;
  bool first_lives = false;
  bool by_first = false;
};

TEST_F(Endpoints, ASilentOneIsFollowedByTheNext_15) {
  EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(30)));
  EXPECT_EQ(wire.a.IkeSa().remote.address, wire.b.address);
}

TEST_F(Endpoints, TheFirstIsTriedAgainWhileTheSecondCarries_15) {
  ASSERT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(30)));
  wire.Advance(absl::Minutes(7));  // in vain, three times
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().remote.address, wire.b.address);
  first_lives = by_first = true;
  EXPECT_TRUE(wire.Until(
      [&] {
        const auto sas = wire.a.engine->IkeSas();
        return sas.size() == 1 && sas.front().remote.address == kFirst && sas.front().state == "ESTABLISHED";
      },
      absl::Minutes(3)));
  EXPECT_EQ(wire.a.LiveChildren().size(), 1u);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  const size_t said = wire.log.size();
  wire.Advance(absl::Minutes(5));
  EXPECT_EQ(wire.log.size(), said);  // nothing earlier is left to go back to
}

}  // namespace
}  // namespace culvert::iked::testing
