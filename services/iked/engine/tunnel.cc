// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/tunnel.h"

namespace culvert::iked {
namespace {

using ipsec::TrafficSelector;

std::vector<TrafficSelector> Selectors(const std::vector<base::Prefix>& networks, uint8_t protocol, uint16_t port) {
  const uint16_t end = port == 0 ? 65535 : port;
  std::vector<TrafficSelector> selectors;
  for (const base::Prefix& network : networks) selectors.push_back(TrafficSelector::Of(network, protocol, port, end));
  return selectors;
}

}  // namespace

std::vector<SubnetPair> SubnetPairs(const Tunnel& tunnel, const Networks& networks, bool single) {
  const TunnelConfig& config = *tunnel.config;
  SubnetPair all{Selectors(networks.local, config.local_protocol, config.local_port),
                 Selectors(networks.remote, config.remote_protocol, config.remote_port)};
  if (!single && config.layout != ChildSaLayout::kPerPair && !tunnel.per_pair) return {std::move(all)};
  std::vector<SubnetPair> pairs;
  for (const TrafficSelector& l : all.local) {
    for (const TrafficSelector& r : all.remote) {
      if (l.family() == r.family()) pairs.push_back({{l}, {r}});
    }
  }
  return pairs;
}

}  // namespace culvert::iked
