// SPDX-License-Identifier: Apache-2.0
// Our own exchanges of an IKE SA, one after another: the window is 1 (RFC 7296 2.3).
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

// Does it now or when what runs is done; nothing when it waits already.
void Enqueue(Core& core, IkeSa& sa, Task task);
bool IsPending(const IkeSa& sa, Task task);
// The current exchange is done with; the next begins.
void FinishOwn(Core& core, IkeSa& sa);
// The current exchange is put off: again after `wait`.
void Postpone(Core& core, IkeSa& sa, Task task, absl::Duration wait);
// The timer kTaskRetry.
void OnTaskRetry(Core& core, IkeSa& sa);
void StartNext(Core& core, IkeSa& sa);

// How each begins. False: there is nothing left to do.
bool BeginChild(Core& core, IkeSa& sa, const Task& task);      // create_child_initiator.cc
bool BeginRekeyIke(Core& core, IkeSa& sa);                     // rekey_ike.cc
bool BeginDeleteChild(Core& core, IkeSa& sa, uint64_t child);  // informational.cc
bool BeginDeleteIke(Core& core, IkeSa& sa);                    // informational.cc
bool BeginLiveness(Core& core, IkeSa& sa);                     // informational.cc
bool BeginCrashToken(Core& core, IkeSa& sa);                   // quick_crash.cc
bool BeginMobike(Core& core, IkeSa& sa);                       // mobike.cc

}  // namespace culvert::iked
