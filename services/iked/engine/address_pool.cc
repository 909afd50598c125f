// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/address_pool.h"

#include <algorithm>

namespace culvert::iked {
namespace {

base::IpAddress Next(const base::IpAddress& address) {
  base::Bytes octets = base::ToBytes(address.bytes());
  for (auto it = octets.rbegin(); it != octets.rend() && ++*it == 0; ++it) {
  }
  return base::IpAddress::FromBytes(octets);
}

// The first and the last address of an IPv4 network are nobody's (RFC 1122 3.2.1.3). A range that is written as one
// means what it says.
bool IsNetworkOrBroadcast(const ipsec::TrafficSelector& range, const base::IpAddress& address) {
  const std::optional<base::Prefix> network = range.AsPrefix();
  return network && address.is_v4() && network->length < 31 && (address == range.first || address == range.last);
}

}  // namespace

std::optional<base::IpAddress> AddressPool::Lease(absl::string_view identity, base::Family family, bool shared) {
  for (const auto& [address, last] : last_holder_) {
    if (last != identity || address.family() != family || !Holds(address)) continue;
    const auto held = held_.find(address);
    if (held == held_.end()) return Give(address, identity);
    if (!shared || held->second.identity != identity) continue;
    ++held->second.leases;
    return address;
  }
  if (const auto fresh = Fresh(family)) return Give(*fresh, identity);
  if (const auto abandoned = Abandoned(family)) return Give(*abandoned, identity);
  return std::nullopt;
}

void AddressPool::Release(const base::IpAddress& address) {
  const auto held = held_.find(address);
  if (held == held_.end() || --held->second.leases > 0) return;
  held_.erase(held);
  abandoned_.push_back(address);
}

bool AddressPool::Holds(const base::IpAddress& address) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const auto& range) { return range.Contains(address); });
}

// One that nobody ever had, so that everybody finds his own again.
std::optional<base::IpAddress> AddressPool::Fresh(base::Family family) {
  for (const ipsec::TrafficSelector& range : ranges_) {
    if (range.family() != family) continue;
    for (base::IpAddress address = range.first;; address = Next(address)) {
      if (!IsNetworkOrBroadcast(range, address) && !last_holder_.contains(address)) return address;
      if (address == range.last) break;
    }
  }
  return std::nullopt;
}

std::optional<base::IpAddress> AddressPool::Abandoned(base::Family family) {
  const auto it = std::find_if(abandoned_.begin(), abandoned_.end(), [&](const base::IpAddress& address) {
    return address.family() == family && !held_.contains(address) && Holds(address);
  });
  if (it == abandoned_.end()) return std::nullopt;
  const base::IpAddress address = *it;
  abandoned_.erase(it);
  return address;
}

base::IpAddress AddressPool::Give(const base::IpAddress& address, absl::string_view identity) {
  held_[address] = {std::string(identity), 1};
  last_holder_[address] = std::string(identity);
  return address;
}

}  // namespace culvert::iked
