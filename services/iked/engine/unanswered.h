// SPDX-License-Identifier: Apache-2.0
// Callers that are not served: which tunnel they may have meant, and why it did not answer. All of it is caused by
// strangers as often as they like, so all of it is told so often only (Core::notices).
#pragma once

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

// Why no tunnel answers a caller at `remote` that called `local`; Diagnosis::tunnel is the one it may have meant.
Diagnosis WhyNobodyAnswers(const Core& core, Circumstance here, const base::Endpoint& local,
                           const base::Endpoint& remote);

// A refusal of a first message, counted and told; it is the tunnel's diagnosis where Diagnosis::tunnel names one that
// carries nothing now.
void ReportRefusal(Core& core, Diagnosis diagnosis);

// A handshake that its initiator never finished.
void ReportFellSilent(Core& core, const IkeSa& sa);

// An IKEv1 peer calls a gateway whose tunnels speak IKEv2.
void ReportOldVersion(Core& core, const base::Endpoint& local, const base::Endpoint& remote, int version);

}  // namespace culvert::iked
