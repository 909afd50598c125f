// SPDX-License-Identifier: Apache-2.0
// Transport mode (RFC 7296 1.3.1): host to host, without an inner IP header, and what a NAT between the hosts makes of
// its traffic selectors (2.23.1).
#pragma once

#include <vector>

#include "services/iked/engine/core.h"

namespace culvert::iked {

// The selectors of one side, which name a single host, with another address for it. Others are left as they are.
std::vector<ipsec::TrafficSelector> WithAddress(std::vector<ipsec::TrafficSelector> selectors,
                                                const base::IpAddress& address);

// The request for a CHILD_SA as seen from here: an address that a NAT changed on the way is replaced by the one in the
// packets, and noted in `negotiation` as it was written, for the answer.
struct OfferedSelectors {
  std::vector<ipsec::TrafficSelector> initiator;
  std::vector<ipsec::TrafficSelector> responder;
};
void LookBehindNat(const IkeSa& sa, OfferedSelectors& offered, ChildNegotiation& negotiation);

// Two hosts behind one NAT look alike from here: their packets for the same selectors could not be told apart. Null:
// there is no such other.
const IkeSa* FindLookalike(const Core& core, const IkeSa& sa, const ChildNegotiation& negotiation);

}  // namespace culvert::iked
