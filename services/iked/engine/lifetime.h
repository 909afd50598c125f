// SPDX-License-Identifier: Apache-2.0
// How long an IKE SA lives, and whether its peer does (RFC 7296 2.4, 2.8).
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

// Established or taken over now: soft and hard lifetimes begin.
void BeginIkeLife(Core& core, IkeSa& sa);
// The timer kIkeRekey: a rekey, or a new IKE SA beside this one, which goes when that is established (2.8.3). Only the
// side that dialed can authenticate anew.
void OnIkeRekeyTimer(Core& core, IkeSa& sa);

// Liveness: when nothing authenticated came in for dpd.delay, by IKE or, as the datapath tells, by ESP, the peer is
// asked. Traffic in one direction is enough to know that it lives.
void WatchLiveness(Core& core, IkeSa& sa);
void OnLivenessTimer(Core& core, IkeSa& sa);
void OnUsage(Core& core, const ChildSaUsage& usage);

}  // namespace culvert::iked
