// SPDX-License-Identifier: Apache-2.0
// NAT traversal of IKEv1 (RFC 3947, and draft-ietf-ipsec-nat-t-ike-00 to -03, which differ in payload numbers): hashes
// of each end's address and port, compared by the other end; from then on everything by port 4500.
#pragma once

#include "libs/wire/ikev1/constants.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

// NAT-D payloads as RFC 3947 3.2 orders them, if both sides know them: the peer's end, then ours. With encapsulation
// FORCE the hash of ours is random, so that the peer sees a NAT before us.
void AppendNatDetection(Payloads& payloads, const IkeSa& sa, base::Rng& rng);

// What the peer's message shows.
NatSituation JudgeNat(const IkeSa& sa, const wire::ikev1::Message& message);

// As initiator, where UDP encapsulation is due: all further messages go by port 4500 (RFC 3947 4).
void FloatUnlessDirect(IkeSa& sa);

}  // namespace culvert::iked::ikev1
