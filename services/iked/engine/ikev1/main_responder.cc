// SPDX-License-Identifier: Apache-2.0
// Main Mode as responder (RFC 2409 5.1, 5.4). Message 3 carries our cookie, which proves the peer's address; nothing
// before it is answered by more octets than it has, since the answer says nothing that the question did not.
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/authentication.h"
#include "services/iked/engine/ikev1/nat_traversal.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/responder.h"
#include "services/iked/engine/ikev1/transitions.h"
#include "services/iked/engine/ikev1/vendors.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::ExchangeType;
using wire::ikev1::KePayload;
using wire::ikev1::Message;
using wire::ikev1::NoncePayload;

bool OnMainSaRequest(Core& core, IkeSa& sa, Occasion& occasion) {
  const std::optional<FirstChoice> chosen = ChooseFirst(core, sa, *occasion.message, *occasion.datagram);
  if (!chosen) return false;
  TakeFirst(core, sa, *occasion.message, *chosen);
  return true;
}

void AnswerMainSa(Core& core, IkeSa& sa) {
  Payloads payloads;
  payloads.push_back(sa.ikev1->phase1->answer);
  AppendVendorAnswer(payloads, sa.ikev1->peer);
  sa.ikev1->last_sent = SendPlain(core, sa, ExchangeType::kMain, std::move(payloads));
}

bool OnMainKeRequest(Core& core, IkeSa& sa, Occasion& occasion) {
  const Message& message = *occasion.message;
  Handshake& handshake = *sa.handshake;
  handshake.proven = true;
  handshake.peer_nonce = message.Get<NoncePayload>()->data;
  handshake.own_nonce = core.Nonce();
  sa.ikev1->phase1->peer_public = message.Get<KePayload>()->data;
  sa.nat = JudgeNat(sa, message);
  AskPhase1(core, sa, Priority::kProven, DhRespond{sa.ikev1->suite.dh, sa.ikev1->phase1->peer_public});
  return true;
}

bool OnMainKeResponded(Core& core, IkeSa& sa, Occasion& occasion) {
  if (!TakeSharedSecret(core, sa, *occasion.result)) return false;
  Payloads payloads;
  payloads.push_back(KePayload{sa.ikev1->phase1->own_public});
  payloads.push_back(NoncePayload{sa.handshake->own_nonce});
  AppendCertificateRequest(payloads, sa);
  if (sa.nat.detection) AppendNatDetection(payloads, sa, core.rng);
  sa.ikev1->last_sent = SendPlain(core, sa, ExchangeType::kMain, std::move(payloads));
  return true;
}

bool OnMainIdRequest(Core& core, IkeSa& sa, Occasion& occasion) {
  const Message& message = *occasion.message;
  Phase1& phase1 = *sa.ikev1->phase1;
  FollowInitiator(sa, *occasion.datagram);
  const std::optional<ipsec::Identity> peer = TakePeerId(sa, message);
  phase1.proof = message;
  sa.handshake->initial_contact = message.Has(wire::ikev1::NotifyType::kInitialContact);
  std::optional<Diagnosis> refusal =
      peer ? TakeClaim(core, sa, *peer) : InvalidMessage(Here(core, sa), "an identity of a kind that Phase 1 has not");
  if (refusal) return RefusePeer(core, sa, core.FindTunnel(phase1.tunnel), *std::move(refusal));
  TakeOwnId(sa, sa.handshake->auth.own);
  return AskProofs(core, sa, /*check=*/true);
}

bool OnMainIdJudged(Core& core, IkeSa& sa, Occasion& occasion) {
  Tunnel* const tunnel = JudgePeer(core, sa, occasion.result);
  if (tunnel == nullptr) return false;
  Payloads payloads;
  payloads.push_back(TakeOwnId(sa, sa.handshake->auth.own));
  AppendProof(payloads, sa, occasion.result);
  sa.ikev1->last_sent = SendSealed(core, sa, {ExchangeType::kMain}, std::move(payloads), sa.ikev1->iv);
  TakeIn(core, sa, *tunnel);
  return true;
}

}  // namespace culvert::iked::ikev1
