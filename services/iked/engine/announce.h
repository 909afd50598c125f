// SPDX-License-Identifier: Apache-2.0
// Telling the world: events, and diagnoses with their history.
#pragma once

#include <string>

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

// Where and with whom, for a diagnosis. `side` is our role in the exchange, not in the IKE SA.
Circumstance At(const Core& core, const IkeSa& sa, Phase phase, Side side);
Circumstance At(const Core& core, const Tunnel& tunnel, Phase phase);

// Becomes the tunnel's last diagnosis and an event. Null: a stranger's, of which only so many a second are told.
void Report(Core& core, Tunnel* tunnel, Diagnosis diagnosis);

void Announce(Core& core, EventType type, const IkeSa& sa, std::string message);
void Announce(Core& core, EventType type, const IkeSa& sa, const ChildSa& child, std::string message);
void AnnounceState(Core& core, const Tunnel& tunnel);
// An event with nothing but words.
void Announce(Core& core, EventType type, const Tunnel* tunnel, std::string message);

// To whoever waits for an Initiate of the tunnel.
void Tell(Core& core, const Tunnel& tunnel, const std::string& message);

}  // namespace culvert::iked
