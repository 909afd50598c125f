// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/host_facts.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace culvert::configd {
namespace {

// The number of leading one bits of a netmask.
int LengthOf(const sockaddr* netmask) {
  if (netmask == nullptr) return 0;
  const base::IpAddress mask = base::IpAddress::FromSockaddr(netmask);
  int length = 0;
  for (const uint8_t octet : mask.bytes()) length += __builtin_popcount(octet);
  return length;
}

}  // namespace

bool HostFacts::HasInterface(absl::string_view name) const {
  return std::any_of(interfaces.begin(), interfaces.end(), [&](const Interface& i) { return i.name == name; });
}

bool HostFacts::HasAddress(const base::IpAddress& address) const {
  return std::any_of(interfaces.begin(), interfaces.end(), [&](const Interface& i) {
    return std::any_of(i.addresses.begin(), i.addresses.end(),
                       [&](const base::Prefix& prefix) { return prefix.address == address; });
  });
}

absl::StatusOr<HostFacts> ReadHostFacts() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return absl::ErrnoToStatus(errno, "listing this host's addresses");
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  HostFacts facts;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    auto found = std::find_if(facts.interfaces.begin(), facts.interfaces.end(),
                              [&](const HostFacts::Interface& i) { return i.name == entry->ifa_name; });
    if (found == facts.interfaces.end()) {
      found =
          facts.interfaces.insert(found, {.name = entry->ifa_name, .loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0});
    }
    if (entry->ifa_addr == nullptr) continue;
    const base::IpAddress address = base::IpAddress::FromSockaddr(entry->ifa_addr);
    if (!address.is_none()) found->addresses.push_back({address, LengthOf(entry->ifa_netmask)});
  }
  return facts;
}

}  // namespace culvert::configd
