// SPDX-License-Identifier: Apache-2.0
// A private key of ours. OpenSSL holds it and wipes it; it cannot be read back.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/pki/public_key.h"

namespace culvert::pki {

class PrivateKey {
 public:
  // PKCS#8 DER, not encrypted (RFC 5208). InvalidArgument: not that, or followed by something; Unimplemented: as of
  // PublicKey. The caller wipes `der`.
  static absl::StatusOr<std::shared_ptr<const PrivateKey>> FromPkcs8(base::ByteView der);

  KeyType type() const { return public_key_.type(); }
  const PublicKey& public_key() const { return public_key_; }

  EVP_PKEY* get() const { return public_key_.get(); }

 private:
  explicit PrivateKey(PublicKey key) : public_key_(std::move(key)) {}
  PublicKey public_key_;  // the handle holds both halves
};

}  // namespace culvert::pki
