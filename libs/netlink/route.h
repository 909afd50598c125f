// SPDX-License-Identifier: Apache-2.0
// Routes: what a table holds, and which way the kernel would send a packet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/netlink/socket.h"

namespace culvert::netlink {

enum class RouteType : uint8_t {  // values of rtm_type
  kUnicast = 1,
  kUnreachable = 7,
  kThrow = 9,  // ends the lookup in this table: the next rule decides
};

struct Route {
  base::Prefix destination = {};
  uint32_t table = 0;
  RouteType type = RouteType::kUnicast;
  uint8_t protocol = 0;  // who made it, of /etc/iproute2/rt_protos
  uint32_t metric = 0;   // lower wins; IPv6 reads 0 as 1024
  uint32_t interface_index = 0;
  base::IpAddress gateway = {};  // none: on the link
  base::IpAddress source = {};   // what packets of this host use as source; none: the kernel chooses
  uint32_t mtu = 0;              // octets; 0: the interface's

  auto operator<=>(const Route&) const = default;
  std::string ToString() const;
};

// All routes of a table, of both families. Multipath routes show their first hop.
absl::StatusOr<std::vector<Route>> ListRoutes(Socket& socket, uint32_t table);

// Adds it, or changes the one with the same destination, table and metric.
absl::Status ReplaceRoute(Socket& socket, const Route& route);
absl::Status DeleteRoute(Socket& socket, const Route& route);  // gone already: OK

// Which route a packet of this host with that mark would take (RTM_GETROUTE). NOT_FOUND: unreachable.
absl::StatusOr<Route> LookUpRoute(Socket& socket, const base::IpAddress& destination, uint32_t mark = 0);

}  // namespace culvert::netlink
