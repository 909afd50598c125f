// SPDX-License-Identifier: Apache-2.0
// The operator's verbs.
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

void OnInitiate(Core& core, const Initiate& command);
void OnTerminate(Core& core, const Terminate& command);
void OnRekey(Core& core, const Rekey& command);
void OnDrain(Core& core, const Drain& command);
// Every SA is gone, or the wait is over: the drain is answered.
void FinishDrain(Core& core, bool overdue);

}  // namespace culvert::iked
