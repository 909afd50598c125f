// SPDX-License-Identifier: Apache-2.0
// What both ways of making a CHILD_SA share, in IKE_AUTH and in CREATE_CHILD_SA: the offer, the choice, and the
// check of the answer.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnosis.h"
#include "services/iked/engine/exchange.h"

namespace culvert::iked {

struct Refusal {
  wire::ikev2::NotifyType notify;
  base::Bytes data;
  Diagnosis diagnosis;
};
using ChildOutcome = std::variant<ChildNegotiation, Refusal>;

// The tunnel's ESP proposals as they go on the wire: ESN as configured and possible; no key exchange in IKE_AUTH.
std::vector<ipsec::Proposal> EspProposals(const Core& core, const TunnelConfig& config, bool key_exchange);
// The pairs of `tunnel` as they look from `sa`.
std::vector<SubnetPair> PairsOf(const Tunnel& tunnel, const IkeSa& sa);

// As initiator. The SPI is taken from the pool; 0 in `spi_in`: none is at hand.
ChildNegotiation OfferChild(Core& core, const Tunnel& tunnel, const IkeSa& sa, size_t pair, bool key_exchange);
// SA, then `between`, then TSi and TSr.
void AppendOffer(Payloads& payloads, const ChildNegotiation& offer, Payloads between = {});
// Does the answer keep to the offer? Fills in what was chosen.
ChildOutcome CheckAnswer(const Core& core, const IkeSa& sa, const wire::ikev2::Message& message, Phase phase,
                         ChildNegotiation offer);
// Layout AUTO, as initiator: a peer that narrowed several pairs to exactly one wants a CHILD_SA for each (RFC 7296
// 2.9). True: so it is, the tunnel has learnt it, and `granted` is that pair.
bool LearnPerPair(Tunnel& tunnel, const IkeSa& sa, ChildNegotiation& granted);
// Why the peer refused, from its error notification.
Diagnosis WhyChildRefused(const Core& core, const IkeSa& sa, wire::ikev2::NotifyType notify, Phase phase,
                          const ChildNegotiation& offer);

// As responder: the suite, the pair and the selectors for the peer's request under `tunnel`. Takes no SPI yet.
// `pair`: the one to prefer.
ChildOutcome SelectChild(const Core& core, const Tunnel& tunnel, const IkeSa& sa, const wire::ikev2::Message& message,
                         Phase phase, std::optional<size_t> pair);
// SA, `between`, TSi, TSr of the answer.
void AppendChoice(Payloads& payloads, const ChildNegotiation& choice, Payloads between = {});

}  // namespace culvert::iked
