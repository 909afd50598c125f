// SPDX-License-Identifier: Apache-2.0
// Failures of authentication by certificate, in words.
#pragma once

#include "absl/strings/string_view.h"
#include "libs/ipsec/identity.h"
#include "services/iked/engine/diagnoses.h"
#include "services/iked/engine/proof_job.h"

namespace culvert::iked {

// Why the peer's proof does not stand. `peer` is who it says it is. Not for a verdict without a fault.
Diagnosis CertificateRefused(const Circumstance& c, const ProofVerdict& verdict, const ipsec::Identity& peer);
// We have nothing to sign with; `name` is what the tunnel asks for.
Diagnosis OwnCertificateMissing(const Circumstance& c, absl::string_view name);
// The peer verifies none of the signatures that our key can make.
Diagnosis NoCommonSignature(const Circumstance& c, absl::string_view key, bool announced);
Diagnosis PeerRefusedCertificate(const Circumstance& c, absl::string_view certificate, const ipsec::Identity& local);

}  // namespace culvert::iked
