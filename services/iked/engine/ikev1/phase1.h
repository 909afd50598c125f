// SPDX-License-Identifier: Apache-2.0
// What only Phase 1 of IKEv1 needs, beside the Handshake of any IKE SA (nonces, key exchange, authentication).
#pragma once

#include <cstdint>

#include "libs/base/bytes.h"
#include "libs/base/secret.h"

namespace culvert::iked::ikev1 {

// The bodies are payloads without their generic header, octet for octet as they were sent: the HASHes cover them
// (RFC 2409 5).
struct Phase1 {
  base::Bytes sa_i;  // the initiator's SA payload
  base::Bytes own_id;
  base::Bytes peer_id;
  base::Bytes own_public;  // g^x
  base::Bytes peer_public;
  uint16_t auth_method = 0;
  uint64_t job = 0;  // serial of the computation that it waits for; 0: none
};

}  // namespace culvert::iked::ikev1
