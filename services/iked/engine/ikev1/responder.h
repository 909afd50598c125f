// SPDX-License-Identifier: Apache-2.0
// Phase 1 as responder, what both modes share: what a stranger can make us do, ordered by what it costs us; and under
// which tunnel it is served.
#pragma once

#include <optional>
#include <vector>

#include "libs/wire/ikev1/message.h"
#include "libs/wire/ikev1/phase1_proposals.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnosis.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

// A first message of either mode: limits come before any state.
void Admit(Core& core, const Datagram& datagram, const wire::IkeHeader& header);

// The tunnel under which the first answer is given, and what is agreed on. nullopt: there is none, and that was
// answered. Which tunnel it is in the end, the peer's identity says.
struct FirstChoice {
  Tunnel* tunnel = nullptr;
  wire::ikev1::Phase1Choice choice;
};
std::optional<FirstChoice> ChooseFirst(Core& core, IkeSa& sa, const wire::ikev1::Message& message,
                                       const Datagram& datagram);

// An error in clear, about a message that led to nothing; so many a second. It has no state, and is smaller than any
// honest message.
void Rebut(Core& core, const IkeSa& sa, const Datagram& datagram, wire::ikev1::NotifyType type);

// The tunnel that the peer's identity means, kept in `sa.handshake->auth`; else why there is none.
std::optional<Diagnosis> TakeClaim(Core& core, IkeSa& sa, const ipsec::Identity& peer);
// Keeps what was chosen.
void TakeFirst(Core& core, IkeSa& sa, const wire::ikev1::Message& message, const FirstChoice& chosen);

// Our private value and the shared secret, made by a job; the secret stays in `sa.handshake`. False: the peer's public
// value is none that an honest peer sends (RFC 6989), and the SA is gone.
bool TakeSharedSecret(Core& core, IkeSa& sa, JobResult& result);
// A message that is the initiator's own: it is where that came from, port 4500 perhaps by now (RFC 3947 4).
void FollowInitiator(IkeSa& sa, const Datagram& datagram);

// The peer's proof stands and it may come in: the tunnel; else null, and it was refused. `result` is of the job that
// checked its signature.
Tunnel* JudgePeer(Core& core, IkeSa& sa, const JobResult* result);
// The SA belongs to the tunnel, and the two sides are who they said.
void TakeIn(Core& core, IkeSa& sa, Tunnel& tunnel);

// The first tunnel that an unknown peer in Aggressive Mode may have meant and that is open to it; null: there is none.
const Tunnel* OpenToGuesses(const Core& core, const IkeSa& sa);

// The one answer to everything that is wrong with who the peer is, under the keys that it has proven to have; the SA
// stays to repeat it. Returns false.
bool RefusePeer(Core& core, IkeSa& sa, Tunnel* tunnel, Diagnosis diagnosis);

}  // namespace culvert::iked::ikev1
