// SPDX-License-Identifier: Apache-2.0
// Network interfaces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/netlink/socket.h"

namespace culvert::netlink {

struct Link {
  uint32_t index = 0;
  std::string name;
  bool up = false;  // IFF_UP: as the administrator wants it, whatever the carrier says
  bool loopback = false;
  uint32_t mtu = 0;  // octets

  bool operator==(const Link&) const = default;
};

absl::StatusOr<std::vector<Link>> ListLinks(Socket& socket);
absl::StatusOr<Link> FindLink(Socket& socket, absl::string_view name);  // NOT_FOUND

// Brings it up with this MTU. NOT_FOUND where it has gone.
absl::Status ConfigureLink(Socket& socket, uint32_t index, bool up, uint32_t mtu);

}  // namespace culvert::netlink
