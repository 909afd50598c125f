// SPDX-License-Identifier: Apache-2.0
// Notices that links, addresses or routes of this network namespace changed. It says that, not what: whoever cares
// lists again and compares, which stays right when messages are lost.
#pragma once

#include "libs/netlink/socket.h"

namespace culvert::netlink {

struct Changes {
  bool links = false;
  bool addresses = false;
  bool routes = false;

  bool any() const { return links || addresses || routes; }
};

class Monitor {
 public:
  // Routes with `own_protocol` are the caller's own doing and are not reported.
  static absl::StatusOr<Monitor> Open(uint8_t own_protocol);

  int fd() const;  // readable when there may be changes; non-blocking
  // Everything since the last call. A queue that overflowed counts as a change of each kind.
  Changes Drain();

 private:
  struct Free {
    void operator()(nl_sock* socket) const;
  };
  Monitor(nl_sock* socket, uint8_t own_protocol) : socket_(socket), own_protocol_(own_protocol) {}

  std::unique_ptr<nl_sock, Free> socket_;
  uint8_t own_protocol_;
};

}  // namespace culvert::netlink
