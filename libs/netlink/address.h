// SPDX-License-Identifier: Apache-2.0
// Addresses of network interfaces.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/netlink/socket.h"

namespace culvert::netlink {

struct InterfaceAddress {
  uint32_t interface_index = 0;
  base::Prefix prefix;  // the address itself with the length of its network: 10.1.0.1/24

  auto operator<=>(const InterfaceAddress&) const = default;
};

// Usable ones alone: tentative and duplicate IPv6 addresses (RFC 4862 5.4) are left out. In the kernel's order.
absl::StatusOr<std::vector<InterfaceAddress>> ListAddresses(Socket& socket);

// Again with the same address: no change, OK. IPv6 addresses skip duplicate detection: they are ours alone.
absl::Status AddAddress(Socket& socket, const InterfaceAddress& address);
absl::Status DeleteAddress(Socket& socket, const InterfaceAddress& address);  // gone already: OK

}  // namespace culvert::netlink
