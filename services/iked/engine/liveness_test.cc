// SPDX-License-Identifier: Apache-2.0
// Dead peer detection keeps its word at every setting: dead within [timeout, timeout + delay] of the last sign of life
// (RFC 7296 2.4 leaves the figures to us).
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

class Liveness : public ::testing::TestWithParam<std::pair<int, int>> {};

TEST_P(Liveness, ASilentPeerIsDeadBetweenTimeoutAndTimeoutPlusDelay) {
  const auto [delay, timeout] = GetParam();
  MockWire wire;
  TunnelConfig tunnel = Tunnel();
  tunnel.dpd = {.enabled = true, .delay = absl::Seconds(delay), .timeout = absl::Seconds(timeout)};
  tunnel.ike_lifetime = absl::Hours(100);
  tunnel.esp_lifetime = absl::Hours(100);
  wire.Connect(tunnel);
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  wire.Advance(absl::Seconds(3 * delay));          // some probes are answered
  absl::Duration last_in = wire.clock.BootTime();  // the answer to the probe after next is the last
  int answers = 0;
  wire.passes = [&](InFlight& flight) {
    if (flight.from != &wire.b) return answers == 0;
    if (++answers > 1) return false;
    last_in = wire.clock.BootTime();
    return true;
  };
  wire.Advance(absl::Seconds(delay) + absl::Milliseconds(1));
  ASSERT_GE(answers, 1);
  ASSERT_TRUE(wire.Until([&] { return wire.a.Saw(EventType::kIkeSaDeleted); }, absl::Hours(4)));
  const absl::Duration silence = wire.clock.BootTime() - last_in;
  EXPECT_GE(silence, absl::Seconds(timeout));
  EXPECT_LE(silence, absl::Seconds(timeout + delay));
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kDeadPeer);
}

INSTANTIATE_TEST_SUITE_P(Settings, Liveness,
                         ::testing::Values(std::pair(1, 2), std::pair(1, 60), std::pair(10, 20), std::pair(30, 150),
                                           std::pair(60, 600), std::pair(3600, 7200)));

}  // namespace
}  // namespace culvert::iked::testing
