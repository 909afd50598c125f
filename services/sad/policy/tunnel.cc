// SPDX-License-Identifier: Apache-2.0
#include "services/sad/policy/tunnel.h"

#include <cstdlib>
#include <utility>

namespace culvert::sad {
namespace {

ipsec::TrafficSelector Select(const base::Prefix& prefix, uint8_t protocol, uint16_t port) {
  // RFC 7296 3.13.1: port 0 with no upper bound is any port.
  return port == 0 ? ipsec::TrafficSelector::Of(prefix, protocol)
                   : ipsec::TrafficSelector::Of(prefix, protocol, port, port);
}

}  // namespace

std::vector<ipsec::TrafficSelector> Tunnel::LocalSelectors() const {
  std::vector<ipsec::TrafficSelector> out;
  for (const base::Prefix& subnet : local_subnets) out.push_back(Select(subnet, local_protocol, local_port));
  for (const base::IpAddress& address : virtual_ips) {
    out.push_back(Select(base::Prefix::Host(address), local_protocol, local_port));
  }
  if (out.empty() && !local_address.is_none()) {
    out.push_back(Select(base::Prefix::Host(local_address), local_protocol, local_port));
  }
  return out;
}

std::vector<ipsec::TrafficSelector> Tunnel::RemoteSelectors() const {
  std::vector<ipsec::TrafficSelector> out;
  for (const base::Prefix& subnet : remote_subnets) out.push_back(Select(subnet, remote_protocol, remote_port));
  out.insert(out.end(), pool_ranges.begin(), pool_ranges.end());
  if (out.empty()) {
    for (const base::IpAddress& address : remote_addresses) {
      out.push_back(Select(base::Prefix::Host(address), remote_protocol, remote_port));
    }
  }
  return out;
}

Generation::Generation(uint64_t number, std::vector<Tunnel> tunnels) : number_(number), tunnels_(std::move(tunnels)) {
  by_name_.reserve(tunnels_.size());
  for (const Tunnel& tunnel : tunnels_) {
    if (!by_name_.emplace(tunnel.name, &tunnel).second) std::abort();
  }
}

std::shared_ptr<const Generation> Generation::With(const VirtualIps& virtual_ips) const {
  std::vector<Tunnel> tunnels = tunnels_;
  for (Tunnel& tunnel : tunnels) {
    const auto it = virtual_ips.find(tunnel.name);
    tunnel.virtual_ips = it == virtual_ips.end() ? std::vector<base::IpAddress>() : it->second;
  }
  return std::make_shared<const Generation>(number_, std::move(tunnels));
}

const Tunnel* Generation::Find(absl::string_view name) const {
  auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

}  // namespace culvert::sad
