// SPDX-License-Identifier: Apache-2.0
// What is wanted of a tunnel against what there is: one attempt at a time, jittered backoff between attempts, for ever
// (startup START), or as often as traffic or an operator asks.
#pragma once

#include <optional>

#include "libs/wire/ikev2/constants.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked {

// It serves peers that call.
bool Answers(const Tunnel& tunnel);
// What of its configuration the engine cannot do; empty: nothing.
absl::string_view Unsupported(const TunnelConfig& config);

// Looks at one tunnel again: starts what is wanted, and shows its state when that has changed. Erases a removed one.
void Reconcile(Core& core, Tunnel& tunnel);
// Does anything keep an attempt from being made? Then the tunnel is BLOCKED.
std::optional<TunnelReason> Obstacle(const Core& core, const Tunnel& tunnel);

// An attempt of ours came to nothing: the next candidate, or backoff.
void AttemptFailed(Core& core, Tunnel& tunnel, TunnelReason reason, Diagnosis diagnosis);
// An IKE SA is established, by whichever side.
void AttemptSucceeded(Core& core, const IkeSa& sa);
// A CHILD_SA that we asked for came to nothing, though its IKE SA lives. nullopt: it was reported already.
void ChildFailed(Core& core, IkeSa& sa, wire::ikev2::NotifyType notify, std::optional<Diagnosis> diagnosis);
// An established IKE SA went, otherwise than by our own will.
void IkeSaLost(Core& core, Tunnel& tunnel, TunnelReason why);
// The peer deleted a CHILD_SA that was in use: asked for again, but not at once, so that two sides that disagree do not
// spin.
void ChildLost(Core& core, Tunnel& tunnel);
// The first `count` endpoints are looked up and tried in order.
void StartAttempt(Core& core, Tunnel& tunnel, size_t count);
// Everything under way towards the peer stops: SAs that are being made, waits, names that are being resolved.
void StopAttempt(Core& core, Tunnel& tunnel);

void OnPathResolved(Core& core, const PathResolved& resolved);
void OnRetry(Core& core, uint64_t tunnel_number);
void OnAcquire(Core& core, const Acquire& acquire);

}  // namespace culvert::iked
