// SPDX-License-Identifier: Apache-2.0
// esp.inactivity: a CHILD_SA that carries nothing, either way, for so long is closed. The IKE SA stays, and the tunnel
// waits as its startup says. A rekey is no traffic: the silence of the old CHILD_SA counts on in the new one.
#pragma once

#include <string>

#include "services/iked/engine/core.h"

namespace culvert::iked {

// `child` is installed now.
void WatchInactivity(Core& core, const IkeSa& sa, ChildSa& child);
// The timer kInactivity: the datapath is asked when packets last went through.
void OnInactivityTimer(Core& core, uint64_t child);
// And its answer.
void OnIdleUsage(Core& core, const ChildSaUsage& usage);

// In a sentence, for the event.
std::string WhyWeDeleted(const ChildSa& child);

}  // namespace culvert::iked
