// SPDX-License-Identifier: Apache-2.0
// Two CHILD_SAs for the same traffic, one made by each side because their requests crossed (RFC 7296 2.8.1).
//
// "The SA created with the lowest of the four nonces SHOULD be closed by the endpoint that created it." Both sides know
// the nonces of both exchanges, so the rule needs no memory of how the requests crossed, of what was lost or of who
// noticed: wherever the second of the two is installed, the nonces are compared, and both sides choose alike.
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

// `fresh` was installed just now. If it has a rival, the loser is marked as replaced, and deleted when it is ours.
void ResolveCollision(Core& core, IkeSa& sa, ChildSa& fresh);

// Some CHILD_SA of the pair other than `besides` carries its traffic.
bool CarriesPair(const IkeSa& sa, size_t pair, uint64_t besides = 0);
// The same, or is about to.
bool ServesPair(const IkeSa& sa, size_t pair);

// What was to replace `old` came to nothing: it carries on, and is rekeyed later again.
void CarryOn(Core& core, ChildSa& old);

}  // namespace culvert::iked
