// SPDX-License-Identifier: Apache-2.0
// Where the engine turns to IKEv1: what arrives or ends for an IKE SA that has an ikev1::State.
#pragma once

#include "libs/wire/ike_header.h"
#include "services/iked/engine/core.h"

namespace culvert::iked::ikev1 {

// receive.cc: a datagram with major version 1. First: does it belong to an SA of IKEv1, or may a tunnel between these
// addresses have one?
bool SpokenHere(const Core& core, const Datagram& datagram, const wire::IkeHeader& header);
void Receive(Core& core, const Datagram& datagram, const wire::IkeHeader& header);

// receive_phase2.cc: the same for an SA whose Phase 1 stands.
void ReceivePhase2(Core& core, IkeSa& sa, const Datagram& datagram, const wire::IkeHeader& header);

// connect.cc: an IKE SA of ours towards `path`.
void Connect(Core& core, Tunnel& tunnel, const PathCandidate& path);

// Its Phase 1 has not come to its end in time.
void OnUnanswered(Core& core, IkeSa& sa);

// phase1.cc: a computation of either phase is done.
void OnJobDone(Core& core, IkeSa& sa, JobDone& done);

// quick_mode.cc: a computation of Phase 2, and the datapath's answer to an installation.
void OnQuickModeJobDone(Core& core, IkeSa& sa, JobDone& done);
void OnInstalled(Core& core, IkeSa& sa, uint64_t child, const absl::Status& status);

// quick_initiator.cc: our Quick Mode was never answered. False: that says no more than any other silence.
bool OnQuickUnanswered(Core& core, IkeSa& sa);

// tasks.cc: begins what is next in the queue. False: there is nothing left to do.
bool Begin(Core& core, IkeSa& sa, const Task& task);

// liveness.cc: before a probe of RFC 3706 is retransmitted.
void RenewProbe(Core& core, IkeSa& sa);

}  // namespace culvert::iked::ikev1
