// SPDX-License-Identifier: Apache-2.0
// What a tunnel offers and accepts in Phase 1: its proposals, how each side proves itself, its lifetime. IKEv1 puts all
// three into one SA payload (RFC 2409 5, appendix A).
#pragma once

#include "libs/wire/ikev1/phase1_proposals.h"
#include "services/iked/engine/config.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

inline IkeMode ModeOf(Mode mode) {
  return mode == Mode::kMain ? IkeMode::kMain : IkeMode::kAggressive;
}

// The one authentication method of the tunnel, where we or else the peer initiate: with XAUTH it says who is asked for
// a password (draft-beaulieu-ike-xauth 7.2).
wire::ikev1::AuthMethod MethodOf(const TunnelConfig& config, bool initiator);
// In words: "pre-shared key with XAUTH".
absl::string_view Describe(wire::ikev1::AuthMethod method);
bool BySignature(wire::ikev1::AuthMethod method);

wire::ikev1::SaPayload OfferOf(const TunnelConfig& config);
// As responder; nullopt: NO-PROPOSAL-CHOSEN.
std::optional<wire::ikev1::Phase1Choice> Choose(const TunnelConfig& config, const wire::ikev1::SaPayload& offer);

// Keeps what was agreed on. The lifetime is the shorter one: the peer may offer what it likes (RFC 2407 4.5.4).
void Adopt(State& state, const TunnelConfig& config, const wire::ikev1::Phase1Choice& choice);

}  // namespace culvert::iked::ikev1
