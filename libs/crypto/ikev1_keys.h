// SPDX-License-Identifier: Apache-2.0
// The key schedule of IKEv1 (RFC 2409 5, 5.5 and appendix B) as pure functions. The PRF is HMAC over the negotiated
// hash, since no other is negotiated (RFC 2409 4).
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/base/secret.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/ike_keys.h"
#include "libs/crypto/prf.h"
#include "libs/ipsec/proposal.h"

namespace culvert::crypto {

// The keys of an ISAKMP SA. `skeyid` is needed until both sides are authenticated, the others as long as the SA lives.
struct Ikev1Keys {
  base::Secret skeyid;
  base::Secret d, a, e;  // SKEYID_d, SKEYID_a, SKEYID_e
  base::Secret cipher;   // the encryption key, cut or stretched from SKEYID_e to what the cipher takes
};

// SKEYID = prf(pre-shared-key, Ni_b | Nr_b)
base::Secret PreSharedSkeyid(const Prf& prf, base::ByteView psk, base::ByteView ni, base::ByteView nr);
// SKEYID = prf(Ni_b | Nr_b, g^xy)
base::Secret SignatureSkeyid(const Prf& prf, base::ByteView ni, base::ByteView nr, base::ByteView g_xy);

// SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0), SKEYID_a and SKEYID_e likewise with the one before in front; then
// the cipher's key (appendix B). InvalidArgument: the suite is none of an ISAKMP SA.
absl::StatusOr<Ikev1Keys> DeriveIkev1Keys(const ipsec::Suite& suite, base::Secret skeyid, base::ByteView g_xy,
                                          uint64_t cookie_i, uint64_t cookie_r);

// What authenticates phase 1, the same for both sides but for `id_body`.
struct Ikev1Exchange {
  base::ByteView g_xi, g_xr;    // public values, as in the KE payloads
  uint64_t cookie_i, cookie_r;  // CKY-I, CKY-R
  base::ByteView sa_body;       // SAi_b: body of the initiator's SA payload, with all that it offered
};
// HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b). `id_body` is the body of the initiator's ID.
base::Bytes HashI(const Prf& prf, base::ByteView skeyid, const Ikev1Exchange& exchange, base::ByteView id_body);
// HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b). `id_body` is the body of the responder's ID.
base::Bytes HashR(const Prf& prf, base::ByteView skeyid, const Ikev1Exchange& exchange, base::ByteView id_body);

// HASH(1) = prf(SKEYID_a, M-ID | all that follows HASH in the message); also of Informational (5.7) and of Transaction
// (Mode Config draft 3.5).
base::Bytes Hash1(const Prf& prf, base::ByteView skeyid_a, uint32_t message_id, base::ByteView after_hash);
// HASH(2) = prf(SKEYID_a, M-ID | Ni_b | all that follows HASH in the message)
base::Bytes Hash2(const Prf& prf, base::ByteView skeyid_a, uint32_t message_id, base::ByteView ni,
                  base::ByteView after_hash);
// HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)
base::Bytes Hash3(const Prf& prf, base::ByteView skeyid_a, uint32_t message_id, base::ByteView ni, base::ByteView nr);

// KEYMAT = prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b), and so on until it suffices (5.5), once for each
// of a CHILD SA's two directions: an SA's SPI is the one that its receiver chose. `g_xy` is empty without PFS; nonces
// are Quick Mode's. `spi_i` is the SPI in the initiator's SA payload. InvalidArgument: the suite is none of ESP.
absl::StatusOr<ChildKeys> DeriveIkev1ChildKeys(const ipsec::Suite& esp, const Prf& prf, base::ByteView skeyid_d,
                                               base::ByteView g_xy, uint32_t spi_i, uint32_t spi_r, base::ByteView ni,
                                               base::ByteView nr);

// The IV of phase 1's first encrypted message: hash(g^xi | g^xr), as long as a block (appendix B).
base::Bytes Phase1Iv(Hash hash, base::ByteView g_xi, base::ByteView g_xr, const ipsec::Algorithm& encr);
// The IV of the first message of an exchange after phase 1: hash(last block of phase 1 | M-ID), as long as a block.
base::Bytes ExchangeIv(Hash hash, base::ByteView phase1_last_block, uint32_t message_id, const ipsec::Algorithm& encr);

}  // namespace culvert::crypto
