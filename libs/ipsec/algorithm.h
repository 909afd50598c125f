// SPDX-License-Identifier: Apache-2.0
// Every algorithm the appliance knows by name, in one table: its keyword, its numbers on the wire in both IKE
// versions, its sizes, and where it may be used. Nothing else in the tree holds an algorithm number.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace culvert::ipsec {

// The transform types of IKEv2 (RFC 7296 3.3.2); the values are those on the wire.
enum class TransformKind : uint8_t { kEncr = 1, kPrf = 2, kInteg = 3, kDh = 4, kEsn = 5 };

enum class Strength : uint8_t {
  kStrong,
  kLegacy,  // RFC 8247 "MAY" or ageing "MUST": works, not recommended
  kWeak,    // RFC 8247 "SHOULD NOT" and "MUST NOT": raises WEAK_ALGORITHM
};

struct Algorithm {
  absl::string_view keyword;  // as configured: "aes256gcm16", "sha256", "prfsha384", "x25519"
  absl::string_view name;     // IANA's name: "ENCR_AES_GCM_16"
  TransformKind kind = TransformKind::kEncr;
  uint16_t id = 0;        // IKEv2 transform id (IANA)
  uint16_t key_bits = 0;  // value of the Key Length attribute; 0: the attribute is not sent
  uint16_t v1_ike = 0;    // IKEv1 phase 1: encryption, hash or group attribute value; 0: not in IKEv1
  uint16_t v1_esp = 0;    // IKEv1 phase 2: ESP transform id, authentication or group attribute value; 0: not there

  // Octets. ENCR: the key without salt, the salt (AEAD), the IV in the packet, the block, the AEAD's ICV.
  // INTEG: key_bytes and icv_bytes. PRF: key_bytes is the preferred key and the output. DH: key_bytes is the public
  // value.
  uint16_t key_bytes = 0;
  uint8_t salt_bytes = 0;
  uint8_t iv_bytes = 0;
  uint8_t block_bytes = 0;
  uint8_t icv_bytes = 0;

  bool aead = false;
  Strength strength = Strength::kStrong;
  bool ike = false;  // usable in the proposals of an IKE SA
  bool esp = false;  // usable in the proposals of a CHILD SA

  bool in_ikev1_ike() const { return v1_ike != 0; }
  bool in_ikev1_esp() const { return v1_esp != 0; }
  // Whether a peer would read it as the same: sha256 and sha256_96 differ in what two gateways agreed on by hand.
  bool SameTransform(const Algorithm& other) const {
    return kind == other.kind && id == other.id && key_bits == other.key_bits;
  }
  // What KEYMAT must hold for it (RFC 7296 2.17, RFC 5282 7.1, RFC 7634 2).
  size_t keymat_bytes() const { return size_t{key_bytes} + salt_bytes; }
};

std::span<const Algorithm> Algorithms();

// By IKEv2 numbers; null when the table has no such algorithm. For INTEG, DH and ESN the id 0 (none) is in the table.
// A number stands for its standard form: 12 is sha256, never sha256_96.
const Algorithm* FindTransform(TransformKind kind, uint16_t id, uint16_t key_bits);

// By keyword or alias ("sha" is sha1, "curve25519" is x25519), without regard to case; null when unknown.
const Algorithm* FindKeyword(absl::string_view keyword);

// By the attribute values of IKEv1; null when unknown. `key_bits` is 0 when the attribute is absent.
const Algorithm* FindIkev1(TransformKind kind, bool esp, uint16_t value, uint16_t key_bits);

// The PRF that goes with an integrity algorithm when none is named: sha256 → prfsha256. Null when there is none.
const Algorithm* PrfOfIntegrity(const Algorithm& integrity);

// The known keyword that is nearest to a misspelt one; empty when nothing is near.
absl::string_view NearestKeyword(absl::string_view keyword);

absl::string_view ToString(TransformKind kind);  // "ENCR", "PRF", "INTEG", "DH", "ESN"

}  // namespace culvert::ipsec
