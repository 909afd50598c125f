// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/attack.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

void ArmWindow(Core& core) {
  core.attack.asked = core.attack.returned = 0;
  core.Arm(TimerKind::kAttack, 0, core.clock.Monotonic() + kAttackWindow);
}

}  // namespace

bool DemandsCookies(Core& core) {
  if (core.attack.on) return true;
  if (core.half_open() < core.config->cookie_threshold) return false;
  core.attack.on = true;
  ArmWindow(core);
  Announce(core, EventType::kUnderAttack, nullptr,
           absl::StrCat(core.half_open(), " peers began a handshake and did not go on: cookies are demanded."));
  return true;
}

// Half the threshold, so that what hovers around it does not make an event each window.
void OnAttackWindow(Core& core) {
  AttackWatch& attack = core.attack;
  if (!attack.on) return;
  const uint64_t quiet = core.config->cookie_threshold / 2;
  const uint64_t lost = attack.asked - std::min(attack.asked, attack.returned);
  if (lost > quiet || core.half_open() > quiet) return ArmWindow(core);
  attack.on = false;
  Announce(core, EventType::kUnderAttack, nullptr, "Cookies are demanded no longer.");
}

}  // namespace culvert::iked
