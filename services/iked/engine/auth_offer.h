// SPDX-License-Identifier: Apache-2.0
// What IKE_SA_INIT says about the IKE_AUTH to come: USE_PPK (RFC 8784), SIGNATURE_HASH_ALGORITHMS (RFC 7427), and of
// the responder CERTREQ (RFC 7296 3.7) and CHILDLESS_IKEV2_SUPPORTED (RFC 6023). Which tunnel it will be is known in
// IKE_AUTH: until then every one that may be meant has its say.
#pragma once

#include <vector>

#include "services/iked/engine/config.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ike_sa.h"

namespace culvert::iked {

using TunnelConfigs = std::vector<const TunnelConfig*>;

// The initiator's.
void AppendAuthOffer(Payloads& payloads, const TunnelConfig& tunnel);
// Keeps what the other side's message says, of which `tunnels` could make use.
void NoteAuthOffer(Handshake& handshake, const wire::ikev2::Message& message, const TunnelConfigs& tunnels);
// The responder's, in answer to what was noted.
void AppendAuthAnswer(Payloads& payloads, const Handshake& handshake, const Certificates& certificates,
                      const TunnelConfigs& tunnels);

// Does it ask for an OCSP answer about our certificate (RFC 4806)?
bool AsksForOcsp(const wire::ikev2::Message& message);
// Names the CAs by the SHA-1 of their keys, and asks for an OCSP answer with the certificate where revocation counts
// (RFC 4806); nothing where there are none.
void AppendCertificateRequest(Payloads& payloads, const std::vector<pki::CertificatePtr>& anchors,
                              pki::RevocationMode revocation);

}  // namespace culvert::iked
