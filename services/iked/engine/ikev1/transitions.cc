// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/transitions.h"

#include <utility>

#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/phase1.h"

namespace culvert::iked::ikev1 {
namespace {

using enum Step;
using enum Trigger;
using enum wire::ikev1::MessageForm;

constexpr auto kNoMessage = std::nullopt;

constexpr Transition kTransitions[] = {
    // Main Mode as initiator
    {"the peer has chosen", kMessage, kMain2, kSaSent, OnMainSaAnswer, kKeGenerating},
    {"our public value is there", kComputed, kNoMessage, kKeGenerating, OnMainKeGenerated, kKeSent},
    {"the peer's public value is there", kMessage, kMain4, kKeSent, OnMainKeAnswer, kKeDeriving},
    {"the shared secret is there", kComputed, kNoMessage, kKeDeriving, OnMainDerived, kSigning, ProceedUnlessComputing},
    {"our proof is made", kComputed, kNoMessage, kSigning, OnMainSigned, kIdSent},
    {"the peer proves itself", kMessage, kMain6, kIdSent, OnMainIdAnswer, kVerifying, ProceedUnlessComputing},
    {"the peer's proof is checked", kComputed, kNoMessage, kVerifying, OnPeerVerified, kDone, PhaseOneDone},

    // Main Mode as responder
    {"Main Mode is begun", kMessage, kMain1, kNew, OnMainSaRequest, kSaAnswered, AnswerMainSa},
    {"the peer's public value is there", kMessage, kMain3, kSaAnswered, OnMainKeRequest, kKeResponding},
    {"our key exchange is done", kComputed, kNoMessage, kKeResponding, OnMainKeResponded, kKeAnswered},
    {"the peer proves itself", kMessage, kMain5, kKeAnswered, OnMainIdRequest, kJudging, ProceedUnlessComputing},
    {"the peer's proof is checked, ours made", kComputed, kNoMessage, kJudging, OnMainIdJudged, kDone, PhaseOneDone},

    // Aggressive Mode as initiator
    {"our public value is there", kComputed, kNoMessage, kAggressiveGenerating, OnAggressiveGenerated, kAggressiveSent},
    {"the peer answers all at once", kMessage, kAggressive2, kAggressiveSent, OnAggressiveAnswer, kAggressiveDeriving},
    {"the shared secret is there", kComputed, kNoMessage, kAggressiveDeriving, OnAggressiveDerived,
     kAggressiveVerifying, ProceedUnlessComputing},
    {"the peer's proof is checked, ours made", kComputed, kNoMessage, kAggressiveVerifying, OnAggressiveVerified, kDone,
     PhaseOneDone},

    // Aggressive Mode as responder
    {"Aggressive Mode is begun", kMessage, kAggressive1, kNew, OnAggressiveRequest, kAggressiveResponding},
    {"our key exchange is done", kComputed, kNoMessage, kAggressiveResponding, OnAggressiveResponded,
     kAggressiveSigning, ProceedUnlessComputing},
    {"our proof is made", kComputed, kNoMessage, kAggressiveSigning, OnAggressiveSigned, kAggressiveAnswered},
    {"the peer proves itself", kMessage, kAggressive3, kAggressiveAnswered, OnAggressiveProof, kAggressiveJudging,
     ProceedUnlessComputing},
    {"the peer's proof is checked", kComputed, kNoMessage, kAggressiveJudging, OnAggressiveJudged, kDone, PhaseOneDone},
};

}  // namespace

std::span<const Transition> Transitions() {
  return kTransitions;
}

const Transition* FindMessage(Step from, wire::ikev1::ExchangeType exchange) {
  for (const Transition& row : kTransitions) {
    if (row.from != from || !row.form) continue;
    if (wire::ikev1::FormRules()[static_cast<size_t>(*row.form)].exchange == exchange) return &row;
  }
  return nullptr;
}

const Transition* FindComputed(Step from) {
  for (const Transition& row : kTransitions) {
    if (row.from == from && row.trigger == kComputed) return &row;
  }
  return nullptr;
}

bool Dispatch(Core& core, IkeSa& sa, const Transition& row, Occasion& occasion) {
  State& state = *sa.ikev1;
  const bool sealed = !occasion.next_iv.empty();
  if (sealed) std::swap(state.iv, occasion.next_iv);
  const bool accepted = row.handler(core, sa, occasion);
  const bool answered = accepted || sa.state == IkeState::kRefused;
  if (occasion.datagram != nullptr && answered) state.last_received = DigestOf(occasion.datagram->bytes);
  if (sealed && !answered) std::swap(state.iv, occasion.next_iv);
  if (!accepted) return false;
  if (occasion.datagram != nullptr) {
    state.last_sent.clear();
    state.repeats = 0;
    if (sa.own != nullptr) Answered(core, sa);
  }
  state.step = row.to;
  if (row.then != nullptr) row.then(core, sa);
  return true;
}

void ProceedUnlessComputing(Core& core, IkeSa& sa) {
  if (sa.ikev1->phase1->job != 0) return;
  Occasion occasion;
  Dispatch(core, sa, *FindComputed(sa.ikev1->step), occasion);
}

}  // namespace culvert::iked::ikev1
