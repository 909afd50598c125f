// SPDX-License-Identifier: Apache-2.0
// Where a pair's packets go on the outside: two endpoints, in UDP or as protocol 50.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "libs/base/ip.h"

namespace culvert::espd {

struct OuterPathConfig {
  base::Endpoint local;  // ports count with UDP alone
  base::Endpoint remote;
  bool udp_encapsulation = true;
  bool operator==(const OuterPathConfig&) const = default;
};

// The same, as the socket calls want it. Immutable; a change of path publishes another one.
struct OuterPath {
  explicit OuterPath(const OuterPathConfig& c);

  OuterPathConfig config;
  union {  // sockaddr_storage would cost a hundred octets a pair
    sockaddr_in v4;
    sockaddr_in6 v6;
  } remote;
  socklen_t remote_size;

  bool v4() const { return config.remote.address.is_v4(); }
  // Octets of outer IP and UDP headers.
  size_t overhead() const { return (v4() ? 20u : 40u) + (config.udp_encapsulation ? 8u : 0u); }
  // Packets of both may share one UDP_SEGMENT datagram batch.
  bool SameWire(const OuterPath& other) const { return this == &other || config == other.config; }
};

}  // namespace culvert::espd
