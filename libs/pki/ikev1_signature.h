// SPDX-License-Identifier: Apache-2.0
// RSA signatures of IKEv1 (RFC 2409 5.1): PKCS#1 v1.5 over HASH_I or HASH_R itself, without the DigestInfo that names a
// hash. Both calls are pure and fit for any thread.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/pki/private_key.h"
#include "libs/pki/public_key.h"

namespace culvert::pki {

// `hash`: 16 to 64 octets. InvalidArgument: not an RSA key.
absl::StatusOr<base::Bytes> SignIkev1(const PrivateKey& key, base::ByteView hash);

// OK: `signature` is one of exactly `hash` by the owner of `key`. InvalidArgument: not an RSA key; Unauthenticated:
// anything else.
absl::Status VerifyIkev1(const PublicKey& key, base::ByteView hash, base::ByteView signature);

}  // namespace culvert::pki
