// SPDX-License-Identifier: Apache-2.0
// The state that a tunnel shows, derived from what there is. Nothing else sets it.
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

// Looks at all CHILD_SAs of the one IKE SA.
Coverage CoverageOf(const Tunnel& tunnel, const IkeSa& sa);

// Derives and, when it has changed, announces it. Up, it ends all waiting, and forgets past failures.
void ShowState(Core& core, Tunnel& tunnel);

}  // namespace culvert::iked
