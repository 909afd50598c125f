// SPDX-License-Identifier: Apache-2.0
// What only Phase 1 of IKEv1 needs, beside the Handshake of any IKE SA (nonces, key exchange, authentication).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/pki/certificate.h"
#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

// The bodies are payloads without their generic header, octet for octet as they were sent: the HASHes cover them
// (RFC 2409 5).
struct Phase1 {
  wire::ikev1::SaPayload offer;   // the initiator's
  wire::ikev1::SaPayload answer;  // the responder's: one transform of the offer, unmodified
  wire::ikev1::AuthMethod method = wire::ikev1::AuthMethod::kPreSharedKey;
  base::Bytes own_id;
  base::Bytes peer_id;
  base::Bytes own_public;  // g^x
  base::Bytes peer_public;
  wire::ikev1::Message proof;                       // the peer's message with HASH or SIG
  size_t asked_octets = 0;                          // responder: of message 1 of Aggressive Mode
  uint64_t tunnel = 0;                              // responder: under which message 1 was answered
  bool signing = false;                             // our signature was asked for
  std::vector<pki::CertificatePtr> certificates{};  // that go along with it
  uint64_t job = 0;                                 // serial of the computation that it waits for; 0: none
  bool noise = false;                               // the peer's message was noise under our keys, and that was told
  std::string hint;                                 // an unprotected error notification, which anybody may have made
};

// Where in Phase 1, with whom, and in which role: of diagnoses.
Circumstance Here(const Core& core, const IkeSa& sa);

// Asks for a computation that the step waits for.
void AskPhase1(Core& core, IkeSa& sa, Priority priority, Job job);

}  // namespace culvert::iked::ikev1
