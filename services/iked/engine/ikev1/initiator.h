// SPDX-License-Identifier: Apache-2.0
// Phase 1 as initiator, what both modes share. On false the attempt has failed, and the SA is gone.
#pragma once

#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked::ikev1 {

bool FailPhase1(Core& core, IkeSa& sa, Diagnosis diagnosis);

// The responder's SA payload and vendor ids, and its cookie.
bool TakeAnswer(Core& core, IkeSa& sa, const wire::ikev1::Message& message);
// Our private value, made by a job.
bool TakeOwnPublic(Core& core, IkeSa& sa, JobResult& result);
// The responder's KE, nonce and NAT-D; asks for the shared secret.
void TakePeerPublic(Core& core, IkeSa& sa, const wire::ikev1::Message& message);
// From the shared secret to keys.
bool TakeKeys(Core& core, IkeSa& sa, JobResult& result);
// Who the responder says it is.
bool TakeResponderId(Core& core, IkeSa& sa, const wire::ikev1::Message& message);

}  // namespace culvert::iked::ikev1
