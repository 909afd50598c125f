// SPDX-License-Identifier: Apache-2.0
// An IKE SA of ours: how its Phase 1 begins, and how it ends for want of answers.
#include "services/iked/engine/connect.h"

#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/transitions.h"

namespace culvert::iked::ikev1 {
namespace {

// Which of our proofs the peer had, and kept silent about.
bool IsOurProofOut(const State& state) {
  return state.step == Step::kIdSent && !BySignature(state.phase1->method);
}

}  // namespace

void Connect(Core& core, Tunnel& tunnel, const PathCandidate& path) {
  IkeSa& sa = BeginAttempt(core, tunnel, path);
  sa.ikev1 = std::make_unique<State>();
  sa.ikev1->mode = tunnel.config->ike_mode == IkeMode::kMain ? Mode::kMain : Mode::kAggressive;
  sa.ikev1->phase1 = std::make_unique<Phase1>();
  sa.ikev1->phase1->method = MethodOf(*tunnel.config, /*initiator=*/true);
  core.SetState(sa, IkeState::kIkev1Negotiating);
  sa.ikev1->mode == Mode::kMain ? BeginMain(core, sa) : BeginAggressive(core, sa);
}

void OnUnanswered(Core& core, IkeSa& sa) {
  const State& state = *sa.ikev1;
  const Circumstance here = Here(core, sa);
  if (state.phase1 != nullptr && IsOurProofOut(state)) {
    return FailConnect(core, sa, TunnelReason::kNegotiationFailed,
                       MessageFiveRefused(here, sa.handshake->auth.secret, state.phase1->hint));
  }
  const bool waits = sa.own != nullptr && !sa.own->datagrams.empty();
  const Silence silence{.messages = sa.own == nullptr ? 0 : sa.own->transmissions,
                        .port_unreachable = sa.tunnel->port_unreachable,
                        .octets = waits ? sa.own->datagrams.front()->size() : 0};
  FailConnect(core, sa, TunnelReason::kPeerSilent, NoResponse(here, silence));
}

}  // namespace culvert::iked::ikev1
