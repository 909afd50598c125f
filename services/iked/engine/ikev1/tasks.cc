// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/informational.h"
#include "services/iked/engine/ikev1/liveness.h"
#include "services/iked/engine/ikev1/quick_mode.h"
#include "services/iked/engine/ikev1/succession.h"

namespace culvert::iked::ikev1 {

bool Begin(Core& core, IkeSa& sa, const Task& task) {
  switch (task.story) {
    case Story::kNewChild:
    case Story::kRekeyChild:
      return BeginQuickMode(core, sa, task);
    case Story::kRekeyIke:
      return BeginPhase1Rekey(core, sa);
    case Story::kDeleteChild:
      return BeginDeleteChild(core, sa, task.child);
    case Story::kDeleteIke:
      return BeginDeleteIke(core, sa);
    case Story::kLiveness:
      return BeginLiveness(core, sa);
    case Story::kConnect:
    case Story::kCrashToken:
    case Story::kMobike:
    case Story::kRefuse:
      break;  // begun where they arise, or not in IKEv1
  }
  return false;
}

}  // namespace culvert::iked::ikev1
