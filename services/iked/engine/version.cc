// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/version.h"

#include "services/iked/engine/announce.h"
#include "services/iked/engine/diagnoses_ikev1.h"

namespace culvert::iked {
namespace {

bool MayMeanIkev1(const Diagnosis& diagnosis) {
  return diagnosis.code == DiagnosisCode::kVersionMismatch ||
         (diagnosis.code == DiagnosisCode::kNoResponse && diagnosis.phase == Phase::kIkeSaInit);
}

}  // namespace

bool CallsInIkev1(const Tunnel& tunnel) {
  return tunnel.config->version == IkeVersion::kIkev1 || tunnel.ikev1_next;
}

bool FallBack(Core& core, Tunnel& tunnel, const Diagnosis& diagnosis) {
  const TunnelConfig& config = *tunnel.config;
  const bool allowed = config.version == IkeVersion::kAuto && config.allow_ikev1_fallback;
  if (!allowed || tunnel.ikev1_next || !MayMeanIkev1(diagnosis)) return false;
  if (tunnel.peer_spoke_ikev2) {
    Circumstance here = At(core, tunnel, diagnosis.phase);
    here.peer = diagnosis.peer;
    Report(core, &tunnel, DowngradeRefused(here));
    return false;
  }
  tunnel.ikev1_next = true;
  return true;
}

}  // namespace culvert::iked
