// SPDX-License-Identifier: Apache-2.0
#include "services/sad/database/tunnel_traffic.h"

#include <gtest/gtest.h>

namespace culvert::sad {
namespace {

CounterReading Reading(uint64_t id, uint64_t bytes_in, uint64_t replays) {
  return {.sas = {{.id = id, .bytes_in = bytes_in, .drops_in = {{"replay", replays}}}}};
}

TEST(TunnelTraffic, NeverGoesBack) {
  TunnelTraffic traffic;
  traffic.Begin(1, "to-b");
  traffic.Observe(Reading(1, 100, 1));
  traffic.Observe(Reading(1, 250, 1));
  EXPECT_EQ(traffic.Of("to-b").bytes_in, 250u);

  traffic.Begin(2, "to-b");  // a rekey
  traffic.Observe(Reading(2, 10, 0));
  traffic.End(1);
  EXPECT_EQ(traffic.Of("to-b").bytes_in, 260u);

  traffic.Observe(Reading(2, 4, 2));  // the datapath was restarted and counts from zero
  EXPECT_EQ(traffic.Of("to-b").bytes_in, 264u);
  EXPECT_EQ(traffic.Of("to-b").drops_in.at("replay"), 3u);

  traffic.Observe(Reading(1, 999, 9));  // nobody's any more
  EXPECT_EQ(traffic.Of("to-b").bytes_in, 264u);
  traffic.End(2);
  EXPECT_EQ(traffic.Of("to-b").bytes_in, 264u);
  EXPECT_EQ(traffic.Of("to-c").bytes_in, 0u);
}

TEST(TunnelTraffic, PacketsOfNoSaCountToo) {
  TunnelTraffic traffic;
  traffic.Observe({.tunnels = {{"to-b", {{"no_sa", 5}}, 1438}}, .unattributed = {{"malformed", 2}}});
  traffic.Observe({.tunnels = {{"to-b", {{"no_sa", 3}}, 1400}}, .unattributed = {{"malformed", 1}}});
  EXPECT_EQ(traffic.Of("to-b").drops_out.at("no_sa"), 8u);
  EXPECT_EQ(traffic.Of("to-b").path_mtu, 1400u) << "a level, not a count";
  EXPECT_EQ(traffic.unattributed().at("malformed"), 3u);
}

}  // namespace
}  // namespace culvert::sad
