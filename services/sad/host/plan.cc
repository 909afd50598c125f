// SPDX-License-Identifier: Apache-2.0
#include "services/sad/host/plan.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <map>

#include "libs/base/host.h"
#include "services/sad/policy/suites.h"

namespace culvert::sad {
namespace {

using base::Family;

constexpr uint32_t kIpv4Header = 20;
constexpr uint32_t kIpv6Header = 40;
constexpr uint32_t kMinIpv6Mtu = 1280;  // RFC 8200 5: below that a link carries no IPv6
constexpr uint32_t kMetric = 100;

// The outer header that leaves least room, as far as the tunnel's addresses tell.
uint32_t OuterHeader(const Tunnel& tunnel) {
  const bool v6 =
      tunnel.local_address.is_v6() || std::any_of(tunnel.remote_addresses.begin(), tunnel.remote_addresses.end(),
                                                  [](const base::IpAddress& address) { return address.is_v6(); });
  return v6 ? kIpv6Header : kIpv4Header;
}

uint32_t OuterMtu(const HostState& state, const std::string& tunnel) {
  auto it = state.outer_mtus.find(tunnel);
  return it == state.outer_mtus.end() ? kDefaultMtu : it->second;
}

// What this host's own packets into the tunnel say as source: the address that the peer gave us for it, or our first
// one inside the local subnets.
base::IpAddress SourceFor(const Tunnel& tunnel, const HostState& state, Family family) {
  for (const base::IpAddress& address : tunnel.virtual_ips) {
    if (address.family() == family) return address;
  }
  if (tunnel.local_subnets.empty()) {
    return tunnel.local_address.family() == family ? tunnel.local_address : base::IpAddress();
  }
  for (const netlink::InterfaceAddress& candidate : state.addresses) {
    const base::IpAddress& address = candidate.prefix.address;
    const bool inside = std::any_of(tunnel.local_subnets.begin(), tunnel.local_subnets.end(),
                                    [&](const base::Prefix& subnet) { return subnet.Contains(address); });
    if (inside && address.family() == family) return address;
  }
  return {};
}

}  // namespace

std::vector<netlink::Rule> TunnelRules() {
  std::vector<netlink::Rule> rules;
  for (Family family : {Family::kIPv4, Family::kIPv6}) {
    rules.push_back({.family = family,
                     .priority = base::kMarkRulePriority,
                     .table = RT_TABLE_MAIN,
                     .mark = base::kCulvertMark,
                     .mask = 0xffffffff});
    rules.push_back({.family = family, .priority = base::kRulePriority, .table = base::kRouteTable});
  }
  return rules;
}

HostPlan MakePlan(const Generation& generation, const HostState& state) {
  HostPlan plan{.routes = {}, .rules = TunnelRules(), .addresses = {}, .tun_mtu = 0, .path_mtus = {}};
  std::map<base::Prefix, netlink::Route> routes;
  for (const Tunnel& tunnel : generation.tunnels()) {
    if (!tunnel.enabled) continue;
    const uint32_t outer = OuterMtu(state, tunnel.name);
    const uint32_t inner = InnerMtu(outer, OuterHeader(tunnel), tunnel.costs);
    plan.path_mtus[tunnel.name] = outer;
    plan.tun_mtu = std::max(plan.tun_mtu, inner);
    if (!state.tun.has_value()) continue;
    for (const base::IpAddress& address : tunnel.virtual_ips) plan.addresses.push_back(base::Prefix::Host(address));
    for (const ipsec::TrafficSelector& selector : tunnel.RemoteSelectors()) {
      const base::IpAddress source = SourceFor(tunnel, state, selector.family());
      const uint32_t mtu = selector.family() == Family::kIPv6 ? std::max(inner, kMinIpv6Mtu) : inner;
      for (const base::Prefix& destination : selector.Prefixes()) {
        auto [it, inserted] = routes.try_emplace(destination, netlink::Route{.destination = destination,
                                                                             .table = base::kRouteTable,
                                                                             .protocol = kRouteProtocol,
                                                                             .metric = kMetric,
                                                                             .interface_index = state.tun->index,
                                                                             .source = source,
                                                                             .mtu = mtu});
        // Tunnels that share a destination share the route: the narrower path, the first source.
        if (!inserted) it->second.mtu = std::min(it->second.mtu, mtu);
      }
    }
  }
  plan.tun_mtu = std::max(plan.tun_mtu, kMinIpv6Mtu);
  plan.routes.reserve(routes.size());
  for (auto& [destination, route] : routes) plan.routes.push_back(std::move(route));
  return plan;
}

}  // namespace culvert::sad
