// SPDX-License-Identifier: Apache-2.0
// Which version of IKE a tunnel speaks. AUTO answers both; it calls in IKEv2, and in IKEv1 only where the configuration
// allows it and a whole attempt in IKEv2 was met with silence or with INVALID_MAJOR_VERSION. Either can be made by
// whoever sits in between, so a peer that was once authenticated in IKEv2 is never called in IKEv1.
#pragma once

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked {

inline bool Speaks(const TunnelConfig& config, IkeVersion version) {
  return config.version == version || config.version == IkeVersion::kAuto;
}

// In which version the next attempt is made.
bool CallsInIkev1(const Tunnel& tunnel);
// An attempt failed for `diagnosis`: is the older version due? Then `tunnel` is about to be called in it. Where the
// peer is not to be downgraded, that is told.
bool FallBack(Core& core, Tunnel& tunnel, const Diagnosis& diagnosis);

}  // namespace culvert::iked
