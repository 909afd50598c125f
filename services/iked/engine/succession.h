// SPDX-License-Identifier: Apache-2.0
// One IKE SA takes over from another (RFC 7296 2.8, 2.18): the CHILD_SAs and all that waits move to it.
//
// When both sides rekey the same IKE SA at once, two successors exist for a while (2.8.2). The one that the peer made
// waits in the state kCrossed, without CHILD_SAs, until our own exchange ends: the one with the lowest nonce is deleted
// by its maker, the other takes over, and its maker deletes the old SA.
#pragma once

#include <memory>
#include <string>

#include "services/iked/engine/core.h"

namespace culvert::iked {

// In the state kCrossed: it hears its peer, and nothing belongs to it yet. `initiator`: of the exchange that made it.
IkeSa& MakeSuccessor(Core& core, const IkeSa& old, const IkeNegotiation& negotiation, std::unique_ptr<IkeCrypto> crypto,
                     bool initiator);
// `old` keeps its state: it belongs to whoever calls.
void TakeOver(Core& core, IkeSa& old, IkeSa& successor);

// The successor that the peer made of `old` while we are about to do so; null: there is none.
IkeSa* CrossedWith(const Core& core, const IkeSa& old);
// The peer asks something of `sa`, which waits in kCrossed: it has decided for it.
void TakeOverBecauseUsed(Core& core, IkeSa& sa);
// `old` ends before anything is decided: so does what crossed with it.
void CloseCrossed(Core& core, const IkeSa& old, const std::string& message);

}  // namespace culvert::iked
