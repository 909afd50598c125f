// SPDX-License-Identifier: Apache-2.0
// One ISAKMP SA takes over from another. IKEv1 has no exchange for that: a new Phase 1 runs beside the old one, by
// either side, and when it stands the CHILD_SAs belong to it, for they never depended on the SA that made them. Whoever
// began it deletes the old one first.
//
// When both sides begin at once, both Phase 1s stand for a while, and both sides choose alike.
#pragma once

#include "absl/time/time.h"
#include "services/iked/engine/core.h"

namespace culvert::iked::ikev1 {

// What a peer's rekey replaces is the peer's to delete, which it does after kRetireGrace or not at all; then we do.
inline constexpr absl::Duration kOthersGrace = absl::Milliseconds(7500);

// `sa` stands: the older ones between the same two identities at the same tunnel go, or `sa` does where they crossed.
// One that is in the middle of something hands over when that is done.
// `took`: from message 1 until now.
void SucceedOthers(Core& core, IkeSa& sa, absl::Duration took);
// An exchange of `sa` ended: if it has a successor, does it hand over now?
void HandOverIfIdle(Core& core, IkeSa& sa);
// Which SA its CHILD_SAs belong to: itself, unless it has handed over.
IkeSa& KeeperOf(Core& core, IkeSa& sa);

// A new Phase 1 that is to take over from `sa`. False, always: it is no exchange of `sa`.
bool BeginPhase1Rekey(Core& core, IkeSa& sa);

}  // namespace culvert::iked::ikev1
