// SPDX-License-Identifier: Apache-2.0
#include "services/espd/outer_path.h"

#include <algorithm>
#include <cstring>

namespace culvert::espd {

OuterPath::OuterPath(const OuterPathConfig& c) : config(c), remote{} {
  sockaddr_storage storage = {};
  // A raw socket takes no port: Linux refuses an IPv6 one that is neither 0 nor the protocol.
  const base::Endpoint to = {c.remote.address, c.udp_encapsulation ? c.remote.port : uint16_t{0}};
  remote_size = to.ToSockaddr(&storage);
  std::memcpy(&remote, &storage, std::min<size_t>(remote_size, sizeof(remote)));
}

}  // namespace culvert::espd
