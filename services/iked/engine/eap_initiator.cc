// SPDX-License-Identifier: Apache-2.0
// EAP in IKE_AUTH as initiator, which is EAP's client (RFC 7296 2.16; without the server's AUTH ahead of it, RFC 5998).
#include "services/iked/engine/announce.h"
#include "services/iked/engine/auth_eap.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/diagnoses_authentication.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ike_auth.h"

namespace culvert::iked {

using wire::ikev2::EapPayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::IdPayload;
using wire::ikev2::PayloadType;

namespace {

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kIkeAuth, Side::kInitiator);
}

// The peer waits for our EAP and would hear nothing else: it gives up by itself.
bool Fail(Core& core, IkeSa& sa, Diagnosis diagnosis) {
  FailConnect(core, sa, TunnelReason::kNegotiationFailed, std::move(diagnosis));
  return false;
}

}  // namespace

bool OnEapOffered(Core& core, IkeSa& sa, Step& step) {
  const Authentication& authentication = sa.config->authentication;
  if (authentication.local != AuthKind::kEap) {
    return Fail(core, sa, EapMethodMismatch(Here(core, sa), Name(authentication.local), "the peer wants EAP"));
  }
  AuthProgress& auth = sa.handshake->auth;
  auth.message = *step.message;
  TakePeer(auth, *step.message->Get<IdPayload>(PayloadType::kIdR));
  AskCheck(core, sa, nullptr);  // a PPK comes into it with the AUTH after EAP (RFC 8784 4)
  return true;
}

bool OnEapPeerVerified(Core& core, IkeSa& sa, Step& step) {
  AuthProgress& auth = sa.handshake->auth;
  if (sa.config->authentication.remote != AuthKind::kEap) {
    if (auto refusal = JudgeResponder(core, sa, step, nullptr)) return Fail(core, sa, *std::move(refusal));
  }
  if (!sa.config->remote_identity.Matches(auth.peer)) {
    return Fail(core, sa, PeerIdMismatch(Here(core, sa), sa.config->remote_identity.ToString(), auth.peer));
  }
  auth.eap = MakeEapPeer(core, *sa.config, sa.local_id);
  sa.own->job = core.Ask(sa, Priority::kProven, EapStepOf(core, auth, auth.message));
  return true;
}

bool OnEapStepped(Core& core, IkeSa& sa, Step& step) {
  AuthProgress& auth = sa.handshake->auth;
  eap::Step& said = std::get<EapStepped>(**step.result).step;
  if (said.state == eap::State::kFailed) return Fail(core, sa, EapRefused(Here(core, sa), *auth.eap, said));
  Payloads payloads;
  if (said.state == eap::State::kRunning) {
    payloads.push_back(EapPayload{std::move(said.reply)});
  } else {
    const bool alone = sa.config->authentication.remote == AuthKind::kEap;
    if (alone) {  // nothing but EAP proves the peer
      if (auto refusal = EapNameMismatch(Here(core, sa), *auth.eap, auth.peer)) {
        return Fail(core, sa, *std::move(refusal));
      }
    }
    auth.msk = auth.eap->TakeMsk();
    AppendOwnAuth(payloads, sa, nullptr);
  }
  SendRequest(core, sa, ExchangeType::kIkeAuth, std::move(payloads));
  return true;
}

bool OnEapAsked(Core& core, IkeSa& sa, Step& step) {
  AuthProgress& auth = sa.handshake->auth;
  if (!auth.msk.empty()) {
    return Fail(core, sa, EapFailed(Here(core, sa), eap::ToString(auth.eap->method()), {}, "EAP after its end"));
  }
  sa.own->job = core.Ask(sa, Priority::kProven, EapStepOf(core, auth, *step.message));
  return true;
}

}  // namespace culvert::iked
