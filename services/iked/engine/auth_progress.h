// SPDX-License-Identifier: Apache-2.0
// What IKE_AUTH remembers from one message or computation to the next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "libs/base/secret.h"
#include "libs/ipsec/identity.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/config.h"

namespace culvert::iked {

struct AuthProgress {
  wire::ikev2::Message message;  // the peer's, whose AUTH is being judged
  base::Secret psk;              // that the peer's AUTH is, or was, measured by; initiator: that ours was made with
  std::string secret;            // and its name
  // Responder: under which tunnel the peer is judged, and as whom we answer. A tunnel may change or go meanwhile.
  uint64_t tunnel = 0;
  std::shared_ptr<const TunnelConfig> config;
  ipsec::Identity own;
};

}  // namespace culvert::iked
