// SPDX-License-Identifier: Apache-2.0
// What Quick Mode negotiates: ESP suites, how ESP travels, how long the keys live, and whose traffic they protect
// (RFC 2407 4.5, 4.6.2; RFC 2409 5.5; RFC 3947 5).
//
// Where IKEv2 narrows, IKEv1 demands: both sides must be configured for exactly the same pair of networks. Lifetimes
// need not agree: the shorter one holds (RFC 2407 4.5.4).
#pragma once

#include <variant>
#include <vector>

#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/phase2.h"

namespace culvert::iked::ikev1 {

struct QuickRefusal {
  wire::ikev1::NotifyType notify = wire::ikev1::NotifyType::kNoProposalChosen;
  Diagnosis diagnosis;
};
template <typename T>
using OrRefusal = std::variant<T, QuickRefusal>;

// The key exchanges that `proposals` allow, most wanted first, each once; null stands for none (without PFS). One Quick
// Mode offers the suites of one of them, since it carries one KE payload at most (RFC 2409 5.5).
std::vector<const ipsec::Algorithm*> GroupsOf(const std::vector<ipsec::Proposal>& proposals);

// Message 1 without its hash. `own`: of the exchange, with its group and its public value.
Payloads OfferPayloads(const IkeSa& sa, const OwnExchange& own);
// Does message 2 keep to what `own` asked for? What was chosen is filled in.
OrRefusal<ChildNegotiation> CheckAnswer(const Core& core, const IkeSa& sa, const OwnExchange& own,
                                        const wire::ikev1::Message& message);

// As responder: suite, pair and lifetime for message 1, and what of it goes back as it came. Takes no SPI yet.
OrRefusal<QuickMode> Choose(const Core& core, const IkeSa& sa, const wire::ikev1::Message& message);
// Message 2 without its hash.
Payloads AnswerPayloads(const IkeSa& sa, const QuickMode& quick);

}  // namespace culvert::iked::ikev1
