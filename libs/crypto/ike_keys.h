// SPDX-License-Identifier: Apache-2.0
// The key schedule of IKEv2 (RFC 7296 2.14, 2.15, 2.17, 2.18; RFC 8784) as pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"
#include "libs/base/secret.h"
#include "libs/crypto/prf.h"
#include "libs/ipsec/proposal.h"

namespace culvert::crypto {

struct IkeKeys {  // i: the original initiator's direction, r: the responder's; encryption keys carry their AEAD salt
  base::Secret d;
  base::Secret ai, ar;  // empty with an AEAD
  base::Secret ei, er;
  base::Secret pi, pr;
};

struct ChildKeys {
  base::Secret encr_i, integ_i;  // from initiator to responder of the exchange that made the SA
  base::Secret encr_r, integ_r;
};

// SKEYSEED = prf(Ni | Nr, g^ir)
base::Secret SkeySeed(const Prf& prf, base::ByteView ni, base::ByteView nr, base::ByteView g_ir);
// SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), with the PRF of the old IKE SA (RFC 7296 2.18)
base::Secret RekeySkeySeed(const Prf& old_prf, base::ByteView old_sk_d, base::ByteView g_ir, base::ByteView ni,
                           base::ByteView nr);
// {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)
absl::StatusOr<IkeKeys> DeriveIkeKeys(const ipsec::Suite& suite, base::ByteView skeyseed, base::ByteView ni,
                                      base::ByteView nr, uint64_t spi_i, uint64_t spi_r);
// KEYMAT = prf+(SK_d, [g^ir (new)] | Ni | Nr); `g_ir` is empty without PFS. Sizes are those of the child's `esp` suite.
absl::StatusOr<ChildKeys> DeriveChildKeys(const ipsec::Suite& esp, const Prf& prf, base::ByteView sk_d,
                                          base::ByteView g_ir, base::ByteView ni, base::ByteView nr);

// SK' = prf+(PPK, SK), which takes the place of SK_d, SK_pi and SK_pr each where a post-quantum preshared key is used
// (RFC 8784 3).
base::Secret MixPpk(const Prf& prf, base::ByteView ppk, base::ByteView key);

// What AUTH signs: own first message | peer's nonce | prf(SK_p, RestOfIDPayload). `id_body` is the ID payload after its
// generic header (RFC 7296 2.15).
base::Bytes SignedOctets(const Prf& prf, base::ByteView message, base::ByteView peer_nonce, base::ByteView sk_p,
                         base::ByteView id_body);
// AUTH = prf(prf(Shared Secret, "Key Pad for IKEv2"), signed octets)
base::Secret SharedKeyAuth(const Prf& prf, base::ByteView shared_secret, base::ByteView signed_octets);

}  // namespace culvert::crypto
