// SPDX-License-Identifier: Apache-2.0
// The answer to a packet that a tunnel cannot carry whole: ICMP "fragmentation needed" (RFC 1191) or ICMPv6 "packet too
// big" (RFC 4443 3.2), as if from the far end, which the host routes through the tunnel and so believes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kmod/core/selector.h"

namespace culvert::espd {

inline constexpr size_t kPacketTooBigMax = 1280;  // RFC 4443 2.4 (c): the whole answer within IPv6's minimum MTU

// Writes the answer to `out`, of kPacketTooBigMax octets, and returns its size. 0 if none may be sent: the packet may
// be fragmented, is itself an ICMP error, or is a later fragment or multicast (RFC 1122 3.2.2, RFC 4443 2.4 (e)).
size_t MakePacketTooBig(const uint8_t* packet, const cv_inner& inner, uint32_t mtu, uint8_t* out);

}  // namespace culvert::espd
