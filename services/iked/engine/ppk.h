// SPDX-License-Identifier: Apache-2.0
// Mixing preshared keys for post-quantum security (RFC 8784).
#pragma once

#include <optional>
#include <variant>

#include "libs/base/secret.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/config.h"
#include "services/iked/engine/diagnoses.h"
#include "services/iked/engine/ike_sa.h"

namespace culvert::iked {

// Replaces SK_d and both SK_p by their mixtures with the PPK (3); what protects the messages stays as it is.
void AdoptPpk(IkeSa& sa, const PpkConfig& ppk);
// Our SK_p and the peer's, as AUTH takes them; mixed where a PPK is given.
struct AuthKeys {
  base::Secret own;
  base::Secret peer;
};
AuthKeys AuthKeysOf(const IkeSa& sa, const PpkConfig* ppk);

// Names the PPK, by an identity of type PPK_ID_FIXED (5.1).
wire::ikev2::NotifyPayload PpkIdentityOf(const PpkConfig& ppk);

// What a responder makes of the request that carries AUTH (3, table 1).
struct PpkChoice {
  const PpkConfig* ppk = nullptr;         // mixed in; null: none is used
  const base::Bytes* fallback = nullptr;  // NO_PPK_AUTH, which then stands for AUTH
};
std::variant<PpkChoice, Diagnosis> ChoosePpk(const Circumstance& here, const IkeSa& sa, const TunnelConfig& config,
                                             const wire::ikev2::Message& request);

// What an initiator makes of the answer: the PPK if the peer used it; a diagnosis if it had to and did not.
std::variant<const PpkConfig*, Diagnosis> PpkOfAnswer(const Circumstance& here, const IkeSa& sa,
                                                      const wire::ikev2::Message& answer);

}  // namespace culvert::iked
