// SPDX-License-Identifier: Apache-2.0
// How IKE SAs end.
#pragma once

#include <string>

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked {

// Gone at once, without a word to the peer: it is dead, or said goodbye itself. The tunnel is told why.
void DropIkeSa(Core& core, IkeSa& sa, TunnelReason why, const std::string& message);
// The same upon a failure.
void Abandon(Core& core, IkeSa& sa, TunnelReason why, Diagnosis diagnosis);
// Its CHILD_SAs stop now, but receive through `grace`; a Delete goes to the peer (RFC 7296 1.4.1), and with its answer,
// or without, the SA goes.
void CloseIkeSa(Core& core, IkeSa& sa, const std::string& message, absl::Duration grace = absl::ZeroDuration());
// Every IKE SA of the tunnel; returns how many IKE SAs and CHILD_SAs that were.
struct Closed {
  uint32_t ike_sas = 0;
  uint32_t child_sas = 0;
};
Closed CloseTunnel(Core& core, Tunnel& tunnel, const std::string& message);

// Our request was never answered.
void OnUnanswered(Core& core, IkeSa& sa);
// The timer kHalfOpen: a stay in a state came to its end.
void OnStayOver(Core& core, IkeSa& sa);
// The timer kIkeExpire.
void OnIkeExpire(Core& core, IkeSa& sa);

}  // namespace culvert::iked
