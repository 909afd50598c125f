// SPDX-License-Identifier: Apache-2.0
// A CHILD_SA from its installation to its end.
#pragma once

#include "libs/crypto/ike_keys.h"
#include "services/iked/engine/core.h"

namespace culvert::iked {

// Hands the pair and its keys to the datapath. `initiator`: of the exchange. Returns the new CHILD_SA's id; its
// SaResult ends the state kInstalling.
uint64_t InstallChild(Core& core, IkeSa& sa, ChildNegotiation negotiation, bool initiator, crypto::ChildKeys keys,
                      Activation activation);
// The datapath's answer to any operation.
void OnSaResult(Core& core, const SaResult& result);

// Out of the datapath (which receives on it for `grace`) and out of `sa`.
void RetireChild(Core& core, IkeSa& sa, uint64_t child, absl::Duration grace, const std::string& message);
// `fresh`, just installed for an exchange of ours: has the peer deleted it, its Delete overtaking the grant? Then it
// goes quietly, and true is returned.
bool RetireIfDeleted(Core& core, IkeSa& sa, uint64_t fresh);
// Soft and hard limits, by our timers or the datapath's counters.
void OnChildExpire(Core& core, uint64_t child, bool hard);

// When a rekey starts: `margin` before the end, and up to `jitter_percent` of the lifetime earlier.
absl::Duration SoftLifetime(Core& core, absl::Duration lifetime, absl::Duration margin, uint32_t jitter_percent);

}  // namespace culvert::iked
