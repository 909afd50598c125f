// SPDX-License-Identifier: Apache-2.0
// Phase 1 of IKEv1 (RFC 2409 5.1, 5.4) as one table, a row each. A message that no row allows changes nothing. Which
// payloads a message must have is its form's affair (libs/wire/ikev1/payload_rules.h).
#pragma once

#include <optional>
#include <span>

#include "absl/strings/string_view.h"
#include "libs/wire/ikev1/message.h"
#include "libs/wire/ikev1/payload_rules.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

enum class Trigger : uint8_t {
  kMessage,   // of the peer
  kComputed,  // what the step waited for; or there was nothing to compute
};

// What a handler is given.
struct Occasion {
  const wire::ikev1::Message* message = nullptr;
  const Datagram* datagram = nullptr;
  base::Bytes next_iv{};        // of an encrypted message
  JobResult* result = nullptr;  // null: nothing was computed
};

// Computes on locals, commits, and returns true, upon which the row's `to` becomes the step. On false it has dealt with
// the failure itself. What answers a message is sent in the sequel, or later.
using Handler = bool (*)(Core&, IkeSa&, Occasion&);
// What follows once the new step stands.
using Sequel = void (*)(Core&, IkeSa&);

struct Transition {
  absl::string_view name;
  Trigger trigger;
  std::optional<wire::ikev1::MessageForm> form;  // of the peer's message
  Step from;
  Handler handler;
  Step to;
  Sequel then = nullptr;
};
std::span<const Transition> Transitions();

// The row of a message of that exchange, or of a computation, in that step; null: there is none.
const Transition* FindMessage(Step from, wire::ikev1::ExchangeType exchange);
const Transition* FindComputed(Step from);

// Runs the row's handler, commits the step and, of a message, the IV and its digest; then the sequel. False: the
// handler refused.
bool Dispatch(Core& core, IkeSa& sa, const Transition& row, Occasion& occasion);

// A sequel: where nothing is being computed, the next row is due at once.
void ProceedUnlessComputing(Core& core, IkeSa& sa);

// main_initiator.cc
void BeginMain(Core& core, IkeSa& sa);
bool OnMainSaAnswer(Core& core, IkeSa& sa, Occasion& occasion);
bool OnMainKeGenerated(Core& core, IkeSa& sa, Occasion& occasion);
bool OnMainKeAnswer(Core& core, IkeSa& sa, Occasion& occasion);
bool OnMainDerived(Core& core, IkeSa& sa, Occasion& occasion);
bool OnMainSigned(Core& core, IkeSa& sa, Occasion& occasion);
bool OnMainIdAnswer(Core& core, IkeSa& sa, Occasion& occasion);
// main_responder.cc
bool OnMainSaRequest(Core& core, IkeSa& sa, Occasion& occasion);
void AnswerMainSa(Core& core, IkeSa& sa);
bool OnMainKeRequest(Core& core, IkeSa& sa, Occasion& occasion);
bool OnMainKeResponded(Core& core, IkeSa& sa, Occasion& occasion);
bool OnMainIdRequest(Core& core, IkeSa& sa, Occasion& occasion);
bool OnMainIdJudged(Core& core, IkeSa& sa, Occasion& occasion);
// aggressive_initiator.cc
void BeginAggressive(Core& core, IkeSa& sa);
bool OnAggressiveGenerated(Core& core, IkeSa& sa, Occasion& occasion);
bool OnAggressiveAnswer(Core& core, IkeSa& sa, Occasion& occasion);
bool OnAggressiveDerived(Core& core, IkeSa& sa, Occasion& occasion);
bool OnAggressiveVerified(Core& core, IkeSa& sa, Occasion& occasion);
// aggressive_responder.cc
bool OnAggressiveRequest(Core& core, IkeSa& sa, Occasion& occasion);
bool OnAggressiveResponded(Core& core, IkeSa& sa, Occasion& occasion);
bool OnAggressiveSigned(Core& core, IkeSa& sa, Occasion& occasion);
bool OnAggressiveProof(Core& core, IkeSa& sa, Occasion& occasion);
bool OnAggressiveJudged(Core& core, IkeSa& sa, Occasion& occasion);
// authentication.cc: what the modes share as initiator.
bool OnPeerVerified(Core& core, IkeSa& sa, Occasion& occasion);
// phase1.cc
void PhaseOneDone(Core& core, IkeSa& sa);

}  // namespace culvert::iked::ikev1
