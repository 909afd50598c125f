// SPDX-License-Identifier: Apache-2.0
// Dead peer detection of IKEv1 (RFC 3706): R-U-THERE and its acknowledgement, matched by a sequence number. When to ask
// is engine/lifetime.h's; a peer that has not said that it knows the questions is not asked.
#pragma once

#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/core.h"

namespace culvert::iked::ikev1 {

// tasks.cc. False: the peer does not know it.
bool BeginLiveness(Core& core, IkeSa& sa);

void OnRUThere(Core& core, IkeSa& sa, const Datagram& datagram, const wire::ikev1::NotifyPayload& notify);
void OnRUThereAck(Core& core, IkeSa& sa, const Datagram& datagram, const wire::ikev1::NotifyPayload& notify);

}  // namespace culvert::iked::ikev1
