// SPDX-License-Identifier: Apache-2.0
// Pseudo-random functions (RFC 7296 2.13): HMAC over MD5, SHA-1 and SHA-2, and prf+.
#pragma once

#include <initializer_list>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/base/secret.h"
#include "libs/crypto/digest.h"
#include "libs/ipsec/algorithm.h"

namespace culvert::crypto {

// A value without state: copy it, share it between threads.
class Prf {
 public:
  // Unimplemented unless `algorithm` is a PRF of the table.
  static absl::StatusOr<Prf> Create(const ipsec::Algorithm& algorithm);
  explicit Prf(Hash hash) : hash_(hash) {}

  size_t size() const { return DigestSize(hash_); }  // octets of output, and of the preferred key
  Hash hash() const { return hash_; }

  // prf(key, part | part | …). Any key length, HMAC's rule.
  base::Secret Compute(base::ByteView key, std::initializer_list<base::ByteView> parts) const;
  // prf+(key, seed), `size` octets. InvalidArgument beyond 255 * size() (RFC 7296 2.13).
  absl::StatusOr<base::Secret> Plus(base::ByteView key, base::ByteView seed, size_t size) const;

 private:
  Hash hash_;
};

}  // namespace culvert::crypto
