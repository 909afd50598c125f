// SPDX-License-Identifier: Apache-2.0
// Authentication by certificate (RFC 7296 2.15, 3.6, 3.8; RFC 7427): what a Prove job is asked, and what becomes of its
// answer. Only X.509 certificates inside the message count: a URL that a stranger sends is never fetched.
#pragma once

#include <optional>
#include <variant>

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ppk.h"
#include "services/iked/engine/proof_job.h"

namespace culvert::iked {

// Our AUTH under `config`, as `own`: mixed with the PPK if there is one, and without it too where `also_without` says
// so. Keeps method and certificates in `sa.handshake->auth`. The diagnosis: we have no certificate, or the peer
// verifies nothing that we can make.
std::variant<SignatureToMake, Diagnosis> PrepareSignature(const Circumstance& here, const Core& core, IkeSa& sa,
                                                          const TunnelConfig& config, const ipsec::Identity& own,
                                                          const PpkConfig* ppk, bool also_without);
// CERT payloads and AUTH of what the job made, and NO_PPK_AUTH where it made two.
void AppendSignature(Payloads& payloads, const AuthProgress& auth, const Proven& made);

// Whom a peer's certificate must come from under `config`, and when.
pki::ChainQuestion TrustIn(const Core& core, const TunnelConfig& config);

// The AUTH of `message`, or `fallback` in its stead, as the proof of `peer` under `config`.
SignatureToCheck CheckOf(Core& core, const IkeSa& sa, const TunnelConfig& config, const wire::ikev2::Message& message,
                         const ipsec::Identity& peer, const PpkConfig* ppk, const base::Bytes* fallback);

}  // namespace culvert::iked
