// SPDX-License-Identifier: Apache-2.0
// Integrity algorithms of IKE and ESP: HMAC truncated to the ICV (RFC 2403, 2404, 4868).
#pragma once

#include <initializer_list>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
#include "libs/ipsec/algorithm.h"

namespace culvert::crypto {

// A value without state: copy it, share it between threads.
class Integrity {
 public:
  // Unimplemented unless `algorithm` is an INTEG of the table other than NONE.
  static absl::StatusOr<Integrity> Create(const ipsec::Algorithm& algorithm);

  size_t key_size() const { return DigestSize(hash_); }
  size_t icv_size() const { return icv_size_; }

  base::Bytes Compute(base::ByteView key, std::initializer_list<base::ByteView> parts) const;
  // Compares in constant time; a length other than icv_size() is a mismatch.
  bool Verify(base::ByteView key, std::initializer_list<base::ByteView> parts, base::ByteView icv) const;

 private:
  Integrity(Hash hash, size_t icv_size) : hash_(hash), icv_size_(icv_size) {}
  Hash hash_;
  size_t icv_size_;
};

}  // namespace culvert::crypto
