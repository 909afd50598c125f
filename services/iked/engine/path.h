// SPDX-License-Identifier: Apache-2.0
// Where a peer is: NAT traversal and its changes (RFC 7296 2.23, RFC 3948).
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

// What a CHILD_SA of `sa` travels by.
OuterPath PathOf(const IkeSa& sa);

// An authenticated, fresh message came from `datagram.remote`. A peer behind a NAT is followed there, unless we stand
// behind one too: then it is ours that moves the peer. Until IKE_AUTH is answered the peer chooses the port.
void FollowPeer(Core& core, IkeSa& sa, const Datagram& datagram);
// From now on everything between the two goes by this path.
void MovePath(Core& core, IkeSa& sa, const base::Endpoint& local, const base::Endpoint& remote);
// The datapath authenticated a packet from there.
void OnNatMapping(Core& core, const NatMapping& event);

// The octet that keeps our own NAT's mapping alive, and the next one (RFC 3948 4).
void KeepNatAlive(Core& core, IkeSa& sa);

}  // namespace culvert::iked
