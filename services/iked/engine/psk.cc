// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/psk.h"

#include <algorithm>
#include <array>

#include "libs/crypto/ike_keys.h"
#include "libs/wire/ikev2/payloads.h"
#include "libs/wire/writer.h"

namespace culvert::iked {

const SecretConfig* FindSecret(const EngineConfig& config, const ipsec::SecretQuery& query) {
  const std::optional<size_t> match = config.secret_matcher.FirstMatch(query);
  return match && *match < config.secrets.size() ? &config.secrets[*match] : nullptr;
}

base::Bytes SignedOctets(const crypto::Prf& prf, const AuthInput& input) {
  wire::Writer id_body;
  wire::ikev2::EncodePayloadBody(wire::ikev2::IdPayload{input.identity, input.reserved}, id_body);
  return crypto::SignedOctets(prf, input.init_message, input.other_nonce, input.sk_p, id_body.view());
}

base::Secret ComputeAuth(const crypto::Prf& prf, base::ByteView psk, const AuthInput& input) {
  return crypto::SharedKeyAuth(prf, psk, SignedOctets(prf, input));
}

bool VerifyAuth(const crypto::Prf& prf, base::ByteView psk, const AuthInput& input, base::ByteView auth) {
  return base::EqualConstantTime(ComputeAuth(prf, psk, input).view(), auth);
}

bool IsPattern(const ipsec::Identity& identity) {
  switch (identity.type) {
    case ipsec::IdType::kFqdn:
    case ipsec::IdType::kEmail:
      return !identity.bytes.empty() && identity.bytes.front() == '*';
    case ipsec::IdType::kDn: {
      constexpr std::array<uint8_t, 2> kLoneAsterisk = {1, '*'};  // a DER string of length 1
      return std::search(identity.bytes.begin(), identity.bytes.end(), kLoneAsterisk.begin(), kLoneAsterisk.end()) !=
             identity.bytes.end();
    }
    default:
      return false;
  }
}

}  // namespace culvert::iked
