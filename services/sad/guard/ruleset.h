// SPDX-License-Identifier: Apache-2.0
// The leak guard as one nftables transaction (libnftables-json(5)). A pure function: names and addresses go in as
// values and come out as JSON values, so nothing that a user typed is ever pasted into a rule.
//
//   table inet culvert
//     counter leak-NAME                    packets of tunnel NAME that were stopped
//     map out4, in4, out6, in6             source . destination -> that counter
//     chain out: postrouting               selector traffic that leaves by anything but the tunnel is dropped
//     chain in: prerouting                 selector traffic that arrives by anything but the tunnel is dropped
//     chain identity: postrouting nat      selector traffic keeps its source, whatever masquerades later
// A rule looks its packet up once, whatever the number of tunnels; no match ends the rule. Before that, IKE, ESP,
// neighbour discovery, DHCP, loopback and link-local traffic pass (RFC 4301 4.4.1: such bypass entries come first).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "services/sad/policy/tunnel.h"

namespace culvert::sad {

struct GuardRuleset {
  std::string transaction;                           // JSON
  absl::flat_hash_map<std::string, uint32_t> rules;  // tunnel -> map elements and rules that are its own
};

// Replaces whatever the table held, keeping the counts of `known_counters` (names that are in the table now). Disabled
// tunnels are left out. `identity`: there is a NAT on this host that selector traffic must be kept from.
GuardRuleset MakeRuleset(const Generation& generation, const std::set<std::string>& known_counters, bool identity);

std::string LeakCounterName(absl::string_view tunnel);
// The tunnel of such a counter; empty for another name.
absl::string_view TunnelOfLeakCounter(absl::string_view counter);

}  // namespace culvert::sad
