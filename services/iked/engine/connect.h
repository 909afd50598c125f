// SPDX-License-Identifier: Apache-2.0
// Making an IKE SA: how either side begins, and how the initiator's attempt ends in failure.
#pragma once

#include "libs/wire/ike_header.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked {

// What any attempt begins with: an IKE SA bound to the tunnel, who we are, a nonce, and our own exchange.
IkeSa& BeginAttempt(Core& core, Tunnel& tunnel, const PathCandidate& path);
// ike_sa_init_initiator.cc: an IKE SA of ours towards `path`, in the version that the tunnel asks for.
void Connect(Core& core, Tunnel& tunnel, const PathCandidate& path);
// The attempt is over: counted, reported, and handed to the reconciler. The SA is gone.
void FailConnect(Core& core, IkeSa& sa, TunnelReason reason, Diagnosis diagnosis);

// ike_sa_init_responder.cc: an IKE_SA_INIT request; limits and cookies come before any state.
void AdmitInit(Core& core, const Datagram& datagram, const wire::IkeHeader& header);
// There is room for one more half-open SA of that peer.
bool WithinLimits(Core& core, const Datagram& datagram);

}  // namespace culvert::iked
