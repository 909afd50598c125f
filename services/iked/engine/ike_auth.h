// SPDX-License-Identifier: Apache-2.0
// What IKE_AUTH and the EAP within it share, side by side.
#pragma once

#include <optional>

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ppk.h"
#include "services/iked/engine/transitions.h"

namespace culvert::iked {

// ike_auth_initiator.cc

// Our AUTH: signed as `result` has it, or made with EAP's key or the pre-shared one; and what a PPK adds to it.
void AppendOwnAuth(Payloads& payloads, const IkeSa& sa, JobResult* result);
// Asks for the peer's signature to be checked, if that is how it proves itself.
void AskCheck(Core& core, IkeSa& sa, const PpkConfig* ppk);
// Why the peer's proof does not stand: under the tunnel's method, or by the key that EAP has made.
std::optional<Diagnosis> JudgeResponder(const Core& core, const IkeSa& sa, const Step& step, const PpkConfig* ppk);

// 2.4: INITIAL_CONTACT says that this is the only IKE SA between the two. Two tunnels to one peer that start together
// must not undo each other, so one that is as far as its proof counts as well.
bool IsInitialContact(const Core& core, const IkeSa& sa);

// ike_auth_responder.cc

// The one answer to everything that is wrong with who the peer is; another one to what has no right form. Returns
// false.
bool Refuse(Core& core, IkeSa& sa, Tunnel* tunnel, Diagnosis diagnosis,
            wire::ikev2::NotifyType notify = wire::ikev2::NotifyType::kAuthenticationFailed);
// Chooses the tunnel under which the peer is judged, and keeps its claim. False: none is meant, and that was answered.
bool TakeClaim(Core& core, IkeSa& sa, const wire::ikev2::Message& message);
// The same identity is there already, and stays (unique: KEEP). `own`: as whom we answer.
bool MustStayOut(const Core& core, const Tunnel& tunnel, const ipsec::Identity& own, const ipsec::Identity& peer,
                 bool initial_contact);
// That tunnel, unless it changed or went meanwhile.
Tunnel* StillMeant(const Core& core, const AuthProgress& auth);
Circumstance AtAuth(const Core& core, const IkeSa& sa, const Tunnel* tunnel);
// The shared key that we prove ourselves with: EAP's, that the peer proved itself with, or the first that fits. Empty:
// there is none.
base::Secret OwnSharedKey(const Core& core, const IkeSa& sa);

}  // namespace culvert::iked
