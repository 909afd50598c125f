// SPDX-License-Identifier: Apache-2.0
// What both sides can beyond RFC 2409, by their vendor ids (RFC 2408 3.16), as one table.
#pragma once

#include "services/iked/engine/config.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

// The initiator's: all that `config` allows.
void AppendVendorIds(Payloads& payloads, const TunnelConfig& config, Encapsulation encapsulation);
// The responder's: what the initiator can as well and nothing else, so that the answer is no larger than its question.
void AppendVendorAnswer(Payloads& payloads, const Features& features);

// What the peer's message says, as far as `config` allows it here.
Features FeaturesOf(const wire::ikev1::Message& message, const TunnelConfig& config, Encapsulation encapsulation);

}  // namespace culvert::iked::ikev1
