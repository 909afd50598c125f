// SPDX-License-Identifier: Apache-2.0
// Encrypted messages of Phase 1 on their way in. In Main Mode with a pre-shared key they can be read only by whoever
// has it (RFC 2409 5.4): so a wrong key shows as noise, and the responder finds out here which of a secret's values the
// peer knows.
#pragma once

#include "libs/wire/ikev1/protected.h"
#include "services/iked/engine/core.h"

namespace culvert::iked::ikev1 {

// A responder's keys are made of g^xy and, with a pre-shared key, the secret's current value or the one before.
wire::Decoded<wire::ikev1::OpenedMessage> OpenPhase1(Core& core, IkeSa& sa, base::ByteView datagram);

// It was noise. Anybody may have made it, so the SA waits on, if not for long; it is told once, here and to the peer.
void OnNoise(Core& core, IkeSa& sa, const Datagram& datagram);

}  // namespace culvert::iked::ikev1
