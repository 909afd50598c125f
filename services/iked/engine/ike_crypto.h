// SPDX-License-Identifier: Apache-2.0
// From a shared secret to an IKE SA that can seal, open and derive (RFC 7296 2.14, 2.18).
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "libs/crypto/ike_keys.h"
#include "services/iked/engine/ike_sa.h"

namespace culvert::iked {

// SK_pi and SK_pr stay in `sa.handshake`. `g_ir` is what the key exchange gave.
absl::Status DeriveFirstKeys(IkeSa& sa, base::ByteView g_ir);

// The keys of the IKE SA that takes over from `old`. `initiator`: of the rekey, and so of the new SA.
absl::StatusOr<std::unique_ptr<IkeCrypto>> DeriveNextKeys(const IkeCrypto& old, const IkeNegotiation& negotiation,
                                                          bool initiator, base::ByteView g_ir);

// The keys of a CHILD_SA. `initiator`: of the exchange that makes it; `g_ir` is empty without PFS.
crypto::ChildKeys DeriveChildKeys(const IkeSa& sa, const ChildNegotiation& negotiation, bool initiator,
                                  base::ByteView g_ir = {});

}  // namespace culvert::iked
