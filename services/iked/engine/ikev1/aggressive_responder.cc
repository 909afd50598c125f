// SPDX-License-Identifier: Apache-2.0
// Aggressive Mode as responder (RFC 2409 5.1, 5.4). With a pre-shared key its answer, HASH_R, is something to guess the
// key by, given to whoever asks: so a tunnel must have been opened to it (allow_weak_aggressive_psk), and an identity
// that nobody knows gets the same answer, made with a key that nobody has.
#include <algorithm>

#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/authentication.h"
#include "services/iked/engine/ikev1/nat_traversal.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/responder.h"
#include "services/iked/engine/ikev1/transitions.h"
#include "services/iked/engine/ikev1/vendors.h"
#include "services/iked/engine/unanswered.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::ExchangeType;
using wire::ikev1::KePayload;
using wire::ikev1::Message;
using wire::ikev1::NoncePayload;
using wire::ikev1::NotifyType;

namespace {

constexpr size_t kNobodysKey = 32;

bool RefuseFirst(Core& core, const IkeSa& sa, const Datagram& datagram, Diagnosis diagnosis) {
  ReportRefusal(core, std::move(diagnosis));
  Rebut(core, sa, datagram, NotifyType::kAuthenticationFailed);
  return false;
}

// The key that the peer must have. Of a peer that is not known it is nobody's.
void TakeSecret(Core& core, IkeSa& sa) {
  AuthProgress& auth = sa.handshake->auth;
  const SecretConfig* secret = auth.tunnel == 0 ? nullptr : FindPeerSecret(core, sa, auth.own, auth.peer);
  if (secret != nullptr) {
    auth.secret = secret->name;
    auth.psk = secret->psk.Clone();
    return;
  }
  auth.psk = base::Secret(kNobodysKey);
  core.rng.Fill(auth.psk.mutable_view());
}

// Message 2 has what message 1 has and the proof besides; where it is larger, only so many are sent a second.
bool MayAnswer(Core& core, const IkeSa& sa, const Payloads& payloads) {
  const size_t answer = wire::kIkeHeaderSize + wire::ikev1::EncodePayloads(payloads).chain.size();
  return answer <= sa.ikev1->phase1->asked_octets || core.rebuttals.Allow(core.clock.Monotonic());
}

}  // namespace

bool OnAggressiveRequest(Core& core, IkeSa& sa, Occasion& occasion) {
  const Message& message = *occasion.message;
  const Datagram& datagram = *occasion.datagram;
  const std::optional<FirstChoice> chosen = ChooseFirst(core, sa, message, datagram);
  if (!chosen) return false;
  TakeFirst(core, sa, message, *chosen);
  Handshake& handshake = *sa.handshake;
  AuthProgress& auth = handshake.auth;
  Phase1& phase1 = *sa.ikev1->phase1;
  const std::optional<ipsec::Identity> peer = TakePeerId(sa, message);
  if (!peer) return RefuseFirst(core, sa, datagram, InvalidMessage(Here(core, sa), "an identity of an unknown kind"));
  std::optional<Diagnosis> stranger = TakeClaim(core, sa, *peer);
  if (BySignature(phase1.method)) {
    if (stranger) return RefuseFirst(core, sa, datagram, *std::move(stranger));
  } else {
    const Tunnel* open = stranger ? OpenToGuesses(core, sa) : core.FindTunnel(auth.tunnel);
    if (open == nullptr || !open->config->allow_weak_aggressive_psk) {
      Circumstance here = Here(core, sa);
      here.tunnel = open == nullptr ? chosen->tunnel->name() : open->name();
      return RefuseFirst(core, sa, datagram, AggressivePskRefused(here));
    }
    if (stranger) {
      auth.peer = *peer;
      auth.own = OwnIdentity(open->config->local_identity, open->config->authentication, core.config->certificates,
                             sa.local.address);
      ReportRefusal(core, *std::move(stranger));
    }
    TakeSecret(core, sa);
  }
  handshake.peer_nonce = message.Get<NoncePayload>()->data;
  handshake.own_nonce = core.Nonce();
  phase1.peer_public = message.Get<KePayload>()->data;
  phase1.asked_octets = datagram.bytes.size();
  AskPhase1(core, sa, Priority::kNew, DhRespond{sa.ikev1->suite.dh, phase1.peer_public});
  return true;
}

bool OnAggressiveResponded(Core& core, IkeSa& sa, Occasion& occasion) {
  if (!TakeSharedSecret(core, sa, *occasion.result)) return false;
  if (!DeriveKeys(sa, sa.handshake->auth.psk.view(), sa.handshake->shared.view()).ok()) {
    core.Destroy(sa);
    return false;
  }
  sa.handshake->shared = {};
  TakeOwnId(sa, sa.handshake->auth.own);
  return AskProofs(core, sa, /*check=*/false);
}

bool OnAggressiveSigned(Core& core, IkeSa& sa, Occasion& occasion) {
  if (!OwnProofMade(core, sa, occasion.result)) return false;
  State& state = *sa.ikev1;
  Payloads payloads;
  payloads.push_back(state.phase1->answer);
  payloads.push_back(KePayload{state.phase1->own_public});
  payloads.push_back(NoncePayload{sa.handshake->own_nonce});
  payloads.push_back(TakeOwnId(sa, sa.handshake->auth.own));
  AppendProof(payloads, sa, occasion.result);
  AppendCertificateRequest(payloads, sa);
  AppendVendorAnswer(payloads, state.peer);
  AppendNatDetection(payloads, sa, core.rng);
  if (!MayAnswer(core, sa, payloads)) {
    CountInvalid(core, "would_amplify");
    core.Destroy(sa);
    return false;
  }
  state.last_sent = SendPlain(core, sa, ExchangeType::kAggressive, std::move(payloads));
  return true;
}

bool OnAggressiveProof(Core& core, IkeSa& sa, Occasion& occasion) {
  FollowInitiator(sa, *occasion.datagram);
  sa.nat = JudgeNat(sa, *occasion.message);
  sa.handshake->initial_contact = occasion.message->Has(NotifyType::kInitialContact);
  sa.ikev1->phase1->proof = *occasion.message;
  return AskProofs(core, sa, /*check=*/true);
}

bool OnAggressiveJudged(Core& core, IkeSa& sa, Occasion& occasion) {
  Tunnel* const tunnel = JudgePeer(core, sa, occasion.result);
  if (tunnel == nullptr) return false;
  TakeIn(core, sa, *tunnel);
  return true;
}

}  // namespace culvert::iked::ikev1
