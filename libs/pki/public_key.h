// SPDX-License-Identifier: Apache-2.0
// The public keys that we accept: RSA, ECDSA on the NIST curves by name, and Ed25519.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"

namespace culvert::pki {

enum class KeyType : uint8_t { kRsa, kEcP256, kEcP384, kEcP521, kEd25519 };
absl::string_view ToString(KeyType type);  // "RSA", "ECDSA P-256", …

inline constexpr int kLeastRsaBits = 1024;        // shorter ones are refused outright
inline constexpr int kMostRsaBits = 8192;         // longer ones are a way to make us work
inline constexpr int kRecommendedRsaBits = 2048;  // shorter ones earn a warning

// An immutable value, cheap to copy, fit for any thread.
class PublicKey {
 public:
  // The DER of a SubjectPublicKeyInfo. InvalidArgument: not one; Unimplemented: not a key of the types above, a curve
  // spelled out instead of named, an RSA key outside the bounds, or one with an even modulus or exponent.
  static absl::StatusOr<PublicKey> FromSpki(base::ByteView der);
  // Takes a reference of its own.
  static absl::StatusOr<PublicKey> Of(EVP_PKEY* key);

  KeyType type() const { return type_; }
  int bits() const;
  base::Bytes Spki() const;
  bool operator==(const PublicKey& other) const;

  EVP_PKEY* get() const { return key_.get(); }  // for OpenSSL, which is not const-correct here; nobody changes it

 private:
  PublicKey(std::shared_ptr<EVP_PKEY> key, KeyType type) : key_(std::move(key)), type_(type) {}

  std::shared_ptr<EVP_PKEY> key_;
  KeyType type_;
};

}  // namespace culvert::pki
