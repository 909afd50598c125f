// SPDX-License-Identifier: Apache-2.0
// The HASH payload of what follows Phase 1: HASH(1), HASH(2) and HASH(3) (RFC 2409 5.5, 5.7). It is all that shows
// where a message comes from, and that nobody has changed it.
#pragma once

#include <cstdint>

#include "libs/wire/ikev1/message.h"
#include "libs/wire/ikev1/payload_rules.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/ikev1/exchange.h"

namespace culvert::iked::ikev1 {

// `payloads` with the HASH that covers them in front. `nonce`: Ni_b in Quick Mode's second message, none in others.
Payloads WithHash(const IkeSa& sa, uint32_t message_id, base::ByteView nonce, Payloads payloads);
// HASH(3).
base::Bytes ConfirmingHash(const IkeSa& sa, uint32_t message_id, base::ByteView ni, base::ByteView nr);

// Is HASH(1), or with `nonce` HASH(2), what the message must have? Counted when not.
bool HasHash(Core& core, const IkeSa& sa, const wire::ikev1::Message& message, base::ByteView nonce = {});
bool HasHash(Core& core, const wire::ikev1::Message& message, const base::Bytes& expected);

// Has it the payloads of its place in the exchange, and no others? Counted when not.
bool IsLawful(Core& core, const wire::ikev1::Message& message, wire::ikev1::MessageForm form);

// The message cannot be a replay: it is a sign of life, and a peer behind a NAT is where it came from.
void OnFreshMessage(Core& core, IkeSa& sa, const Datagram& datagram);

}  // namespace culvert::iked::ikev1
