// SPDX-License-Identifier: Apache-2.0
// The state that a tunnel shows, derived from what there is. Nothing else sets it.
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

// How much of the tunnel's traffic installed CHILD_SAs carry.
enum class Coverage : uint8_t { kNone, kSome, kAll };
Coverage CoverageOf(const Core& core, const Tunnel& tunnel);

// Derives and, when it has changed, announces it. Up, it ends all waiting, and forgets past failures.
void ShowState(Core& core, Tunnel& tunnel);

}  // namespace culvert::iked
