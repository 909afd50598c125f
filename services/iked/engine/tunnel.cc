// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/tunnel.h"

namespace culvert::iked {
namespace {

using ipsec::TrafficSelector;

std::vector<TrafficSelector> Selectors(const std::vector<base::Prefix>& subnets, const base::IpAddress& host,
                                       uint8_t protocol, uint16_t port) {
  const uint16_t end = port == 0 ? 65535 : port;
  if (subnets.empty()) return {TrafficSelector::Of(base::Prefix::Host(host), protocol, port, end)};
  std::vector<TrafficSelector> selectors;
  for (const base::Prefix& subnet : subnets) selectors.push_back(TrafficSelector::Of(subnet, protocol, port, end));
  return selectors;
}

}  // namespace

std::vector<SubnetPair> SubnetPairs(const Tunnel& tunnel, const base::IpAddress& local, const base::IpAddress& remote) {
  const TunnelConfig& config = *tunnel.config;
  SubnetPair all{Selectors(config.local_subnets, local, config.local_protocol, config.local_port),
                 Selectors(config.remote_subnets, remote, config.remote_protocol, config.remote_port)};
  if (config.layout != ChildSaLayout::kPerPair && !tunnel.per_pair) return {std::move(all)};
  std::vector<SubnetPair> pairs;
  for (const TrafficSelector& l : all.local) {
    for (const TrafficSelector& r : all.remote) {
      if (l.family() == r.family()) pairs.push_back({{l}, {r}});
    }
  }
  return pairs;
}

}  // namespace culvert::iked
