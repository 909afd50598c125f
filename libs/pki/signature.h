// SPDX-License-Identifier: Apache-2.0
// Signatures over octets. Both calls are pure but for OpenSSL's own randomness, and fit for any thread.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/pki/private_key.h"
#include "libs/pki/public_key.h"
#include "libs/pki/signature_scheme.h"

namespace culvert::pki {

// InvalidArgument: the key does not fit the scheme, is too short for it, or the scheme is verified only.
absl::StatusOr<base::Bytes> Sign(const PrivateKey& key, SignatureScheme scheme, base::ByteView data);

// OK: `signature` is one of `data` by the owner of `key`, and nothing follows it. InvalidArgument: the key does not fit
// the scheme; Unauthenticated: anything else.
absl::Status Verify(const PublicKey& key, SignatureScheme scheme, base::ByteView data, base::ByteView signature);

}  // namespace culvert::pki
