// SPDX-License-Identifier: Apache-2.0
// What the host must look like for a generation: the tunnel interface, the routes into it, the rules that lead there.
// A pure function of the configuration and of what the host has.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/netlink/address.h"
#include "libs/netlink/link.h"
#include "libs/netlink/route.h"
#include "libs/netlink/rule.h"
#include "services/sad/policy/tunnel.h"

namespace culvert::sad {

// rtm_protocol of every route of ours: how we tell them from an administrator's in the same table.
inline constexpr uint8_t kRouteProtocol = 118;
inline constexpr uint32_t kDefaultMtu = 1500;

struct HostState {
  std::optional<netlink::Link> tun;  // culvert0, once culvertd made it
  std::vector<netlink::InterfaceAddress> addresses;
  absl::flat_hash_map<std::string, uint32_t> outer_mtus;  // of each enabled tunnel; missing: kDefaultMtu
};

struct HostPlan {
  std::vector<netlink::Route> routes;  // sorted, each destination once
  std::vector<netlink::Rule> rules;
  std::vector<base::Prefix> addresses;                   // of the tunnel interface: virtual ones, /32 or /128
  uint32_t tun_mtu = 0;                                  // octets: what the widest tunnel can carry
  absl::flat_hash_map<std::string, uint32_t> path_mtus;  // outer, of each enabled tunnel
};

HostPlan MakePlan(const Generation& generation, const HostState& state);

// The rules that a host without any tunnel needs too: they never change.
std::vector<netlink::Rule> TunnelRules();

}  // namespace culvert::sad
