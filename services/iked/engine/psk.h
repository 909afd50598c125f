// SPDX-License-Identifier: Apache-2.0
// Authentication by pre-shared key (RFC 7296 2.15).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/secret.h"
#include "libs/crypto/prf.h"
#include "libs/ipsec/identity.h"
#include "services/iked/engine/config.h"

namespace culvert::iked {

// The first secret in list order that fits; null when none does.
const SecretConfig* FindSecret(const EngineConfig& config, const ipsec::SecretQuery& query);

// One side's AUTH: over its own IKE_SA_INIT message as sent, the other's nonce, and its identity.
struct AuthInput {
  base::ByteView init_message;
  base::ByteView other_nonce;
  base::ByteView sk_p;
  const ipsec::Identity& identity;
  std::array<uint8_t, 3> reserved = {};  // of the ID payload as sent
};
// What it is made of (2.15).
base::Bytes SignedOctets(const crypto::Prf& prf, const AuthInput& input);
// By a shared secret: a pre-shared key, or what EAP agreed on.
base::Secret ComputeAuth(const crypto::Prf& prf, base::ByteView psk, const AuthInput& input);
bool VerifyAuth(const crypto::Prf& prf, base::ByteView psk, const AuthInput& input, base::ByteView auth);

// Accepts more than one identity: "*.example", a DN with an asterisk. Such a one cannot be sent as IDr.
bool IsPattern(const ipsec::Identity& identity);

}  // namespace culvert::iked
