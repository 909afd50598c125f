// SPDX-License-Identifier: Apache-2.0
#include "services/sad/policy/policy_check.h"

#include <gtest/gtest.h>

#include <functional>

#include "services/sad/testing/fixtures.h"

namespace culvert::sad {
namespace {

using ipsec::TrafficSelector;

struct Row {
  const char* story;
  std::function<void(Tunnel&, ChildSaInfo&)> change;
  absl::StatusCode expected;
};

constexpr auto kOk = absl::StatusCode::kOk;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

const Row kRows[] = {
    {"as configured", [](Tunnel&, ChildSaInfo&) {}, kOk},
    {"narrowed to one host and port",
     [](Tunnel&, ChildSaInfo& sa) {
       sa.local_selectors = {*TrafficSelector::Parse("10.1.0.7/32[tcp/443]")};
       sa.remote_selectors = {*TrafficSelector::Parse("10.2.0.9-10.2.0.12")};
     },
     kOk},
    {"the tunnel is disabled", [](Tunnel& tunnel, ChildSaInfo&) { tunnel.enabled = false; }, kDenied},
    {"no such tunnel", [](Tunnel&, ChildSaInfo& sa) { sa.tunnel = "to-c"; }, kDenied},
    {"a suite of no proposal", [](Tunnel&, ChildSaInfo& sa) { sa.suite = "3des-sha1"; }, kDenied},
    {"no suite at all", [](Tunnel&, ChildSaInfo& sa) { sa.suite = ""; }, kDenied},
    {"transport where tunnel was configured", [](Tunnel&, ChildSaInfo& sa) { sa.mode = Mode::kTransport; }, kDenied},
    {"a remote selector one address too wide",
     [](Tunnel&, ChildSaInfo& sa) { sa.remote_selectors = {*TrafficSelector::Parse("10.2.0.0-10.2.1.0")}; }, kDenied},
    {"one good local selector and one of somebody else's network",
     [](Tunnel&, ChildSaInfo& sa) { sa.local_selectors.push_back(TrafficSelector::Of(P("10.9.0.0/24"))); }, kDenied},
    {"the other family", [](Tunnel&, ChildSaInfo& sa) { sa.remote_selectors = {TrafficSelector::Of(P("::/0"))}; },
     kDenied},
    {"any port where the tunnel has one", [](Tunnel& tunnel, ChildSaInfo&) { tunnel.local_port = 1701; }, kDenied},
    {"no selectors", [](Tunnel&, ChildSaInfo& sa) { sa.local_selectors.clear(); }, kInvalid},
    {"a lease of a pool",
     [](Tunnel& tunnel, ChildSaInfo& sa) {
       tunnel.pool_ranges = {TrafficSelector::Of(P("10.3.0.0/24"))};
       sa.remote_selectors = {*TrafficSelector::Parse("10.3.0.5")};
     },
     kOk},
    {"the address that the peer gave",
     [](Tunnel& tunnel, ChildSaInfo& sa) {
       tunnel.local_subnets.clear();
       tunnel.virtual_ips = {A("10.3.0.5")};
       sa.local_selectors = {*TrafficSelector::Parse("10.3.0.5")};
     },
     kOk},
    {"an address that no peer gave",
     [](Tunnel& tunnel, ChildSaInfo& sa) {
       tunnel.local_subnets.clear();
       tunnel.virtual_ips = {A("10.3.0.5")};
       sa.local_selectors = {*TrafficSelector::Parse("10.3.0.6")};
     },
     kDenied},
    {"tunnel where transport was configured and the peer refuses it",
     [](Tunnel& tunnel, ChildSaInfo&) { tunnel.mode = Mode::kTransport; }, kOk},
    {"the peer's own address, where no remote subnets are configured",
     [](Tunnel& tunnel, ChildSaInfo& sa) {
       tunnel.remote_subnets.clear();
       tunnel.remote_addresses.clear();
       sa.remote_selectors = {*TrafficSelector::Parse("192.0.2.2")};
     },
     kOk},
    {"more than the peer's own address",
     [](Tunnel& tunnel, ChildSaInfo& sa) {
       tunnel.remote_subnets.clear();
       sa.remote_selectors = {TrafficSelector::Of(P("192.0.2.0/30"))};
     },
     kDenied},
};

TEST(PolicyCheck, Table) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.story);
    Tunnel tunnel = MakeTunnel();
    ChildSaInfo sa = MakeChildSa(1, 0x4000).info;
    row.change(tunnel, sa);
    const absl::Status status = CheckChildSa(*MakeGeneration(3, {tunnel}), sa);
    EXPECT_EQ(status.code(), row.expected) << status;
  }
}

}  // namespace
}  // namespace culvert::sad
