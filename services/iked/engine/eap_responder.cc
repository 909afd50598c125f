// SPDX-License-Identifier: Apache-2.0
// EAP in IKE_AUTH as responder, which is EAP's server (RFC 7296 2.16, RFC 5998).
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/auth_eap.h"
#include "services/iked/engine/auth_signature.h"
#include "services/iked/engine/diagnoses_authentication.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ike_auth.h"
#include "services/iked/engine/psk.h"
#include "services/iked/engine/unanswered.h"

namespace culvert::iked {

using wire::ikev2::AuthMethod;
using wire::ikev2::AuthPayload;
using wire::ikev2::EapPayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::IdPayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::PayloadType;

namespace {

// Under which name wrong passwords are counted.
std::string FailureName(const AuthProgress& auth) {
  return absl::StrCat(auth.config->name, "\n", auth.eap->identity());
}

// As soon as it is known, and once: a peer that never answers again has made its guess all the same.
void NoteRefusal(Core& core, IkeSa& sa, Tunnel* tunnel, const eap::Step& step) {
  AuthProgress& auth = sa.handshake->auth;
  if (std::exchange(auth.eap_refused, true)) return;
  if (step.failure == eap::Failure::kRefused) core.eap_failures.Failed(core.clock.Monotonic(), FailureName(auth));
  Diagnosis diagnosis = EapRefused(AtAuth(core, sa, tunnel), *auth.eap, step);
  core.counters.Add("ipsec_ike_handshakes_total", {auth.config->name, "responder", "failed", Name(diagnosis.code)});
  Report(core, tunnel, std::move(diagnosis));
}

// EAP says Failure itself; the SA ends with it.
bool RefuseByEap(Core& core, IkeSa& sa, Tunnel* tunnel, eap::Step step) {
  NoteRefusal(core, sa, tunnel, step);
  Payloads answer;
  if (step.reply.empty()) {
    answer.push_back(NotifyPayload{.type = NotifyType::kAuthenticationFailed});
  } else {
    answer.push_back(EapPayload{std::move(step.reply)});
  }
  SendResponse(core, sa, ExchangeType::kIkeAuth, std::move(answer));
  core.SetState(sa, IkeState::kRefused);
  return false;
}

}  // namespace

bool OnEapRequest(Core& core, IkeSa& sa, Step& step) {
  if (!TakeClaim(core, sa, *step.message)) return false;
  const AuthProgress& auth = sa.handshake->auth;
  const TunnelConfig& config = *auth.config;
  Tunnel* const tunnel = core.FindTunnel(auth.tunnel);
  const Circumstance here = AtAuth(core, sa, tunnel);
  if (!MayServeEap(config.authentication)) {
    return Refuse(core, sa, tunnel, NotSupported(here, "eap.role", "answering as EAP client"));
  }
  const bool alone = config.authentication.local == AuthKind::kEap;
  if (alone && !step.message->Has(NotifyType::kEapOnlyAuthentication)) {
    return Refuse(core, sa, tunnel, EapMethodMismatch(here, "EAP alone", "the peer wants our certificate ahead of it"));
  }
  if (config.authentication.local != AuthKind::kX509) return true;
  auto make = PrepareSignature(here, core, sa, config, auth.own, nullptr, /*also_without=*/false);
  if (Diagnosis* missing = std::get_if<Diagnosis>(&make)) return Refuse(core, sa, tunnel, std::move(*missing));
  sa.peer->job = core.Ask(sa, Priority::kProven, Prove{.make = std::get<SignatureToMake>(std::move(make))});
  return true;
}

bool OnEapStarted(Core& core, IkeSa& sa, Step& step) {
  Handshake& handshake = *sa.handshake;
  AuthProgress& auth = handshake.auth;
  Tunnel* const tunnel = StillMeant(core, auth);
  const Circumstance here = AtAuth(core, sa, tunnel);
  if (tunnel == nullptr) return Refuse(core, sa, nullptr, WhyNobodyAnswers(core, here, sa.local, sa.init_remote));
  Payloads answer;
  answer.push_back({PayloadType::kIdR, IdPayload{auth.own}});
  if (step.result != nullptr) {
    if (!step.result->ok()) {
      return Refuse(core, sa, tunnel,
                    NotSupported(here, "authentication.local.x509.certificate", step.result->status().message()));
    }
    AppendSignature(answer, auth, std::get<Proven>(**step.result));
  } else if (auth.config->authentication.local == AuthKind::kPsk) {
    const base::Secret key = OwnSharedKey(core, sa);
    if (key.empty()) return Refuse(core, sa, tunnel, NoSecretForPeer(here, auth.own, auth.peer));
    const AuthInput input{*handshake.own_message, handshake.peer_nonce, handshake.sk_p_own.view(), auth.own};
    answer.push_back(
        AuthPayload{AuthMethod::kSharedKey, base::ToBytes(ComputeAuth(sa.crypto->prf, key.view(), input).view())});
  }
  const std::shared_ptr<eap::Server> server = MakeEapServer(core, *auth.config, auth.own);
  answer.push_back(EapPayload{server->Begin({core.clock.Wall(), core.rng})});
  auth.eap = server;
  SendResponse(core, sa, ExchangeType::kIkeAuth, std::move(answer));
  return true;
}

bool OnEapAnswer(Core& core, IkeSa& sa, Step& step) {
  const AuthProgress& auth = sa.handshake->auth;
  Tunnel* const tunnel = StillMeant(core, auth);
  const std::string& user = auth.eap->identity();
  if (!user.empty() && !core.eap_failures.Allows(core.clock.Monotonic(), FailureName(auth))) {
    return Refuse(core, sa, tunnel, TooManyFailures(AtAuth(core, sa, tunnel), user));
  }
  sa.peer->story = Story::kConnect;
  sa.peer->job = core.Ask(sa, Priority::kProven, EapStepOf(core, auth, *step.message));
  return true;
}

bool OnEapServed(Core& core, IkeSa& sa, Step& step) {
  AuthProgress& auth = sa.handshake->auth;
  eap::Step& said = std::get<EapStepped>(**step.result).step;
  if (said.state == eap::State::kFailed) return RefuseByEap(core, sa, StillMeant(core, auth), std::move(said));
  if (said.failure != eap::Failure::kNone) NoteRefusal(core, sa, StillMeant(core, auth), said);
  if (said.state == eap::State::kSucceeded) auth.msk = auth.eap->TakeMsk();
  SendResponse(core, sa, ExchangeType::kIkeAuth, {EapPayload{std::move(said.reply)}});
  return true;
}

// A client may end it with an exchange of its own instead of EAP's last word (RFC 7296 2.21.2), as strongSwan does.
bool OnEapAbandoned(Core& core, IkeSa& sa, Step&) {
  NoteRefusal(core, sa, StillMeant(core, sa.handshake->auth),
              {.state = eap::State::kFailed, .why = "the peer gave up"});
  SendResponse(core, sa, ExchangeType::kInformational, {});
  return true;
}

bool OnEapAuth(Core& core, IkeSa& sa, Step& step) {
  AuthProgress& auth = sa.handshake->auth;
  if (auth.msk.empty() || KindOf(*step.message) != AuthKind::kPsk) {
    Tunnel* const tunnel = StillMeant(core, auth);
    return Refuse(core, sa, tunnel,
                  EapFailed(AtAuth(core, sa, tunnel), eap::ToString(auth.eap->method()), auth.eap->identity(),
                            "AUTH before its end"));
  }
  auth.last = *step.message;
  sa.peer->story = Story::kConnect;
  return true;
}

}  // namespace culvert::iked
