// SPDX-License-Identifier: Apache-2.0
// Ways to sign in IKE: those that an AlgorithmIdentifier names (RFC 7427, 8420; auth method 14) and those that have an
// auth method of their own (RFC 7296 3.8, RFC 4754). One table says everything about each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
#include "libs/pki/public_key.h"

namespace culvert::pki {

enum class SignatureScheme : uint8_t {
  kRsaPkcs1Sha1,  // verified alone, and only as auth method 1, where old peers know nothing else
  kRsaPkcs1Sha256,
  kRsaPkcs1Sha384,
  kRsaPkcs1Sha512,
  kRsaPssSha256,  // MGF1 with the same hash, salt as long as the hash
  kRsaPssSha384,
  kRsaPssSha512,
  kEcdsaSha256,  // any of the curves; r and s in DER
  kEcdsaSha384,
  kEcdsaSha512,
  kEcdsaP256,  // RFC 4754: SHA-256, r | s; auth method 9
  kEcdsaP384,  // SHA-384; auth method 10
  kEcdsaP521,  // SHA-512; auth method 11
  kEd25519,    // RFC 8420: over the octets themselves
};

// Values of SIGNATURE_HASH_ALGORITHMS (RFC 7427 4, RFC 8420 2).
inline constexpr uint16_t kHashSha1 = 1, kHashSha256 = 2, kHashSha384 = 3, kHashSha512 = 4, kHashIdentity = 5;
// What we announce there: all that we verify.
inline constexpr uint16_t kSupportedHashes[] = {kHashSha256, kHashSha384, kHashSha512, kHashIdentity};

// Auth methods (RFC 7296 3.8).
inline constexpr uint8_t kAuthRsaSignature = 1, kAuthEcdsaP256 = 9, kAuthEcdsaP384 = 10, kAuthEcdsaP521 = 11,
                         kAuthDigitalSignature = 14;

struct SchemeInfo {
  SignatureScheme scheme;
  absl::string_view name;               // "rsa-pss-sha256"
  uint8_t auth_method;                  // 14, or the one that means this scheme
  uint16_t hash_number;                 // in SIGNATURE_HASH_ALGORITHMS
  std::optional<crypto::Hash> hash;     // nullopt: none beforehand
  bool may_sign;                        // else it is verified only
  base::ByteView algorithm_identifier;  // DER; empty: an auth method of its own
};
const SchemeInfo& InfoOf(SignatureScheme scheme);
bool Fits(SignatureScheme scheme, KeyType key);

// What a peer may have written as AlgorithmIdentifier, in any encoding that means one of ours: parameters NULL or left
// out where RFC 4055 allows both, PSS parameters parsed. InvalidArgument: not one AlgorithmIdentifier; Unimplemented:
// none of ours, with its name or OID.
absl::StatusOr<SignatureScheme> SchemeOf(base::ByteView algorithm_identifier);

// With which scheme to sign for a peer that sent SIGNATURE_HASH_ALGORITHMS: by our own order of preference for the
// key. nullopt: the peer verifies none of them.
std::optional<SignatureScheme> ChooseScheme(KeyType key, std::span<const uint16_t> peer_hashes);
// For a peer that sent none: ECDSA by RFC 4754. nullopt for RSA (only SHA-1 could be meant) and Ed25519.
std::optional<SignatureScheme> LegacyScheme(KeyType key);
// The scheme that an auth method other than 14 means with this key. nullopt: no signature, or one of another key type.
std::optional<SignatureScheme> SchemeOfAuthMethod(uint8_t auth_method, KeyType key);

}  // namespace culvert::pki
