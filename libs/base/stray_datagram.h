// SPDX-License-Identifier: Apache-2.0
// How espd hands iked a datagram of port 4500 that turned out to be IKE's: steering looks at the first of several that
// the kernel coalesced (UDP_GRO), and IKE may stand behind ESP. One message of a socket pair is this header and then
// the datagram, its non-ESP marker included (RFC 3948 2.2). Both ends are of one build, so plain structures will do.
#pragma once

#include <sys/socket.h>

namespace culvert::base {

struct StrayHeader {
  sockaddr_storage local;   // where it was sent to; AF_UNSPEC: not known
  sockaddr_storage remote;  // where it came from
};

}  // namespace culvert::base
