// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/initiator.h"

#include "absl/strings/str_cat.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/ikev1/authentication.h"
#include "services/iked/engine/ikev1/nat_traversal.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/vendors.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::KePayload;
using wire::ikev1::Message;
using wire::ikev1::NoncePayload;
using wire::ikev1::SaPayload;

namespace {

// Without NAT detection FORCE cannot be had; only a datapath that sends raw ESP can do without it.
bool Encapsulates(Core& core, IkeSa& sa, const Features& features) {
  if (features.nat != NatTraversal::kNone || sa.handshake->encapsulation != Encapsulation::kForce) return true;
  Diagnosis missing = NatTraversalMissing(Here(core, sa), "encapsulation is FORCE");
  if (core.datapath && !core.datapath->raw_esp) return FailPhase1(core, sa, std::move(missing));
  Report(core, sa.tunnel, std::move(missing));
  return true;
}

bool FailUnsupported(Core& core, IkeSa& sa, absl::string_view what) {
  FailConnect(core, sa, TunnelReason::kNotSupported, NotSupported(Here(core, sa), "ike.proposals", what));
  return false;
}

}  // namespace

bool FailPhase1(Core& core, IkeSa& sa, Diagnosis diagnosis) {
  FailConnect(core, sa, TunnelReason::kNegotiationFailed, std::move(diagnosis));
  return false;
}

bool TakeAnswer(Core& core, IkeSa& sa, const Message& message) {
  State& state = *sa.ikev1;
  if (message.header.responder_spi == 0) {
    return FailPhase1(core, sa, InvalidMessage(Here(core, sa), "a responder cookie of zero"));
  }
  const auto choice =
      wire::ikev1::VerifyPhase1(sa.config->ike_proposals, state.phase1->offer, *message.Get<SaPayload>());
  if (!choice) {
    return FailPhase1(core, sa, InvalidMessage(Here(core, sa), "an answer that chooses none of our transforms"));
  }
  const Features features = FeaturesOf(message, *sa.config, sa.handshake->encapsulation);
  if (!Encapsulates(core, sa, features)) return false;
  sa.remote_spi = message.header.responder_spi;
  state.peer = features;
  Adopt(state, *sa.config, *choice);
  return true;
}

bool TakeOwnPublic(Core& core, IkeSa& sa, JobResult& result) {
  if (!result.ok()) return FailUnsupported(core, sa, result.status().message());
  sa.handshake->ours = std::get<DhGenerated>(*result).ours;
  sa.ikev1->phase1->own_public = base::ToBytes(sa.handshake->ours->public_value());
  return true;
}

void TakePeerPublic(Core& core, IkeSa& sa, const Message& message) {
  Handshake& handshake = *sa.handshake;
  sa.ikev1->phase1->peer_public = message.Get<KePayload>()->data;
  handshake.peer_nonce = message.Get<NoncePayload>()->data;
  handshake.init_done = core.clock.Monotonic();
  core.counters.AddHandshake(true, HandshakePhase::kIkeSaInit, handshake.init_done - handshake.started);
  sa.nat = JudgeNat(sa, message);
  AskPhase1(core, sa, Priority::kProven, DhDerive{handshake.ours, sa.ikev1->phase1->peer_public});
}

bool TakeKeys(Core& core, IkeSa& sa, JobResult& result) {
  if (!result.ok()) {
    return FailPhase1(
        core, sa, InvalidMessage(Here(core, sa), absl::StrCat("the peer's public value: ", result.status().message())));
  }
  if (std::optional<Diagnosis> missing = ChooseOwnSecret(core, sa)) {
    FailConnect(core, sa, TunnelReason::kNoSecret, *std::move(missing));
    return false;
  }
  const base::Secret& shared = std::get<DhDerived>(*result).shared;
  const absl::Status keys = DeriveKeys(sa, sa.handshake->auth.psk.view(), shared.view());
  if (!keys.ok()) return FailUnsupported(core, sa, keys.message());
  sa.handshake->ours.reset();
  return true;
}

bool TakeResponderId(Core& core, IkeSa& sa, const Message& message) {
  const std::optional<ipsec::Identity> peer = TakePeerId(sa, message);
  if (!peer) {
    return FailPhase1(core, sa, InvalidMessage(Here(core, sa), "an identity of a kind that Phase 1 does not have"));
  }
  sa.handshake->auth.peer = *peer;
  sa.ikev1->phase1->proof = message;
  return true;
}

}  // namespace culvert::iked::ikev1
