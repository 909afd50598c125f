// SPDX-License-Identifier: Apache-2.0
// Is somebody flooding us with first messages? From the moment the half-open SAs reach the threshold, strangers must
// return a cookie (RFC 7296 2.6), until a whole window has gone by in which few failed to.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace culvert::iked {

class Core;

inline constexpr absl::Duration kAttackWindow = absl::Seconds(10);

struct AttackWatch {
  bool on = false;
  // Of this window: cookies that were asked for, and those that came back. Honest peers cost one of each.
  uint64_t asked = 0;
  uint64_t returned = 0;
};

// Whether a first message must carry a cookie now. Begins the watch, and says so in an event.
bool DemandsCookies(Core& core);

// The timer kAttack: a window is over.
void OnAttackWindow(Core& core);

}  // namespace culvert::iked
