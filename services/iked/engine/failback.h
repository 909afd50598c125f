// SPDX-License-Identifier: Apache-2.0
// Several endpoints in order (remote.endpoints): a tunnel that had to take a later one goes back to an earlier one as
// soon as that answers again. What carries meanwhile carries on until then.
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

// An IKE SA of ours is established: whether there is an earlier endpoint to go back to, and the end of such an attempt.
void SettleOnEndpoint(Core& core, IkeSa& sa);
// The timer kFailback.
void OnFailback(Core& core, uint64_t tunnel_number);
// The attempt under way was one to go back, and is over: tried again later. False: it was none.
bool FailbackFailed(Core& core, Tunnel& tunnel);

}  // namespace culvert::iked
