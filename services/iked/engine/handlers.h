// SPDX-License-Identifier: Apache-2.0
// The handlers that transitions.cc names, by the file they are in.
#pragma once

#include "services/iked/engine/transitions.h"

namespace culvert::iked {

// ike_sa_init_initiator.cc
bool OnInitGenerated(Core& core, IkeSa& sa, Step& step);
bool OnCookie(Core& core, IkeSa& sa, Step& step);
bool OnInvalidKe(Core& core, IkeSa& sa, Step& step);
bool OnInitResponse(Core& core, IkeSa& sa, Step& step);
bool OnInitRefused(Core& core, IkeSa& sa, Step& step);
// ike_sa_init_responder.cc
bool OnInitRequest(Core& core, IkeSa& sa, Step& step);
bool OnInitResponded(Core& core, IkeSa& sa, Step& step);
// ike_auth_initiator.cc
bool OnInitDerived(Core& core, IkeSa& sa, Step& step);
void ProceedUnlessComputing(Core& core, IkeSa& sa);
bool OnAuthSigned(Core& core, IkeSa& sa, Step& step);
bool OnAuthResponse(Core& core, IkeSa& sa, Step& step);
bool OnAuthVerified(Core& core, IkeSa& sa, Step& step);
bool OnAuthRefused(Core& core, IkeSa& sa, Step& step);
bool OnFirstChildInstalled(Core& core, IkeSa& sa, Step& step);
// established.cc
void Established(Core& core, IkeSa& sa);
// The peer says that `sa` is the only one it has.
void ApplyInitialContact(Core& core, const IkeSa& sa);
// ike_auth_responder.cc
bool OnAuthRequest(Core& core, IkeSa& sa, Step& step);
void JudgeUnlessComputing(Core& core, IkeSa& sa);
bool OnAuthJudged(Core& core, IkeSa& sa, Step& step);
bool OnOtherAuthRequest(Core& core, IkeSa& sa, Step& step);
bool OnAuthInstalled(Core& core, IkeSa& sa, Step& step);
void AnswerUnlessInstalling(Core& core, IkeSa& sa);
// eap_initiator.cc
bool OnEapOffered(Core& core, IkeSa& sa, Step& step);
bool OnEapPeerVerified(Core& core, IkeSa& sa, Step& step);
bool OnEapStepped(Core& core, IkeSa& sa, Step& step);
bool OnEapAsked(Core& core, IkeSa& sa, Step& step);
// eap_responder.cc
bool OnEapRequest(Core& core, IkeSa& sa, Step& step);
bool OnEapStarted(Core& core, IkeSa& sa, Step& step);
bool OnEapAnswer(Core& core, IkeSa& sa, Step& step);
bool OnEapServed(Core& core, IkeSa& sa, Step& step);
bool OnEapAuth(Core& core, IkeSa& sa, Step& step);
bool OnEapAbandoned(Core& core, IkeSa& sa, Step& step);
// create_child_initiator.cc
bool OnChildGenerated(Core& core, IkeSa& sa, Step& step);
bool OnChildDerived(Core& core, IkeSa& sa, Step& step);
bool OnChildResponse(Core& core, IkeSa& sa, Step& step);
bool OnChildRefused(Core& core, IkeSa& sa, Step& step);
bool OnChildInstalled(Core& core, IkeSa& sa, Step& step);
// create_child_responder.cc
bool OnNewChildRequest(Core& core, IkeSa& sa, Step& step);
bool OnRekeyChildRequest(Core& core, IkeSa& sa, Step& step);
bool OnPeerChildComputed(Core& core, IkeSa& sa, Step& step);
bool OnPeerChildInstalled(Core& core, IkeSa& sa, Step& step);
bool OnUntimelyRequest(Core& core, IkeSa& sa, Step& step);
// rekey_ike.cc
bool OnIkeRekeyGenerated(Core& core, IkeSa& sa, Step& step);
bool OnIkeRekeyResponse(Core& core, IkeSa& sa, Step& step);
bool OnIkeRekeyRefused(Core& core, IkeSa& sa, Step& step);
bool OnIkeRekeyDerived(Core& core, IkeSa& sa, Step& step);
bool OnMootIkeRekeyDerived(Core& core, IkeSa& sa, Step& step);
bool OnIkeRekeyRequest(Core& core, IkeSa& sa, Step& step);
bool OnIkeRekeyComputed(Core& core, IkeSa& sa, Step& step);
void HandedOver(Core& core, IkeSa& sa);
// informational.cc
bool OnInformationalRequest(Core& core, IkeSa& sa, Step& step);
bool OnChildDeleted(Core& core, IkeSa& sa, Step& step);
bool OnIkeDeleted(Core& core, IkeSa& sa, Step& step);
bool OnAlive(Core& core, IkeSa& sa, Step& step);
bool OnMootResponse(Core& core, IkeSa& sa, Step& step);
// mobike.cc
bool OnMobikeAnswered(Core& core, IkeSa& sa, Step& step);

}  // namespace culvert::iked
