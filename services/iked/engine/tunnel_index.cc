// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/tunnel_index.h"

#include <algorithm>

namespace culvert::iked {
namespace {

void Insert(std::vector<Tunnel*>& list, Tunnel& tunnel) {
  const auto at = std::lower_bound(list.begin(), list.end(), &tunnel,
                                   [](const Tunnel* a, const Tunnel* b) { return a->number < b->number; });
  if (at == list.end() || *at != &tunnel) list.insert(at, &tunnel);
}

bool Allows(const Tunnel& tunnel, const base::IpAddress& local) {
  return tunnel.config->local_address.is_none() || tunnel.config->local_address == local;
}

}  // namespace

void TunnelIndex::Add(Tunnel& tunnel) {
  if (tunnel.config->serves_any_peer()) return Insert(any_, tunnel);
  for (const std::string& endpoint : tunnel.config->remote_endpoints) {
    const absl::StatusOr<base::IpAddress> address = base::IpAddress::Parse(endpoint);
    if (address.ok()) {
      Insert(by_address_[*address], tunnel);
    } else {
      Insert(named_, tunnel);
    }
  }
  for (const base::IpAddress& address : tunnel.resolved) Insert(by_address_[address], tunnel);
}

void TunnelIndex::Remove(const Tunnel& tunnel) {
  std::erase(any_, &tunnel);
  std::erase(named_, &tunnel);
  const auto forget = [&](const base::IpAddress& address) {
    const auto it = by_address_.find(address);
    if (it == by_address_.end()) return;
    std::erase(it->second, &tunnel);
    if (it->second.empty()) by_address_.erase(it);
  };
  for (const std::string& endpoint : tunnel.config->remote_endpoints) {
    if (const absl::StatusOr<base::IpAddress> address = base::IpAddress::Parse(endpoint); address.ok()) {
      forget(*address);
    }
  }
  for (const base::IpAddress& address : tunnel.resolved) forget(address);
}

std::vector<Tunnel*> TunnelIndex::Candidates(const base::IpAddress& local, const base::IpAddress& remote) const {
  std::vector<Tunnel*> candidates;
  const std::vector<Tunnel*> by_address = Named(remote);
  for (Tunnel* tunnel : by_address) {
    if (Allows(*tunnel, local)) candidates.push_back(tunnel);
  }
  for (Tunnel* tunnel : named_) {
    const bool known = std::find(by_address.begin(), by_address.end(), tunnel) != by_address.end();
    if (!known && Allows(*tunnel, local)) candidates.push_back(tunnel);
  }
  for (Tunnel* tunnel : any_) {
    if (Allows(*tunnel, local)) candidates.push_back(tunnel);
  }
  return candidates;
}

std::vector<Tunnel*> TunnelIndex::Named(const base::IpAddress& remote) const {
  const auto it = by_address_.find(remote);
  return it == by_address_.end() ? std::vector<Tunnel*>{} : it->second;
}

}  // namespace culvert::iked
