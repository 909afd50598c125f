// SPDX-License-Identifier: Apache-2.0
// Informational exchanges (RFC 2409 5.7): one message, never answered as such. Deletes and notifications both ways.
#pragma once

#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/core.h"

namespace culvert::iked::ikev1 {

// receive.cc: a decrypted, well-formed message of an SA whose Phase 1 stands.
void OnInformational(Core& core, IkeSa& sa, const Datagram& datagram, const wire::ikev1::Message& message);

// tasks.cc. A Delete is not answered: it goes, and so does what it deletes. False, always.
bool BeginDeleteChild(Core& core, IkeSa& sa, uint64_t child);
bool BeginDeleteIke(Core& core, IkeSa& sa);
// The peer is told of all CHILD_SAs of `sa`, which is about to end: some peers keep them (RFC 2408 3.15).
void TellOfChildren(Core& core, IkeSa& sa);

// The CHILD_SA that we receive on with `spi` is no more, or never will be.
void SendDelete(Core& core, IkeSa& sa, uint32_t spi);
// We do not accept what the peer offers for the ESP SA that it receives on with `spi`.
void SendRefusal(Core& core, IkeSa& sa, wire::ikev1::NotifyType error, uint32_t spi);

}  // namespace culvert::iked::ikev1
